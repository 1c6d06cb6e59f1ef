import type { Certificate } from '../model/certificate.ts'
import { isAskedName } from './asked-name.ts'
import { formatName } from './name.ts'
import { findForeign } from './verify.ts'

type Chain = readonly [Certificate, ...Certificate[]]

export interface Serving {
  readonly served: Chain
  /** What the service's file holds. */
  readonly file: Chain
  /** When a client would ask, and for which name if that is known; without it, only what is served is compared with the file. */
  readonly asked?: { readonly name?: string | undefined; readonly at: Date }
}

export interface ServedFault {
  readonly kind:
    | 'other-certificate'
    | 'other-chain'
    | 'expired'
    | 'not-yet-valid'
    | 'other-name'
    | 'other-purpose'
  /** Completes "it …". */
  readonly message: string
}

/** Everything for which a client would not get what is on disk, or would turn away what it gets; empty: nothing. */
export function findServedFaults({ served, file, asked }: Serving): ServedFault[] {
  return [
    ...findOther(served, file),
    ...(asked ? [...findInvalid(pathOf(served), asked.at), ...findOtherPurpose(served[0])] : []),
    ...(asked?.name === undefined || isAskedName(served[0], asked.name)
      ? []
      : [describeName(served[0], asked.name)]),
  ]
}

function findOther(served: Chain, file: Chain): ServedFault[] {
  const [leaf] = served
  if (leaf.fingerprint !== file[0].fingerprint)
    return [
      {
        kind: 'other-certificate',
        message: `serves sha256:${short(leaf)}, on disk is sha256:${short(file[0])}`,
      },
    ]
  // With a file that holds no chain, OpenSSL sends what it finds among the authorities that the server trusts.
  if (file.length === 1) return []
  const [has, wants] = [pathOf(served), pathOf(file)]
  if (
    has.length === wants.length &&
    has.every((each, index) => each.fingerprint === wants[index]?.fingerprint)
  )
    return []
  const describe = (path: readonly Certificate[]) =>
    path
      .slice(1)
      .map((each) => `sha256:${short(each)}`)
      .join(', ') || 'nothing'
  return [
    {
      kind: 'other-chain',
      message: `serves another chain: after sha256:${short(leaf)} comes ${describe(has)}, on disk ${describe(wants)}`,
    },
  ]
}

/**
 * The certificates that lead upwards from the first, nearest first, without the self-signed root (which no client takes
 * from a server): all that a client can use. Node hands out no more of what was sent, and so no host judges by more.
 */
function pathOf([leaf, ...rest]: Chain): Certificate[] {
  const path = [leaf]
  const left = new Set(rest)
  for (let below = leaf; ; ) {
    const issuer = [...left].find((each) => findForeign(below, each) === undefined && maySign(each))
    if (!issuer || below.subjectDer === below.issuerDer) break
    left.delete(issuer)
    path.push(issuer)
    below = issuer
  }
  return path.filter(({ subjectDer, issuerDer }, index) => index === 0 || subjectDer !== issuerDer)
}

/** RFC 5280 §4.2.1.3; as OpenSSL, which follows no other. */
function maySign({ keyUsage }: Certificate): boolean {
  return keyUsage.length === 0 || keyUsage.includes('keyCertSign')
}

function findInvalid(path: readonly Certificate[], at: Date): ServedFault[] {
  const now = at.getTime()
  return path.flatMap((each, index): ServedFault[] => {
    const what = index === 0 ? 'a certificate' : formatName(each.subject)
    if (now > Date.parse(each.notAfter))
      return [{ kind: 'expired', message: `serves ${what} that expired ${each.notAfter}` }]
    if (now < Date.parse(each.notBefore))
      return [{ kind: 'not-yet-valid', message: `serves ${what} that is not valid before ${each.notBefore}` }]
    return []
  })
}

/** RFC 5280 §4.2.1.12: where purposes are listed, a client wants to find that of a server; OpenSSL does not take “any” for it. */
function findOtherPurpose({ extendedKeyUsage: purposes }: Certificate): ServedFault[] {
  if (purposes.length === 0 || purposes.includes('serverAuth')) return []
  const message = `serves a certificate that is for ${purposes.join(', ')} and not for serverAuth`
  return [{ kind: 'other-purpose', message }]
}

function describeName({ subjectAltName }: Certificate, name: string): ServedFault {
  const held = subjectAltName.length > 0 ? subjectAltName.join(', ') : 'no name'
  return {
    kind: 'other-name',
    message: `serves a certificate for ${held}, and was asked as ${name} (server_name says which name to ask for)`,
  }
}

function short({ fingerprint }: Certificate): string {
  return `${fingerprint.slice(0, 8)}…`
}
