// Whom a service has to trust once it has been told, and who can put that to the proof. Pure.
import type { AskedAnchor, ServiceDifference } from '../model/difference.ts'
import type { PoolAnchor, ServicePool, Signer } from '../model/plan.ts'
import { formatName } from '../x509/name.ts'
import { describeSupplied } from './issue-tasks.ts'

export function planPool({ service, anchors = [] }: ServiceDifference): { readonly pool?: ServicePool } {
  const addresses = service.probe?.trust ?? []
  if (addresses.length === 0 || anchors.length === 0) return {}
  const describe = (isTrusted: boolean) =>
    anchors.filter((each) => each.isTrusted === isTrusted).map(describeAnchor)
  return { pool: { addresses, trusted: describe(true), distrusted: describe(false) } }
}

function describeAnchor({ pair, certificate, keys }: AskedAnchor): PoolAnchor {
  if (!certificate) return { label: `the new ${pair.name}`, signers: [{ by: 'planned', pair: pair.id }] }
  const passphrase = pair.key.passphrase === undefined ? {} : { passphrase: pair.key.passphrase }
  const chain = [certificate.pem]
  const signers = keys.map(
    ({ host, privateKeyPath: keyPath }): Signer => ({
      by: 'existing',
      pair: pair.id,
      host,
      keyPath,
      chain,
      ...passphrase,
    }),
  )
  const supplied =
    pair.supplied?.certificates[0].fingerprint === certificate.fingerprint ? pair.supplied : undefined
  return {
    label: formatName(certificate.subject),
    pem: certificate.pem,
    signers: [...signers, ...(supplied ? [describeSupplied(pair.id, supplied, chain)] : [])],
  }
}
