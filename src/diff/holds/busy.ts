import type { Difference } from '../../model/difference.ts'

/** Whether anything would be done on a host, alarms aside. */
export function isBusy(host: string, { pairs, services }: Pick<Difference, 'pairs' | 'services'>): boolean {
  const writes = pairs.some(({ placements }) =>
    placements.some(
      ({ placement, files }) => placement.host === host && files.some(({ write }) => write !== 'nothing'),
    ),
  )
  return writes || services.some(({ service, action }) => service.host === host && action !== 'none')
}
