// Result → text: what became of every change. Pure.
import type { Outcome, Result } from '../model/result.ts'
import { describeAftermath } from './aftermath.ts'
import { report } from './shown.ts'
import { count, paintWith, type ReportOptions } from './style.ts'

const marks = {
  done: ['✔', 'green'],
  failed: ['✘', 'red'],
  skipped: ['-', 'dim'],
  stale: ['≠', 'yellow'],
  'rolled-back': ['↩', 'yellow'],
  lost: ['?', 'red'],
} as const

export const formatResult = report((result: Result, options: ReportOptions) => {
  const paint = paintWith(options)
  const width = Math.max(0, ...result.outcomes.map(({ address }) => address.length))
  const lines = result.outcomes.map((outcome) => {
    const [mark, colour] = marks[outcome.status]
    const head = `${paint(colour, mark)} ${outcome.action.padEnd(8)} ${outcome.address.padEnd(width)}`
    return `${head}   ${outcome.status === 'done' ? '' : `${outcome.status}: `}${outcome.detail}`
  })
  const failed = result.failed.map((each) => paint('red', `! ${describeAftermath(each)}`))
  const alarms = result.alarms.map(({ id, entity, severity, reason }) =>
    paint('red', `! alarm ${id} ${entity} (${severity}): ${reason}`),
  )
  const undeliverable = result.undeliverable.map(({ host, sink, detail }) =>
    paint('yellow', `! ${host}: alarms cannot be delivered to ${sink}: ${detail}`),
  )
  const held = result.held.map((host) =>
    paint('yellow', `! ${host}: another run is at work there: what is due is not done, and no alarm is told`),
  )
  const stopped = result.stopped === undefined ? [] : [paint('red', `✘ stopped: ${result.stopped}`)]
  return `${[...lines, ...failed, ...alarms, ...undeliverable, ...held, ...stopped, summarise(result.outcomes)].join('\n')}\n`
})

function summarise(outcomes: readonly Outcome[]): string {
  const parts = Object.keys(marks).flatMap((status) => {
    const number = outcomes.filter((outcome) => outcome.status === status).length
    return number > 0 ? [`${number} ${status}`] : []
  })
  return parts.length === 0
    ? 'Nothing was done.'
    : `Applied: ${parts.join(', ')} of ${count(outcomes.length, 'task')}`
}
