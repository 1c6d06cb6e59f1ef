import { describe, expect, it } from 'vitest'
import { proveService } from '../../src/apply/prove.ts'
import type { GatherAnswer, Host } from '../../src/model/host.ts'
import type { ServiceTask } from '../../src/model/plan.ts'

const clockMs = Date.parse('2026-11-23T12:00:00Z')

/** What systemd says, look after look: a state, and how many seconds ago it started. The last answer stays. */
function host(answers: readonly (readonly [state: string, ago: number])[]) {
  let looks = 0
  const gather = async (): Promise<GatherAnswer> => {
    const [state, ago] = answers[Math.min(looks, answers.length - 1)] ?? ['inactive', 0]
    looks += 1
    const started = new Date(clockMs - ago * 1000).toISOString().slice(0, 19).replace('T', ' ')
    const stdout = `LoadState=loaded\nActiveState=${state}\nExecMainStartTimestamp=Mon ${started} UTC`
    const commands = [{ kind: 'exited', exitCode: 0, stdout, stderr: '' }]
    return {
      clockMs,
      commands,
      certificates: [],
      probes: [],
      exchanges: [],
      trusts: [],
    } as unknown as GatherAnswer
  }
  return { host: { gather } as unknown as Host, count: () => looks }
}

const task = { manager: { kind: 'systemd', unit: 'web.service' } } as unknown as ServiceTask

describe('a service without a probe is proved by being active', () => {
  it.each<[string, (readonly [string, number])[], number, object]>([
    ['twice from the same start', [['active', 9]], 2, { proved: true, detail: 'active' }],
    [
      'twice, and not once before it falls over',
      [
        ['active', 9],
        ['failed', 9],
        ['active', 1],
      ],
      4,
      { proved: true, detail: 'active' },
    ],
    [
      'twice, and not from another start each time',
      [
        ['active', 9],
        ['active', 1],
      ],
      4,
      { proved: true, detail: 'active' },
    ],
  ])('%s', { timeout: 20_000 }, async (_what, answers, looks, expected) => {
    const { host: asked, count } = host(answers)
    expect(await proveService(asked, task, '2026-11-23T12:00:00Z')).toMatchObject(expected)
    expect(count()).toBe(looks)
  })
})
