// A StarlingX pair: two controllers, etcd and the floating address on the first, and what both find in the same place.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { controller, floatingAddress } from './controller.ts'
import type { LabHost } from './host.ts'
import { type Lab, openLab } from './lab.ts'

/** What the standby comes up with. */
export const sharedFolder = '/opt/platform/config/current/etcd'

const files = ['ca', 'etcd-server', 'etcd-client'].flatMap((stem) => [`${stem}.crt`, `${stem}.key`])

export interface ControllerPair {
  /** With `inventory.json` in its folder. */
  readonly lab: Lab
  readonly active: LabHost
  readonly standby: LabHost
  /** The oldest process of that name, on the active one. */
  pid(process: string): string
  /** `written` or `failed`, for each write of an API server. */
  writes(host: LabHost): string[]
  /** An API server's next writes come, and the last of them are acknowledged. */
  expectWrites(host: LabHost): Promise<void>
  /** The same bytes on both controllers and in the shared folder. */
  expectSameFiles(when?: string): void
}

/** `vars`: of the inventory, besides what every host needs; `programs`: scripts on the active one, by path. */
export async function openPair(
  vars: Readonly<Record<string, unknown>>,
  programs: Readonly<Record<string, string>> = {},
): Promise<ControllerPair> {
  const first = controller('10.77.0.11')
  const lab = await openLab({
    'controller-0': { ...first, files: { ...first.files, ...programs } },
    'controller-1': controller('10.77.0.12'),
  })
  const [active, standby] = [lab.host('controller-0'), lab.host('controller-1')]
  active.run(`ip addr add ${floatingAddress}/24 dev host0`)
  const hosts = Object.fromEntries(
    [active, standby].map(({ name, address }) => [name, { ansible_host: address }]),
  )
  const all = { ...lab.sshVars, cluster_floating_address: floatingAddress, ...vars }
  await writeFiles(lab.folder, { 'inventory.json': JSON.stringify({ controllers: { hosts, vars: all } }) })
  const writes = (host: LabHost) => host.read('/var/log/kube-apiserver.log').trim().split('\n')
  return {
    lab,
    active,
    standby,
    pid: (process) => active.run(`pgrep -ox ${process}`),
    writes,
    expectWrites: async (host) => {
      const enough = writes(host).length + 3
      await expect.poll(() => writes(host).length, { timeout: 60_000 }).toBeGreaterThan(enough)
      expect(writes(host).slice(-2), host.name).toEqual(['written', 'written'])
    },
    expectSameFiles: (when = '') => {
      for (const file of files) {
        const bytes = active.read(`/etc/etcd/${file}`)
        expect(standby.read(`/etc/etcd/${file}`), `${file} ${when}`).toBe(bytes)
        expect(readFileSync(join(lab.folder, 'platform', file), 'utf8'), `${file} ${when}`).toBe(bytes)
      }
    },
  }
}
