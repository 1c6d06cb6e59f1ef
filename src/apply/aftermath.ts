// How a failure left each host: put back, never touched, or kept as installed. Decides only.
import type { FailedHost, Outcome } from '../model/result.ts'
import type { Run } from './context.ts'

type Left = Pick<Run, 'rolledBack' | 'installed' | 'lost' | 'kept'>

/** Of the hosts on which something failed; those that were lost are told as unreachable, because nobody knows. */
export function findAftermath(run: Left, outcomes: readonly Outcome[]): FailedHost[] {
  const hosts = outcomes.flatMap(({ host, status }) =>
    (status === 'failed' || status === 'rolled-back') && !run.lost.has(host) ? [host] : [],
  )
  return [...new Set(hosts)].map((host) => {
    const files = findFiles(run, host)
    const why = files === 'kept' ? run.kept.get(host) : undefined
    const owed = findOwed(
      files,
      outcomes.filter((each) => each.host === host),
    )
    return { host, files, owed, ...(why === undefined ? {} : { why }) }
  })
}

function findFiles({ rolledBack, installed }: Left, host: string): FailedHost['files'] {
  if (rolledBack.has(host)) return 'put-back'
  return installed.has(host) ? 'kept' : 'untouched'
}

/**
 * Services that have still to be told. Where the old files are back, what they were to be told for is gone; where no new
 * ones came, only what was owed before is.
 */
function findOwed(files: FailedHost['files'], outcomes: readonly Outcome[]): string[] {
  if (files === 'put-back') return []
  const owing = files === 'kept' ? ['failed', 'skipped'] : ['failed']
  return outcomes.flatMap(({ address, action, status }) =>
    (action === 'restart' || action === 'reload') && owing.includes(status) ? [address] : [],
  )
}
