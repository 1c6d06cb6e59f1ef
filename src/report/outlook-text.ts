// The phases of a rotation that are still to come → a table. Pure.
import type { PhaseOutlook } from '../model/outlook.ts'
import { report } from './shown.ts'
import { alignColumns, paintWith, type ReportOptions } from './style.ts'

const headings = ['PHASE', 'CERTIFICATES', 'FILES', 'RESTARTS', 'HOSTS', 'TIME', 'BEGINS WHEN'] as const

/** All that is still to come, before the first question. */
export const formatOutlook = report((outlook: readonly PhaseOutlook[], options: ReportOptions) => {
  const paint = paintWith(options)
  const authorities = [...new Set(outlook.map(({ authority }) => authority))]
  const blocks = authorities.map((authority) => {
    const own = outlook.filter((each) => each.authority === authority)
    const [heading = '', ...rows] = alignColumns([headings, ...own.map(describe)])
    return [
      paint('bold', `still to come of the rotation of ${authority}, at most:`),
      paint('bold', heading),
      ...rows,
    ].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
})

function describe({ phase, certificates, files, restarts, hosts, seconds, begins }: PhaseOutlook) {
  const time = seconds === 0 ? 'seconds' : `about ${seconds} s`
  return [phase, `${certificates}`, `${files}`, `${restarts}`, `${hosts}`, time, begins ?? 'at once']
}
