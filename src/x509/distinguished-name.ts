import { MalformedError, openDer, tags } from './der.ts'

/**
 * A distinguished name that somebody sent by itself, as in `Certificate.subjectDer`; undefined when it is none. What is
 * in it is not looked at: it is only ever compared with others.
 */
export function readDistinguishedName(der: Buffer): string | undefined {
  try {
    const cursor = openDer(der)
    cursor.take(tags.sequence, 'its name')
    cursor.end('its name')
    return der.toString('hex')
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}
