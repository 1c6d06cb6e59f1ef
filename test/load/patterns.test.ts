import { expect, it } from 'vitest'
import { loadFiles } from '../support/load.ts'

const inventory = `all:
  vars: { ansible_connection: local }
web:
  hosts: { web-1: , web-2: , web-3: , shared: }
db:
  hosts: { db-1: , shared: }
`

async function select(hosts: string) {
  const { desired, diagnostics } = await loadFiles({
    'inventory.yml': inventory,
    'some.txt': '# hosts of yesterday\nweb-1\n\ndb\n',
    'play.yml': `- { hosts: ${JSON.stringify(hosts)}, policy: policy.yml, vars: { address: 10.0.0.1 } }\n`,
  })
  return desired ? desired.plays[0]?.batches.flat() : diagnostics.map(({ code }) => code)
}

it.each([
  ['all', ['web-1', 'web-2', 'web-3', 'shared', 'db-1']],
  ['db', ['shared', 'db-1']],
  ['db-1,web-1', ['web-1', 'db-1']],
  ['db:web-1', ['web-1', 'shared', 'db-1']],
  ['web:&db', ['shared']],
  ['web:!db', ['web-1', 'web-2', 'web-3']],
  ['!db:web', ['web-1', 'web-2', 'web-3']],
  ['web-*', ['web-1', 'web-2', 'web-3']],
  ['*-1', ['web-1', 'db-1']],
  ['web-?:!web-2', ['web-1', 'web-3']],
  ['web[0]', ['web-1']],
  ['web[-1]', ['shared']],
  ['web[0:1]', ['web-1', 'web-2']],
  ['web[1:]', ['web-2', 'web-3', 'shared']],
  ['~web-[12]', ['web-1', 'web-2']],
  ['~(web|db)-1', ['web-1', 'db-1']],
  ['web:!~.*-[13]', ['web-2', 'shared']],
  ['@some.txt', ['web-1', 'shared', 'db-1']],
  ['@some.txt,!shared', ['web-1', 'db-1']],
  ['w*:!shared,&web', ['web-1', 'web-2', 'web-3']],
])('%s selects %j', async (pattern, hosts) => {
  expect(await select(pattern)).toEqual(hosts)
})

it.each([
  ['wbe', 'unknown-host'],
  ['web:!nobody', 'unknown-host'],
  ['x*', 'unknown-host'],
  ['~eb-1', 'unknown-host'],
  ['~web-(', 'unknown-host'],
  ['@nowhere.txt', 'unreadable-file'],
  ['web:!web', 'no-hosts'],
  ['web-1:&db', 'no-hosts'],
])('%s is refused: %s', async (pattern, code) => {
  expect(await select(pattern)).toEqual([code])
})

it('a pattern that would keep another engine busy for years ends at once', async () => {
  expect(await select(`~(${'a?'.repeat(40)})*${'a'.repeat(40)}$`)).toEqual(['unknown-host'])
})

it('an IPv6 address is one term', async () => {
  const { desired } = await loadFiles({
    'inventory.yml': 'all: { vars: { ansible_connection: local }, hosts: { "fd00::1": , other: } }\n',
    'play.yml': '- { hosts: "fd00::1", policy: policy.yml, vars: { address: 10.0.0.1 } }\n',
  })
  expect(desired?.plays[0]?.batches).toEqual([['fd00::1']])
})
