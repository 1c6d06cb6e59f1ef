import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resultExitCode } from '../../src/cli/exit-code.ts'
import { type Engine, makeEngine } from '../support/engine.ts'

/** A fault manager that keeps its alarms, a file each; away while there is a file `away`. */
const client = (folder: string) => `#!/bin/bash
if [ -e '${folder}/away' ]; then echo FM_ERR_NOCONNECT; exit 255; fi
mapfile -t field < <(printf '%s' "\${2//###/$'\\n'}")
shopt -s nullglob
case $1 in
  -A) found=('${folder}/manager/'"$2 "*); [ \${#found[@]} = 0 ] && { echo FM_ERR_ENTITY_NOT_FOUND; exit 255; }; echo Ok; cat "\${found[@]}" ;;
  -c) printf '%s\\n' "$2" > '${folder}/manager/'"\${field[2]} \${field[5]}"; echo Ok ;;
  -d) rm '${folder}/manager/'"\${field[1]} \${field[2]}" 2>/dev/null || { echo FM_ERR_ENTITY_NOT_FOUND; exit 255; }; echo Ok ;;
esac
`

/** The certificates of one policy, on files of their own. */
const policy = (name: string, folder: string) => `
defaults: { private_key: { type: ECDSA, size: 256 } }
authorities:
  ${name}-ca:
    subject: { common_name: ${name}-ca }
    certificate: { path: /${name}/ca.crt }
    private_key: { path: /${name}/ca.key }
    validity: 3650d
certificates:
  ${name}:
    authority: ${name}-ca
    subject: { common_name: ${name} }
    extended_key_usage: [clientAuth]
    certificate: { path: /${name}/leaf.crt }
    private_key: { path: /${name}/leaf.key }
    validity: 100d
services:
  ${name}-service:
    manager: command
    command: { restart: [test, "!", -e, ${folder}/no-restart-${name}], is_active: ["true"] }
    uses: { ${name}-ca: restart, ${name}: restart }
    probe: { command: ["true"] } # without one, each restart would be watched for two seconds
alarms: { sinks: [{ type: starlingx_fm, client: ${folder}/fmClientCli, timeout: 2s }] }
`

/** Each has a playbook of its own, and its run every night. */
const names = ['one', 'two'] as const

interface Site {
  readonly engine: Engine
  readonly folder: string
}

async function makeSite(): Promise<Site> {
  const engine = await makeEngine('{}')
  const { folder } = engine
  mkdirSync(join(folder, 'manager'))
  const fm = join(folder, 'fmClientCli')
  await engine.write('fmClientCli', client(folder))
  chmodSync(fm, 0o755)
  for (const name of names) await engine.write(`${name}.yml`, policy(name, folder))
  return { engine, folder }
}

/** What happens before a night: to a policy's key, to a restart, to the manager. */
const events: Readonly<Record<string, (site: Site) => void>> = {
  'one breaks': ({ engine }) => spoil(engine, 'one'),
  'two breaks': ({ engine }) => spoil(engine, 'two'),
  'one is mended': ({ engine }) => rmSync(join(engine.root(), 'one/leaf.key')),
  'two is mended': ({ engine }) => rmSync(join(engine.root(), 'two/leaf.key')),
  'restarts of one fail': ({ folder }) => writeFileSync(join(folder, 'no-restart-one'), ''),
  'restarts of one work': ({ folder }) => rmSync(join(folder, 'no-restart-one')),
  'one is to be renewed': ({ engine }) => rmSync(join(engine.root(), 'one/leaf.crt')),
  'the manager is away': ({ folder }) => writeFileSync(join(folder, 'away'), ''),
  'the manager is back': ({ folder }) => rmSync(join(folder, 'away')),
  'the manager forgets all': ({ folder }) => {
    for (const name of readdirSync(join(folder, 'manager'))) rmSync(join(folder, 'manager', name))
  },
  'the platform raises its own': ({ folder }) =>
    writeFileSync(
      join(folder, 'manager/250.003 host=node-1'),
      '###u###250.003###set###host###host=node-1###\n',
    ),
  'another controller raises its own': ({ folder }) =>
    writeFileSync(
      join(folder, 'manager/250.003 host=node-2.service=certwright'),
      '###u###250.003###set###host###host=node-2.service=certwright###\n',
    ),
  nothing: () => undefined,
}

