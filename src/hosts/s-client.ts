// How `openssl s_client` is asked for a handshake, and what it says. Pure; both kinds of host ask it.
import type { TrustFact } from '../model/actual.ts'
import type { Command, CommandOutcome, TrustQuestion } from '../model/host.ts'
import { formatHostPort } from '../model/host-port.ts'
import { findServerName } from '../x509/asked-name.ts'
import { readTrust } from './certificate-request.ts'

/**
 * Nothing is presented and nothing is sent inside the connection. OpenSSL bounds what it takes of a handshake, so that
 * its messages fit into what is kept of a command's output. By `timeout` they are not lost when the server then falls
 * silent, as the output of a command is that certwright has to end.
 */
export function askTrust(question: TrustQuestion): Command {
  const name = findServerName(question)
  const sent = name === undefined ? ['-noservername'] : ['-servername', name]
  const address = ['-connect', formatHostPort(question)]
  const bound = ['timeout', '-k', '0.5', String(question.timeoutMs / 1000)] as const
  return {
    argv: [...bound, 'openssl', 's_client', ...address, ...sent, '-brief', '-msg'],
    timeoutMs: question.timeoutMs + 2000,
  }
}

/** A server that needs a client certificate ends the handshake after it has named whom it trusts: that counts. */
export function judgeTrust({ kind, exitCode, stdout, stderr }: CommandOutcome): TrustFact {
  const fact = readTrust(stdout)
  if (fact) return fact
  if (kind === 'missing' || exitCode === 127) return { kind: 'failed', detail: 'there is no openssl' }
  return {
    kind: 'failed',
    detail: kind === 'timed-out' ? 'no answer in time' : explainHandshake(stderr, String(exitCode)),
  }
}

/** Why a handshake did not come about; `status`: how `timeout` ended. */
export function explainHandshake(stderr: string, status: string | undefined): string {
  if (/Connection refused|errno=111/.test(stderr)) return 'the connection was refused'
  if (/wrong version number|packet length too long|unknown protocol/.test(stderr))
    return 'it does not speak TLS'
  if (/Connection reset|errno=104/.test(stderr)) return 'the connection was reset'
  const alert = /SSL alert number (\d+)/.exec(stderr)
  if (alert) return `TLS alert ${alert[1]}`
  return status === '124' || status === '137' ? 'no answer in time' : 'the connection failed'
}
