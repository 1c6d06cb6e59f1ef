import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectCode } from './expect-code.ts'
import { knownHostsLine } from './host-root.ts'
import { sh } from './shell.ts'
import { openThreeHosts, pki, type ThreeHosts } from './three-hosts.ts'

interface Trouble {
  readonly what: string
  readonly begin: (three: ThreeHosts) => unknown
  readonly mend: (three: ThreeHosts) => unknown
  readonly code: number
  readonly says: RegExp
}

const newHostKey = `cd /etc/ssh && rm ssh_host_ed25519_key
  ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key && systemctl restart ssh`

const fullDisk = `mkdir /small && mount -t tmpfs -o size=64k,mode=755 tmpfs /small && cp -a ${pki}/. /small
  mount --bind /small ${pki} && umount /small; dd if=/dev/zero of=${pki}/filler 2>/dev/null || true`

const troubles: readonly Trouble[] = [
  {
    what: 'is off',
    begin: ({ second }) => second.powerOff(),
    mend: ({ second }) => second.powerOn(),
    code: 4,
    says: /^node-2: unreachable: (it does not answer|there is no route to it)$/m,
  },
  {
    what: 'is cut off',
    begin: ({ second }) => second.connect(false),
    mend: ({ second }) => second.connect(true),
    code: 4,
    says: /^node-2: unreachable: (it does not answer|there is no route to it)$/m,
  },
  {
    what: 'shows another host key than before',
    begin: ({ second }) => second.run(newHostKey),
    mend: ({ second, folder }) => {
      const known = join(folder, 'known_hosts')
      sh('ssh-keygen', '-R', second.address, '-f', known)
      appendFileSync(known, knownHostsLine(second.address, second.root))
    },
    code: 4,
    says: /^node-2: unreachable: its host key has changed: find out why .* with ssh-keygen -R$/m,
  },
  {
    what: 'has a full disk',
    begin: ({ second }) => second.run(fullDisk),
    mend: ({ second }) => second.run(`rm ${pki}/filler`),
    code: 7,
    says: /^node-2\n.*\/etc\/app\/pki has \d KiB left, and 32 KiB are needed\n +make room on that disk$/m,
  },
]

describe('three hosts, and trouble with the second', () => {
  let three: ThreeHosts

  beforeAll(async () => {
    three = await openThreeHosts()
  })
  afterAll(() => three?.close())

  it.each(troubles)('the others are served while it $what, and the next run heals it', async (trouble) => {
    const [before] = three.releases()
    const release = trouble.what.replaceAll(' ', '-')
    await trouble.begin(three)
    const ran = await three.apply(release)
    expectCode(ran, trouble.code)
    expect(ran.stdout).toMatch(trouble.says)
    expect(three.releases()).toEqual([release, before, release])
    await trouble.mend(three)
    expectCode(await three.apply(release), 0)
    await three.expectHealed(release)
  })
})
