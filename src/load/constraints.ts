import type { DesiredPair } from '../model/desired.ts'
import { toCel } from './cel-values.ts'
import { celDuration, evaluate } from './expression.ts'
import type { RawPolicy } from './policy.ts'
import { complainOfEntry, type Reading } from './reading.ts'
import { complainAbout } from './render.ts'

/** Every constraint over every pair: how a security team guards a policy. */
export function checkConstraints(
  reading: Reading,
  constraints: NonNullable<RawPolicy['constraints']>,
  pairs: readonly DesiredPair[],
): void {
  for (const [index, { rule, message }] of constraints.entries()) {
    for (const pair of pairs) {
      if (pair.supplied) continue
      const scope = { certificate: describe(pair) }
      const result = evaluate(rule, scope)
      if (result.kind === 'error') {
        const context = { scope, document: reading.document, complaints: reading.complaints }
        complainAbout(result, rule, result.offset, `/constraints/${index}/rule`, context)
        break
      }
      if (result.value === true) continue
      const section = pair.kind === 'authority' ? 'authorities' : 'certificates'
      const hint = result.value === false ? `rule: ${rule}` : 'a rule must come out true or false'
      complainOfEntry(reading, section, pair.name, {
        code: 'constraint-broken',
        message: `${pair.name}: ${message}`,
        hint,
      })
    }
  }
}

/** What a rule may ask about. */
function describe(pair: DesiredPair): unknown {
  const {
    name,
    kind,
    subject,
    subjectAltName,
    keyUsage,
    extendedKeyUsage,
    key,
    renewBefore,
    validitySeconds,
  } = pair
  const renewSeconds =
    renewBefore.kind === 'seconds' ? renewBefore.seconds : (validitySeconds * renewBefore.percentage) / 100
  const plain = toCel({
    name,
    kind,
    subject: Object.fromEntries(subject.map(({ type, value }) => [type, value])),
    subject_alt_name: subjectAltName,
    key_usage: keyUsage,
    extended_key_usage: extendedKeyUsage,
    private_key: { type: key.type, size: key.size, rotation: key.rotation },
    key: { type: key.type, size: key.size, rotation: key.rotation },
  }) as object
  return { ...plain, validity: celDuration(validitySeconds), renew_before: celDuration(renewSeconds) }
}