function spoil(engine: Engine, name: string): void {
  writeFileSync(join(engine.root(), name, 'leaf.key'), 'spoiled')
}

const ours = '250.003 host=node-1.service=certwright'
const platforms = '250.003 host=node-1'
const others = '250.003 host=node-2.service=certwright'

/** A night: what happened before it, what our record and the manager hold after it, how the two runs ended. */
type Step = readonly [event: string, record: string, manager: readonly string[], exits: string]

const sequences: Readonly<Record<string, readonly Step[]>> = {
  'one policy breaks and is mended': [
    ['one breaks', 'one', [ours], '7 0'],
    ['nothing', 'one', [ours], '7 0'],
    ['one is mended', '', [], '0 0'],
    ['nothing', '', [], '0 0'],
  ],
  'both break, and are mended one after the other': [
    ['one breaks', 'one', [ours], '7 0'],
    ['two breaks', 'one two', [ours], '7 7'],
    ['one is mended', 'two', [ours], '0 7'],
    ['two is mended', '', [], '0 0'],
    ['nothing', '', [], '0 0'],
  ],
  'the manager is away while an alarm is raised': [
    ['the manager is away', '', [], '10 10'],
    ['one breaks', 'one', [], '7 10'],
    ['the manager is back', 'one', [ours], '7 0'],
    ['one is mended', '', [], '0 0'],
  ],
  'the manager is away while an alarm is cleared': [
    ['one breaks', 'one', [ours], '7 0'],
    ['the manager is away', 'one', [ours], '7 10'],
    ['one is mended', 'one', [ours], '10 10'],
    ['nothing', 'one', [ours], '10 10'],
    ['the manager is back', '', [], '0 0'],
  ],
  'the manager forgets': [
    ['one breaks', 'one', [ours], '7 0'],
    ['the manager forgets all', 'one', [ours], '7 0'],
    ['one is mended', '', [], '0 0'],
  ],
  'the manager has forgotten by the time that it is over': [
    ['one breaks', 'one', [ours], '7 0'],
    ['the manager is away', 'one', [ours], '7 10'],
    ['the manager forgets all', 'one', [], '7 10'],
    ['one is mended', 'one', [], '10 10'],
    ['the manager is back', '', [], '0 0'],
  ],
  "the platform's own stands beside ours": [
    ['the platform raises its own', '', [platforms], '0 0'],
    ['one breaks', 'one', [platforms, ours], '7 0'],
    ['one is mended', '', [platforms], '0 0'],
  ],
  "another controller's does not pass for ours": [
    ['another controller raises its own', '', [others], '0 0'],
    ['one breaks', 'one', [ours, others], '7 0'],
    ['the manager forgets all', 'one', [ours], '7 0'],
    ['one is mended', '', [], '0 0'],
  ],
  'a restart fails, and is owed until it is done': [
    ['restarts of one fail', '', [], '0 0'],
    ['one is to be renewed', 'one', [ours], '6 0'],
    ['nothing', 'one', [ours], '6 0'],
    ['restarts of one work', '', [], '0 0'],
  ],
}

async function pass({ engine, folder }: Site): Promise<readonly [string, readonly string[], string]> {
  const exits: number[] = []
  for (const name of names) {
    await engine.write('play.yml', `- { hosts: all, policy: ${name}.yml, on_failure: keep }\n`)
    exits.push(resultExitCode(await engine.apply()))
  }
  const file = join(engine.root(), 'var/lib/certwright/alarms.json')
  const record: { alarms: { id: string; wantedBy: { policy: string }[] }[] } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { alarms: [] }
  const policies = record.alarms
    .filter(({ id }) => id === '250.003')
    .flatMap(({ wantedBy }) => wantedBy.map(({ policy }) => policy))
  const manager = readdirSync(join(folder, 'manager')).filter((name) => name.startsWith('250.003'))
  return [policies.sort().join(' '), manager.sort(), exits.join(' ')]
}

describe('night after night, record, manager and exit code agree, when', () => {
  it.each(Object.entries(sequences))('%s', async (_name, steps) => {
    const site = await makeSite()
    expect(await pass(site)).toEqual(['', [], '0 0'])
    for (const [event, record, manager, exits] of steps) {
      events[event]?.(site)
      expect([event, ...(await pass(site))]).toEqual([event, record, [...manager].sort(), exits])
    }
  })
})
