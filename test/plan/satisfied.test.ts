import fc from 'fast-check'
import { expect, it } from 'vitest'
import { distinct } from '../support/distinct.ts'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const policies = fc.record({
  key: fc.constantFrom('type: ECDSA, size: 256', 'type: ECDSA, size: 384', 'type: Ed25519'),
  rotation: fc.constantFrom('always', 'never'),
  scope: fc.constantFrom('shared', 'per_host'),
  heldBy: fc.constantFrom('first', 'all', 'control'),
  copies: fc.boolean(),
  hosts: fc.constantFrom(['node-1'], ['node-1', 'node-2', 'node-3']),
  serial: fc.constantFrom('', 'serial: 1', 'serial: 2'),
  daysLater: fc.constantFrom(0, 84, 86, 101, 3300, 4000),
})

it('apply then plan plans nothing, whatever the policy and however late', async () => {
  await fc.assert(
    fc.asyncProperty(policies, async ({ key, rotation, scope, heldBy, copies, hosts, serial, daysLater }) => {
      const leaf = `scope: ${scope}${copies ? '\ncopies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]' : ''}`
      const policy = smallPolicy(leaf, `held_by: ${heldBy}`).replace(
        'type: ECDSA, size: 256',
        `${key}, rotation: ${rotation}`,
      )
      const engine = await makeEngine(policy.replaceAll('/pki/ca.key', '/keys/ca.key'), hosts, serial)
      await engine.write(
        'inventory.yml',
        `all:\n  hosts:\n${['control', ...hosts].map((host) => `    ${host}: { ansible_connection: local, certwright_root: hosts/${host} }`).join('\n')}\n`,
      )
      await engine.write(
        'play.yml',
        `- { name: test, hosts: [${hosts.join(', ')}], policy: policy.yml${serial === '' ? '' : `, ${serial}`} }\n`,
      )
      const first = await engine.apply()
      expect(distinct(first.outcomes.map(({ status }) => status))).toEqual(['done'])
      expect(outline(await engine.plan())).toEqual([])
      const at = new Date(Date.parse(start) + daysLater * 86_400_000).toISOString()
      // Nothing may be due yet.
      const { outcomes } = await engine.apply(at)
      expect(outcomes.filter(({ status }) => status !== 'done')).toEqual([])
      const again = await engine.plan(at)
      // An alarm that stands is looked at each time: an authority that is due waits for somebody to rotate it.
      const tasks = again.tasks.filter(({ kind }) => kind !== 'alarms')
      expect([outline(again), tasks]).toEqual([[], []])
      // Nor is one that has expired exchanged in passing, and what it would sign waits with it.
      const isOver = daysLater === 4000
      expect(distinct(again.problems.map(({ code }) => code)).sort()).toEqual(
        isOver ? ['depends-on-blocked', 'rotation-refused'] : [],
      )
    }),
    { numRuns: 25 },
  )
}, 400_000)
