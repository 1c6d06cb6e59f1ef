import { type Host, HostError } from '../model/host.ts'
import type { KeptGenerations } from '../model/transaction.ts'

/** What hosts keep to go back to, and which could not be asked. */
export interface Keeping {
  readonly kept: readonly KeptGenerations[]
  readonly missed: readonly { readonly host: string; readonly detail: string }[]
}

export async function readGenerations(
  hosts: Readonly<Record<string, Host>>,
  leftOut: readonly string[],
): Promise<Keeping> {
  const asked = Object.values(hosts).filter(({ name }) => !leftOut.includes(name))
  const answers = await Promise.all(
    asked.map(async (host) => {
      try {
        return { kept: [{ host: host.name, generations: await host.listGenerations() }], missed: [] }
      } catch (error) {
        if (!(error instanceof HostError)) throw error
        return { kept: [], missed: [{ host: host.name, detail: error.message }] }
      }
    }),
  )
  return {
    kept: answers.flatMap(({ kept }) => kept),
    missed: answers.flatMap(({ missed }) => missed),
  }
}
