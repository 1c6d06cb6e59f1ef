import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AuditRun } from '../../src/model/audit.ts'
import type { Diagnostic } from '../../src/model/diagnostic.ts'
import type { PhaseOutlook } from '../../src/model/outlook.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Result } from '../../src/model/result.ts'
import type { Status } from '../../src/model/status.ts'
import { formatDiagnostics } from '../../src/report/diagnostics.ts'
import { diagnosticsToGithub, diagnosticsToSarif } from '../../src/report/diagnostics-data.ts'
import { formatGenerations } from '../../src/report/generations-text.ts'
import { formatHistory } from '../../src/report/history-text.ts'
import { formatInventoryGraph } from '../../src/report/inventory-graph.ts'
import { formatExplanation, formatHosts, formatVariables } from '../../src/report/inventory-text.ts'
import { formatOutlook } from '../../src/report/outlook-text.ts'
import { formatPlan } from '../../src/report/plan-text.ts'
import { createProgress } from '../../src/report/progress.ts'
import { formatResult } from '../../src/report/result-text.ts'
import { formatStatus } from '../../src/report/status-text.ts'
import { makeEngine, smallPolicy, start } from '../support/engine.ts'
import { hostileName, steering } from '../support/hostile.ts'
import { rotationOf, waitFor } from '../support/rotation.ts'

/** What the program itself chooses among words of its own. */
const closed = new Set([
  ...['action', 'files', 'kind', 'status', 'state', 'severity', 'was'],
  ...['method', 'phase', 'where', 'trusts', 'known'],
])

/** Every text ends in something that nobody should print. */
function infect<T>(value: T, key = ''): T {
  const visit = (each: unknown, name: string): unknown => {
    if (typeof each === 'string') return closed.has(name) ? each : each + hostileName
    if (typeof each !== 'object' || each === null) return each
    if (Array.isArray(each)) return each.map((item) => visit(item, name))
    if (each instanceof Map)
      return new Map([...each].map(([at, item]) => [`${at}${hostileName}`, visit(item, '')]))
    return Object.fromEntries(Object.entries(each).map(([at, item]) => [at, visit(item, at)]))
  }
  return visit(value, key) as T
}

const options = { colour: false, verbose: true }
/** With something in every part of it. */
async function makeRun(): Promise<{ plan: Plan; result: Result }> {
  const engine = await makeEngine(smallPolicy())
  const result = await engine.apply()
  rmSync(join(engine.root(), 'pki/leaf.crt'))
  const plan = await engine.plan(start)
  const [host = ''] = plan.hosts
  const source = { file: 'policy.yml', line: 1, col: 1 }
  const failed = [{ host, files: 'kept', owed: [`${host}/service/web`], why: 'w' }] as const
  return {
    result: { ...result, failed },
    plan: {
      ...plan,
      problems: [{ address: `${host}/clock`, host, code: 'clock-differs', message: 'm', hint: 'h', source }],
      unreachable: [{ host, detail: 'refused' }],
      undeliverable: [{ host, sink: 'file', detail: 'full' }],
      interrupted: [{ host, id: 'run' }],
      rotations: [rotationOf({ waits: [waitFor()] }), rotationOf({ advances: true, since: start })],
    },
  }
}

function statusOf({ at, hosts, problems, unreachable, undeliverable }: Plan): Status {
  const [host = ''] = hosts
  const address = `${host}/service/web`
  const reason = { code: 'started-before-change', message: 'm' } as const
  return {
    at,
    certificates: [],
    omitted: 0,
    conditions: [],
    rotations: [rotationOf({ waits: [waitFor()] })],
    services: [{ address, host, name: 'web', state: 'active', owed: [reason] }],
    alarms: [],
    problems,
    unreachable,
    undeliverable,
  }
}

const diagnostics: readonly Diagnostic[] = [
  {
    code: 'unknown-key',
    severity: 'error',
    message: 'there is no "onwer" here',
    source: { file: 'p.yml', line: 12, col: 5 },
    excerpt: '    onwer: root',
    hint: 'did you mean "owner"?',
  },
]
const runs: readonly AuditRun[] = [
  {
    run: 'r',
    when: start,
    at: start,
    who: { user: 'u', sudoUser: 's', hostname: 'h', pid: 1 },
    hosts: ['a'],
    changes: [{ action: 'create', outcome: 'done', count: 1 }],
    exit: 0,
  },
]
const kept = [
  {
    host: 'a',
    generations: [
      { id: 'run', files: [{ path: '/pki/a', was: 'present' as const, mode: 0o600, uid: 0, gid: 0 }] },
    ],
  },
]
const variables = [{ name: 'v', value: { a: ['b'] }, source: { file: 'i.yml', line: 1, col: 1 } }]

const outlook: PhaseOutlook = {
  authority: 'ca',
  phase: 'prepare',
  certificates: 1,
  files: 2,
  restarts: 3,
  hosts: 1,
  seconds: 6,
}

type Make = (spoil: <T>(value: T) => T) => string

function judge(make: Make): void {
  const honest = make((value) => value)
  const spoiled = make(infect)
  expect(spoiled).not.toBe(honest)
  expect(spoiled.replaceAll('\n', '')).not.toMatch(steering)
  expect(spoiled.split('\n')).toHaveLength(honest.split('\n').length)
}

describe('whatever a name holds, it becomes neither a line nor a command to the terminal in', () => {
  it.each<[string, Make]>([
    ['the history', (spoil) => formatHistory(spoil(runs), options)],
    ['the generations', (spoil) => formatGenerations(spoil(kept), options)],
    ['diagnostics', (spoil) => formatDiagnostics(spoil(diagnostics), options)],
    ['annotations', (spoil) => diagnosticsToGithub(spoil(diagnostics))],
    [
      'SARIF',
      (spoil) =>
        JSON.stringify(diagnosticsToSarif(spoil(diagnostics), '1'), ['runs', 'results', 'message', 'text']),
    ],
    [
      'what is to come of a rotation',
      (spoil) => formatOutlook(spoil([{ ...outlook, phase: 'sign', begins: 'all' }, outlook]), options),
    ],
    ['hosts', (spoil) => formatHosts(spoil([{ name: 'a', groups: ['g'], connection: 'ssh' }]))],
    ['variables', (spoil) => formatVariables(spoil(variables))],
    ['an explanation', (spoil) => formatExplanation(spoil('v'), spoil(variables))],
    [
      'a graph',
      (spoil) => formatInventoryGraph(new Map([['all', spoil({ hosts: ['a'], children: ['g'] })]])),
    ],
  ])('%s', (_what, make) => judge(make))

  it('a plan, a result and a status', async () => {
    const { plan, result } = await makeRun()
    judge((spoil) => formatPlan(spoil(plan), options))
    judge((spoil) => formatPlan(spoil(plan), { ...options, verbose: false }))
    judge((spoil) => formatResult(spoil(result), options))
    judge((spoil) => formatStatus(spoil(statusOf(plan)), options))
  })

  it('the lines of progress', async () => {
    const { plan } = await makeRun()
    const told: string[] = []
    const progress = await createProgress(process.stderr, false, (text) => told.push(text))
    for (const task of plan.tasks) progress.finish(infect(task), [])
    expect(told.length).toBeGreaterThan(0)
    for (const text of told) expect(text).not.toMatch(steering)
  })
})
