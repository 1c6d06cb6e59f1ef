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

export function authorityEntity(host: string, name: string): string {
  return `host=${host}.authority=${name}`
}

export function isSame(a: Named, b: Named): boolean {
  return a.id === b.id && a.entity === b.entity
}

/** An alarm's name in an address: its id, and which certificate or authority it is about. */
export function alarmName({ id, entity }: Named): string {
  const name = aboutCertificate({ entity }) ?? aboutAuthority({ entity })
  return name === undefined ? id : `${id} ${name}`
}

/** The certificate's name; undefined: it is about something else. */
export function aboutCertificate({ entity }: Pick<AlarmState, 'entity'>): string | undefined {
  return /\.certificate=(.*)$/.exec(entity)?.[1]
}

/** The name of the authority that another takes the place of; undefined: it is about something else. */
export function aboutAuthority({ entity }: Pick<AlarmState, 'entity'>): string | undefined {
  return /^host=[^=]*\.authority=(.*)$/.exec(entity)?.[1]
}
