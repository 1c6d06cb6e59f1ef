import type { base } from './base.ts'

/** One change to a valid file, the code of the complaint, and the very text that it has to point at. */
export interface Mistake {
  readonly name: string
  readonly file: keyof typeof base
  readonly find: string
  readonly write: string
  readonly code: string
  /** The complaint's place: where this text starts in the changed file. */
  readonly at: string
}

const policy = (name: string, find: string, write: string, code: string, at: string): Mistake => ({
  name,
  file: 'policy.yml',
  find,
  write,
  code,
  at,
})
const play = (name: string, find: string, write: string, code: string, at: string): Mistake => ({
  ...policy(name, find, write, code, at),
  file: 'play.yml',
})
const inventory = (name: string, find: string, write: string, code: string, at: string): Mistake => ({
  ...policy(name, find, write, code, at),
  file: 'inventory.yml',
})

export const mistakes: readonly Mistake[] = [
  // YAML itself
  policy(
    'a key twice',
    '  days:',
    '  address: { type: string }\n  days:',
    'duplicate-key',
    'address: { type: string }',
  ),
  policy(
    'an unquoted expression',
    'validity: "{{ days }}d"',
    'validity: {{ days }}',
    'unquoted-expression',
    '{ days }',
  ),
  policy('an unquoted wildcard', '"DNS:server.example"', '*.example', 'unknown-alias', '*.example'),
  policy('a number with a leading zero', 'mode: "0644"', 'mode: 0644', 'number-spelling', '0644'),
  policy(
    'a number that loses its zero',
    'description: a small policy',
    'description: 1.10',
    'number-spelling',
    '1.10',
  ),
  policy('a tag', 'common_name: server', 'common_name: !secret x', 'unknown-tag', '!secret'),
  policy(
    'a directive',
    'description: a small',
    '%YAML 1.1\n---\ndescription: a small',
    'yaml-directive',
    '%YAML',
  ),
  policy('a second document', 'alarms:', '---\nalarms:', 'several-documents', '---'),
  policy('a tab as indentation', '  days: {', '\tdays: {', 'yaml-syntax', '\tdays'),
  policy('a merge key', 'defaults:\n', 'defaults:\n  <<: {}\n', 'merge-key', '<<'),
  policy('a prototype', 'defaults:\n', 'defaults:\n  __proto__: {}\n', 'reserved-key', '__proto__'),
  policy('a control character', 'a small policy', 'a \u0007 policy', 'binary-file', '\u0007'),
  policy(
    'an unclosed bracket',
    '[serverAuth]',
    '[serverAuth',
    'yaml-syntax',
    'certificate: { path: /pki/server.crt',
  ),

  // names and types
  policy('an unknown key at the top', 'services:', 'servcies:', 'unknown-key', 'servcies'),
  policy(
    'an unknown key in a certificate',
    'renew_before: 15d',
    'renew_befor: 15d',
    'unknown-key',
    'renew_befor',
  ),
  policy('an unknown key in a subject', 'country: DE', 'contry: DE', 'unknown-key', 'contry'),
  policy(
    'an unknown key in a file',
    'path: /pki/server.crt,',
    'path: /pki/server.crt, onwer: root,',
    'unknown-key',
    'onwer',
  ),
  policy(
    'a missing key',
    '    private_key: { path: /pki/server.key }\n',
    '',
    'missing-key',
    'server:\n    authority',
  ),
  policy('a list for a map', 'alarms:\n  expiring: { before: 30d }', 'alarms: []', 'wrong-type', '[]'),
  policy('a map for a list', '[serverAuth]', '{ serverAuth: true }', 'wrong-type', '{ serverAuth'),
  policy('text for a number', 'size: 256', 'size: large', 'wrong-type', 'large'),
  policy('a number for text', 'common_name: server', 'common_name: 7', 'wrong-type', '7'),
  policy('an unknown key usage', 'cRLSign', 'crlsign', 'invalid-value', 'crlsign'),
  policy('an unknown extended key usage', '[serverAuth]', '[serverauth]', 'invalid-value', 'serverauth'),
  policy('an unknown key type', 'type: ECDSA', 'type: ECDAS', 'invalid-value', 'ECDAS'),
  policy('an unknown holder', 'held_by: first', 'held_by: last', 'invalid-value', 'last'),
  policy('an unknown manager', 'manager: "{{ manager }}"', 'manager: upstart', 'invalid-value', 'upstart'),
  policy('an unknown effect', 'server: hot', 'server: warm', 'invalid-value', 'warm'),
  policy('an unknown severity', 'before: 30d', 'severity: bad', 'invalid-value', 'bad'),
  policy(
    'an unknown difference to ignore',
    'renew_before: 15d',
    'ignore_differences: [subjct]',
    'invalid-value',
    'subjct',
  ),
  policy('a name with a slash', '  server:\n    authority', '  a/b:\n    authority', 'invalid-name', 'a/b'),

  // values
  policy('a duration without a unit', 'validity: 3650d', 'validity: "3650"', 'invalid-duration', '"3650"'),
  policy(
    'a duration of nothing',
    'renew_before: 15d',
    'renew_before: 0d',
    'invalid-duration',
    '0d\nservices',
  ),
  policy('an impossible percentage', 'renew_before: 15d', 'renew_before: 120%', 'invalid-duration', '120%'),
  policy(
    'a renewal before the birth',
    'renew_before: 15d',
    'renew_before: 100d',
    'renew-before-too-long',
    '100d',
  ),
  policy('a relative path', '/pki/server.crt', 'pki/server.crt', 'invalid-path', 'pki/server.crt'),
  policy('a path that climbs', '/pki/server.crt', '/pki/../server.crt', 'invalid-path', '/pki/../server.crt'),
  policy(
    'a path with a NUL',
    'path: /pki/server.crt',
    'path: "/pki/\\0.crt"',
    'invalid-path',
    '"/pki/\\0.crt"',
  ),
  policy('a path of a folder', '/pki/server.crt', '/pki/', 'invalid-path', '/pki/,'),
  policy('a mode that is none', 'mode: "0644"', 'mode: "0844"', 'invalid-mode', '"0844"'),
  policy('a key for everybody', 'mode: "0600"', 'mode: "0604"', 'mode-too-wide', '"0604"'),
  policy(
    'an alternative name without a kind',
    'DNS:server.example',
    'server.example',
    'invalid-san',
    '"server.example"',
  ),
  policy('an address as a name', 'DNS:server.example', 'DNS:10.0.0.1', 'invalid-san', '"DNS:10.0.0.1"'),
  policy('a country with three letters', 'country: DE', 'country: DEU', 'invalid-subject', 'DEU'),
  policy('a key size that no curve has', 'size: 256', 'size: 2048', 'invalid-key-size', '2048'),
  policy(
    'an RSA key that is too small',
    'type: ECDSA, size: 256',
    'type: RSA, size: 1024',
    'invalid-key-size',
    '1024',
  ),
  policy(
    'a passphrase in the open',
    'path: /pki/ca.key',
    'path: /pki/ca.key, passphrase: hunter2',
    'invalid-passphrase-reference',
    'hunter2',
  ),
  policy('an address without a port', '127.0.0.1:443', '127.0.0.1', 'invalid-address', '"127.0.0.1"'),
  policy(
    'a CA that may not sign',
    '[keyCertSign, cRLSign]',
    '[cRLSign]',
    'not-an-authority',
    'ca:\n    subject',
  ),
  policy(
    'a server without alternative names',
    'subject_alt_name: ["IP:{{ address }}", "DNS:server.example"]',
    'subject_alt_name: []',
    'san-missing',
    'server:\n    authority',
  ),

  // references
  policy('an unknown authority', 'authority: ca', 'authority: ac', 'unknown-authority', 'ac\n'),
  policy(
    'an authority that signs itself by name',
    'held_by: first',
    'authority: ca',
    'authority-cycle',
    'ca\ncertificates',
  ),
  policy('an unknown certificate in a service', 'server: hot', 'sever: hot', 'unknown-certificate', 'hot'),
  policy(
    'an unknown certificate in a probe',
    'expect: server',
    'expect: sever',
    'unknown-certificate',
    'sever',
  ),
  policy('an unknown service to wait for', 'uses: {', 'after: [wbe]\n    uses: {', 'unknown-service', 'wbe'),
  policy('a service that waits for itself', 'uses: {', 'after: [web]\n    uses: {', 'service-cycle', '[web]'),
  policy(
    'a command manager without commands',
    'manager: "{{ manager }}"',
    'manager: command',
    'missing-key',
    'web:',
  ),
  policy(
    'a probe of no kind',
    'probe: { tls: { address: "127.0.0.1:443", expect: server } }',
    'probe: { retries: 3 }',
    'invalid-probe',
    '{ retries',
  ),
  policy(
    'two claims on one file',
    '/pki/server.crt',
    '/pki/ca.crt',
    'path-claimed-twice',
    'path: /pki/ca.crt, mode',
  ),
  policy(
    'a custom CA that is not there',
    'held_by: first',
    'supplied: { certificate: my.crt, private_key: my.key }',
    'unreadable-file',
    'my.crt',
  ),
  policy('a broken constraint', 'days(3650)', 'days(99)', 'constraint-broken', 'ca:\n    subject'),

  // expressions and variables
  policy('an unknown variable', '{{ address }}', '{{ adress }}', 'unknown-variable', 'adress'),
  policy('a syntax error', '{{ address }}', '{{ address + }}', 'invalid-expression', ' }}", "DNS'),
  policy(
    'an expression that is never closed',
    '{{ address }}',
    '{{ address',
    'invalid-expression',
    '{{ address',
  ),
  policy('a Jinja filter', '{{ address }}', "{{ address | default('::1') }}", 'jinja', '| default'),
  policy('a Jinja statement', '"DNS:server.example"', '"{% if x %}DNS:a{% endif %}"', 'jinja', '{% if'),
  policy(
    'an expression of the wrong type',
    'size: 256',
    'size: "{{ address }}"',
    'wrong-type',
    '"{{ address }}"}'.slice(0, -1),
  ),
  policy(
    'a condition that is no condition',
    'renew_before: 15d',
    'when: days',
    'wrong-type',
    'days\nservices',
  ),
  policy('a default of the wrong type', 'default: 100', 'default: many', 'wrong-type', 'many'),
  play('a value of the wrong type', '10.0.0.1', 'nowhere', 'wrong-type', 'nowhere'),
  play(
    'a variable that nobody declares',
    'vars: { address',
    'vars: { adress: 1, address',
    'unknown-variable',
    'adress',
  ),
  play(
    'variables that need each other',
    'address: 10.0.0.1',
    'address: "{{ days }}", days: "{{ address }}"',
    'variable-cycle',
    '"{{ days }}"',
  ),
  {
    name: 'a variable that nobody sets',
    file: 'play.yml',
    find: '  vars: { address: 10.0.0.1 }\n',
    write: '',
    code: 'missing-variable',
    at: 'policy.yml:address',
  },

  // plays and inventories
  play('an unknown host', 'hosts: web', 'hosts: wbe', 'unknown-host', 'wbe'),
  play('a pattern', 'hosts: web', 'hosts: "we*"', 'unknown-host', '"we*"'),
  play(
    'a policy that is not there',
    'policy: policy.yml',
    'policy: polcy.yml',
    'unreadable-file',
    'polcy.yml:',
  ),
  play(
    'an unknown key in a play',
    'hosts: web',
    'hosts: web\n  become_user: root',
    'unknown-key',
    'become_user',
  ),
  play('a batch of nobody', 'hosts: web', 'hosts: web\n  serial: 0', 'invalid-value', '0\n'),
  play('an unknown way to fail', 'hosts: web', 'hosts: web\n  on_failure: panic', 'invalid-value', 'panic'),
  inventory(
    'an unknown key in a group',
    'web:\n  hosts:',
    'web:\n  host: {}\n  hosts:',
    'unknown-key',
    'host: {}',
  ),
  inventory(
    'a host with an option for a name',
    'node-1:',
    '"-oProxyCommand=x":',
    'invalid-host-name',
    '"-oProxyCommand',
  ),
  inventory('a range', 'node-1:', 'node-[1:3]:', 'invalid-host-name', 'node-[1:3]'),
  inventory(
    'a connection that is not there yet',
    'ansible_connection: local',
    'ansible_connection: ssh',
    'connection-unsupported',
    'ssh',
  ),
  inventory(
    'a mistyped variable of certwright',
    'certwright_root',
    'certwright_rot',
    'unknown-variable',
    'certwright_rot',
  ),
  inventory(
    'groups that contain each other',
    'web:\n',
    'web:\n  children: { db: { children: { web: {} } } }\n',
    'group-cycle',
    'web:',
  ),
]
