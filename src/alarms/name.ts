// What alarms are about. The names are certwright's own: an alarm that the platform raises for a host by the same id is
// another one, and neither is overwritten or cleared by the other.
import type { AlarmState } from '../model/change.ts'

type Named = Pick<AlarmState, 'id' | 'entity'>

export function hostEntity(host: string): string {
  return `host=${host}.service=certwright`
}

export function certificateEntity(host: string, name: string): string {
  return `host=${host}.certificate=${name}`
}

export function isSame(a: Named, b: Named): boolean {
  return a.id === b.id && a.entity === b.entity
}

/** An alarm's name in an address: its id, and which certificate it is about. */
export function alarmName({ id, entity }: Named): string {
  const certificate = aboutCertificate({ entity })
  return certificate === undefined ? id : `${id} ${certificate}`
}

/** The certificate's name; undefined: it is about the host as such. */
export function aboutCertificate({ entity }: Pick<AlarmState, 'entity'>): string | undefined {
  return /\.certificate=(.*)$/.exec(entity)?.[1]
}
