import type { AlarmState } from '../model/change.ts'

type AlarmTexts = Pick<AlarmState, 'reason' | 'repair'>

/** The fault manager cuts texts at so many bytes. */
const maximumBytes = 255

/** 250.003: certificates are in place, and a service does not use them. */
export function describeNotUpdated(cause: string): AlarmTexts {
  return texts(
    'Kubernetes certificates have been renewed but not all services have been updated.',
    `Lock and unlock the host to update services with new certificates. Cause: ${cause}`,
  )
}

/** 250.003: certificates could not be brought into order. */
export function describeRenewalFailed(cause: string): AlarmTexts {
  return texts(
    'Kubernetes certificates renewal failed.',
    `Renew manually, restart the services, then lock and unlock the host. Cause: ${cause}`,
  )
}

interface ExpiringCertificate {
  readonly name: string
  readonly path: string
  /** ISO 8601. */
  readonly notAfter: string
}

/** 500.200. The date, not the days left: a text that changes every day would be a new alarm every day. */
export function describeExpiring({ name, path, notAfter }: ExpiringCertificate): AlarmTexts {
  return texts(
    `Certificate '${name}' (${path}) is expiring soon on ${notAfter.slice(0, 10)}.`,
    'Renew the certificate: look at what keeps certwright from doing it.',
  )
}

/** 500.210. */
export function describeExpired({ name, path, notAfter }: ExpiringCertificate): AlarmTexts {
  return texts(
    `Certificate '${name}' (${path}) expired on ${notAfter.slice(0, 10)}.`,
    'Renew the certificate: look at what keeps certwright from doing it.',
  )
}

/** What the fault manager's own record of an alarm needs beside its texts. */
export const faultManagerFields = {
  alarmType: 'operational-violation',
  probableCause: { renewal: 'unspecified-reason', expiry: 'certificate-expiration' },
} as const

function texts(reason: string, repair: string): AlarmTexts {
  return { reason: clean(reason), repair: clean(repair) }
}

/** One line, without the field separator of the fault manager's client, and no longer than it keeps. */
function clean(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').replace(/#{3,}/g, '##')
  if (Buffer.byteLength(line) <= maximumBytes) return line
  const cut = Buffer.from(line).subarray(0, maximumBytes - 3)
  return `${cut.toString('utf8').replace(/\uFFFD+$/, '')}…`
}
