// Client certificates that are on no disk, presented from a remote host. Their keys come by the stream.
import type { Canary, CanaryFact, CanaryRequest } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import { formatHostPort } from '../../model/host-port.ts'
import { findServerName } from '../../x509/asked-name.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { unasked, unusable } from '../canaries.ts'
import { explainHandshake } from '../s-client.ts'
import type { Connection } from './connection.ts'
import { decode, type Fields } from './facts.ts'
import { makeScript, type Script } from './script.ts'

export async function presentCanaries(
  connection: Connection,
  { canaries, ...where }: CanaryRequest,
): Promise<CanaryFact[]> {
  const script = makeScript()
  for (const [index, canary] of canaries.entries()) addCanary(script, index, where, canary)
  const records = await connection.request(script.text(), {
    payloads: script.payloads,
    timeoutMs: (where.timeoutMs + 2000) * canaries.length + 20_000,
  })
  return canaries.map((_, index) => {
    const record = records.find(([word, each]) => word === 'canary' && each === String(index))
    if (record) return readCanaryFact(record)
    throw new HostError('it left a question without an answer', true)
  })
}

function addCanary(
  script: Script,
  index: number,
  { timeoutMs, ...address }: Omit<CanaryRequest, 'canaries'>,
  { certificatePem, keyPem }: Canary,
): void {
  const parsed = parseCertificates(Buffer.from(certificatePem))
  const [first, ...chain] = parsed.kind === 'certificates' ? parsed.certificates.map(({ pem }) => pem) : ['']
  const payloads = [first ?? '', chain.join(''), keyPem].map((text) => script.payload(Buffer.from(text)))
  const name = findServerName(address) ?? '-'
  const bounds = [timeoutMs / 1000, Math.ceil(timeoutMs / 100)]
  script.add('canary', index, formatHostPort(address), name, ...payloads, ...bounds)
}

/** As the agent bounds it. */
const maximumMessageBytes = 65536

/** Of `canary index status stderr`: what `openssl s_client -brief -state` said. Judged by what was done, not by how it is told. */
export function readCanaryFact([, , status, err]: Fields): CanaryFact {
  const said = decode(err, maximumMessageBytes).toString('latin1')
  const isOver = said.includes('CONNECTION ESTABLISHED')
  if (/could not (?:read|find)|unable to load/i.test(said)) return { kind: 'failed', detail: unusable }
  if (!said.includes('read server certificate request'))
    return { kind: 'failed', detail: isOver ? unasked : explainHandshake(said, status) }
  const isNew = said.includes('Protocol version: TLSv1.3')
  if (isOver && (!isNew || said.includes('read server session ticket'))) return { kind: 'accepted' }
  const refusal = findRefusal(said)
  if (refusal !== undefined) {
    const isSent = said.includes('write client certificate') && !/certificate required/i.test(refusal)
    return { kind: isSent ? 'refused' : 'failed', detail: refusal }
  }
  if (isOver && status === '0') return { kind: 'accepted' }
  return { kind: 'failed', detail: explainHandshake(said, status) }
}

function findRefusal(said: string): string | undefined {
  const alert = /^SSL3 alert read:fatal:([a-z ]{1,60})$/im.exec(said)?.[1]
  if (alert !== undefined) return `TLS alert ${alert.toLowerCase()}`
  if (/errno=|unexpected eof/i.test(said)) return 'the connection was reset'
  // It says that it closes before we do.
  const [itsEnd, ours] = [
    'SSL3 alert read:warning:close notify',
    'SSL3 alert write:warning:close notify',
  ].map((line) => said.indexOf(line))
  if (itsEnd === undefined || itsEnd < 0) return undefined
  return ours === undefined || ours < 0 || itsEnd < ours ? 'the connection was closed' : undefined
}
