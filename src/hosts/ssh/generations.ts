// Kept generations of a remote host: what is there, and how one comes back.
import type { Generation, GenerationFile, InstallOutcome, RestoreRequest } from '../../model/transaction.ts'
import { parseCertificates } from '../../x509/parse.ts'
import type { Connection } from './connection.ts'
import { decode, type Fields } from './facts.ts'
import { judge } from './install.ts'
import { locate } from './paths.ts'
import { call } from './quote.ts'
import { makeScript } from './script.ts'

export async function listGenerations(
  connection: Connection,
  root: string,
  state: string,
): Promise<Generation[]> {
  const records = await connection.request(call('generations', state))
  const ids = records.flatMap(([word, id]) => (word === 'generation' ? [id] : []))
  return ids.map((id) => ({
    id: decode(id).toString('utf8'),
    files: records
      .filter(([word, generation]) => word === 'entry' && generation === id)
      .map((fields) => readFile(fields, root)),
  }))
}

function readFile([, , location, was, content]: Fields, root: string): GenerationFile {
  const path = decode(location).toString('utf8').slice(root.length)
  if (was !== 'present') return { path, was: 'absent' }
  const parsed = parseCertificates(decode(content))
  const certificate = parsed.kind === 'certificates' ? { certificate: parsed.certificates[0] } : {}
  return { path, was: 'present', ...certificate }
}

export async function restoreGeneration(
  connection: Connection,
  root: string,
  { generation, id, pairs }: RestoreRequest,
): Promise<InstallOutcome> {
  const script = makeScript()
  const fitting = pairs.map(({ certificate, privateKey, passphrase }) =>
    call('fits_again', locate(root, certificate), locate(root, privateKey), script.secret(passphrase)),
  )
  const text = `fitting() { ${fitting.join(' && ') || ':'}; }\n${call('restore', generation, id)}`
  return judge(await connection.request(text, { payloads: script.payloads, timeoutMs: 120_000 }))
}
