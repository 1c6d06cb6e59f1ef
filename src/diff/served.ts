import type { ServiceFact } from '../model/actual.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
import { findAskedName } from '../x509/asked-name.ts'
import { findServedFaults, type ServedFault } from '../x509/served.ts'
import { findPlacement, type ServiceContext } from './service-context.ts'

/** What a client would find wrong with what a service serves, where its probe says which pair that has to be. */
export function judgeServed(
  { probe, host }: DesiredService,
  fact: ServiceFact,
  { pairs, host: { certificates }, at }: ServiceContext,
): { readonly pair: PairId; readonly faults: readonly ServedFault[] } | undefined {
  if (fact.probe?.kind !== 'served' || probe?.kind !== 'tls' || probe.expect === undefined) return undefined
  const placement = findPlacement(pairs.get(probe.expect), host)?.placement
  const file = placement && certificates[placement.certificate.path]
  if (file?.kind !== 'certificate') return undefined
  const asked = { name: findAskedName(probe), at }
  const faults = findServedFaults({ served: fact.probe.certificates, file: file.certificates, asked })
  return { pair: probe.expect, faults }
}

/** Whether the client's certificate was turned away although it is in order: one that is not says nothing about the service. */
export function isClientRejected(
  { probe }: DesiredService,
  fact: ServiceFact,
  { pairs }: ServiceContext,
): boolean {
  if (fact.probe?.kind !== 'served' || fact.probe.clientAccepted !== false) return false
  const presented = probe?.kind === 'tls' && probe.present !== undefined && pairs.get(probe.present)
  return !presented || !(presented.issue || presented.withheld)
}
