// Clients that write to a cluster while something is done to it, and what became of their writes.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { expect } from 'vitest'
import type { Member } from './loopback-member.ts'

/** `connected`: one connection for life, no retries. `retrying`: until acknowledged. `fresh`: a handshake for each write. */
export type Kind = 'connected' | 'retrying' | 'fresh'

interface Written {
  readonly begun: number
  /** Which ones were not acknowledged, and why. */
  readonly failed: readonly (readonly [number, string])[]
}

/** `lost`: acknowledged, and not there. */
type Counted = Written & { readonly lost: readonly number[] }

export type Tally = Readonly<Record<Kind, Counted>> & {
  /** How many members were out at once. */
  readonly mostOut: number
}

export interface Load {
  /** Ends it, and looks for every write that was acknowledged. */
  count(): Promise<Tally>
  /** Ends it. */
  stop(): Promise<void>
}

export async function startLoad(members: readonly Member[]): Promise<Load> {
  const [first] = members
  if (!first) throw new Error('a cluster has members')
  await first.etcdctl('del', '--prefix', '')
  const ports = members.map(({ ports }) => `${ports.client}`)
  const script = resolve('test/lab/rotation-writers.mjs')
  const child = spawn(process.execPath, [script, dirname(first.pki('ca.crt')), ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = listen(child)
  await expect
    .poll(async () => Math.min(...(await readKinds(first)).map((each) => each.length)), { timeout: 60_000 })
    .toBeGreaterThan(1)
  const stop = async () => {
    child.kill('SIGTERM')
    return said
  }
  return {
    stop: async () => void (await stop()),
    count: async () => {
      const written: Record<Kind, Written> & { mostOut: number } = JSON.parse(await stop())
      const [connected, retrying, fresh] = await readKinds(first)
      return {
        mostOut: written.mostOut,
        connected: tally(written.connected, connected),
        retrying: tally(written.retrying, retrying),
        fresh: tally(written.fresh, fresh),
      }
    },
  }
}

function listen(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((settle) => child.once('close', () => settle(text)))
}

/** Which writes of each kind the cluster knows. */
async function readKinds(member: Member): Promise<[number[], number[], number[]]> {
  const { stdout } = await member.etcdctl('get', '', '--prefix', '--keys-only')
  const keys = stdout.split('\n').map((each) => each.split('/'))
  const find = (kind: Kind) => keys.flatMap(([each, number]) => (each === kind ? [Number(number)] : []))
  return [find('connected'), find('retrying'), find('fresh')]
}

function tally(written: Written, found: readonly number[]): Counted {
  const there = new Set(found)
  const failed = new Set(written.failed.map(([number]) => number))
  const numbers = [...Array(written.begun).keys()]
  return { ...written, lost: numbers.filter((each) => !failed.has(each) && !there.has(each)) }
}
