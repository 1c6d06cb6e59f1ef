import type { Actual } from './actual.ts'

/** What the hosts are, by name: those that were seen, and have an identity. */
export function findMachines({ hosts }: Actual): Record<string, string> {
  return Object.fromEntries(
    Object.values(hosts).flatMap((fact) =>
      fact.kind === 'observed' && fact.machine !== undefined ? [[fact.host, fact.machine]] : [],
    ),
  )
}
