// What hosts keep to go back to → a table. Pure.
import type { Generation, GenerationFile, KeptGenerations } from '../model/transaction.ts'
import { report } from './shown.ts'
import { alignColumns, count, paintWith, type ReportOptions } from './style.ts'

const headings = ['HOST', 'GENERATION', 'HELD'] as const

/** The oldest first, as in the history of runs. */
export const formatGenerations = report((kept: readonly KeptGenerations[], options: ReportOptions) => {
  const rows = kept.flatMap(({ host, generations }) =>
    generations.map((generation) => [host, generation.id, describe(generation)]),
  )
  if (rows.length === 0) return 'The hosts keep nothing to go back to.\n'
  const [heading = '', ...lines] = alignColumns([headings, ...rows])
  return `${[paintWith(options)('bold', heading), ...lines].join('\n')}\n`
})

function describe({ files }: Generation): string {
  const absent = files.filter(({ was }) => was === 'absent').length
  const named = files.filter(({ was }) => was === 'present').map(describeFile)
  return [...named, ...(absent > 0 ? [`${count(absent, 'file')} not yet there`] : [])].join(', ')
}

function describeFile({ path, certificate }: GenerationFile): string {
  return certificate ? `${path} (until ${certificate.notAfter.slice(0, 10)})` : path
}
