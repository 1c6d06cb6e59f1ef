/** Inventories written to be compared with Ansible's own reading of them: name, and files by path. */
export const inventories: readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] = [
  ['one host in all', { 'hosts.yml': 'all:\n  hosts:\n    a:\n' }],
  [
    'host variables of every type',
    {
      'hosts.yml':
        'all:\n  hosts:\n    a: { s: text, n: 7, f: 1.5, b: true, l: [1, two], m: { x: { y: 1 } }, e: null }\n',
    },
  ],
  ['groups without hosts', { 'hosts.yml': 'all:\n  children:\n    empty:\n    web:\n      hosts: { a: }\n' }],
  ['groups at the top level', { 'hosts.yml': 'web:\n  hosts: { a: , b: }\ndb:\n  hosts: { b: , c: }\n' }],
  [
    'grouped and ungrouped hosts',
    { 'hosts.yml': 'all:\n  hosts: { lone: , a: }\n  children:\n    web:\n      hosts: { a: }\n' },
  ],
  ['ungrouped by name', { 'hosts.yml': 'ungrouped:\n  hosts: { a: , b: }\nweb:\n  hosts: { c: }\n' }],
  [
    'all lies under every group',
    {
      'hosts.yml':
        'all:\n  vars: { v: all, only: all }\n  children:\n    web:\n      vars: { v: web }\n      hosts: { a: , b: { v: host } }\n',
    },
  ],
  [
    'a child wins over its parent',
    {
      'hosts.yml':
        'parent:\n  vars: { v: parent, p: 1 }\n  children:\n    child:\n      vars: { v: child }\n      hosts: { a: }\n',
    },
  ],
  [
    'five levels',
    {
      'hosts.yml':
        'l1:\n  vars: { v: 1, a: 1 }\n  children:\n    l2:\n      vars: { v: 2, b: 2 }\n      children:\n        l3:\n          vars: { v: 3 }\n          children:\n            l4:\n              children:\n                l5:\n                  vars: { v: 5 }\n                  hosts: { h: }\n',
    },
  ],
  [
    'siblings by name',
    {
      'hosts.yml':
        'zeta:\n  vars: { v: zeta }\n  hosts: { a: }\nalpha:\n  vars: { v: alpha, w: alpha }\n  hosts: { a: }\n',
    },
  ],
  [
    'a diamond',
    {
      'hosts.yml':
        'top:\n  vars: { v: top }\n  children:\n    left:\n      vars: { v: left }\n      children: { bottom: }\n    right:\n      vars: { v: right }\n      children: { bottom: }\nbottom:\n  hosts: { a: }\n',
    },
  ],
  [
    'a diamond whose bottom decides',
    {
      'hosts.yml':
        'left:\n  vars: { v: left }\n  children: { bottom: }\nright:\n  vars: { v: right }\n  children: { bottom: }\nbottom:\n  vars: { v: bottom }\n  hosts: { a: }\n',
    },
  ],
  [
    'a deeper uncle',
    {
      'hosts.yml':
        'zz:\n  vars: { v: zz }\n  hosts: { a: }\nouter:\n  children:\n    aa:\n      vars: { v: aa }\n      hosts: { a: }\n',
    },
  ],
  [
    'priority between siblings',
    {
      'hosts.yml':
        'alpha:\n  vars: { v: alpha, ansible_group_priority: 10 }\n  hosts: { a: }\nzeta:\n  vars: { v: zeta }\n  hosts: { a: }\n',
    },
  ],
  [
    'priority does not beat depth',
    {
      'hosts.yml':
        'outer:\n  vars: { v: outer, ansible_group_priority: 99 }\n  children:\n    inner:\n      vars: { v: inner }\n      hosts: { a: }\n',
    },
  ],
  [
    'equal priorities',
    {
      'hosts.yml':
        'b:\n  vars: { v: b, ansible_group_priority: 5 }\n  hosts: { h: }\na:\n  vars: { v: a, ansible_group_priority: 5 }\n  hosts: { h: }\n',
    },
  ],
  ['a numeric range', { 'hosts.yml': 'web:\n  hosts:\n    web-[1:3]: { r: 1 }\n' }],
  ['a range with zeros and a step', { 'hosts.yml': 'web:\n  hosts:\n    c[01:09:2].example:\n' }],
  ['a range of letters', { 'hosts.yml': 'db:\n  hosts:\n    db-[a:e:2]:\n' }],
  ['two ranges in one name', { 'hosts.yml': 'db:\n  hosts:\n    r[1:2]-n[a:b]: { v: 1 }\n' }],
  [
    'a range and one of its hosts',
    { 'hosts.yml': 'db:\n  hosts:\n    n[1:3]: { v: range }\n    n2: { v: own }\n' },
  ],
  ['a range from nothing', { 'hosts.yml': 'db:\n  hosts:\n    n[:2]:\n' }],
  [
    'a host in several places',
    { 'hosts.yml': 'web:\n  hosts:\n    a: { v: web, w: 1 }\ndb:\n  hosts:\n    a: { v: db }\n' },
  ],
  [
    'connection variables',
    {
      'hosts.yml':
        'all:\n  vars: { ansible_user: ops }\n  hosts:\n    a: { ansible_host: 10.0.0.1, ansible_port: 2222, ansible_connection: local }\n',
    },
  ],
  [
    'expressions stay as they are',
    { 'hosts.yml': 'all:\n  hosts:\n    a: { v: "{{ inventory_hostname }}-x" }\n' },
  ],
  [
    'group_vars beside the inventory',
    {
      'hosts.yml': 'web:\n  vars: { v: inline, i: 1 }\n  hosts: { a: }\n',
      'group_vars/web.yml': 'v: file\nf: 1\n',
    },
  ],
  [
    'group_vars for all beat inline groups',
    { 'hosts.yml': 'web:\n  vars: { v: inline }\n  hosts: { a: }\n', 'group_vars/all.yml': 'v: all-file\n' },
  ],
  [
    'group_vars for a group beat those for all',
    {
      'hosts.yml': 'web:\n  hosts: { a: }\n',
      'group_vars/all.yml': 'v: all\n',
      'group_vars/web.yaml': 'v: web\n',
    },
  ],
  [
    'inline host variables beat group_vars',
    { 'hosts.yml': 'web:\n  hosts: { a: { v: inline } }\n', 'group_vars/web.yml': 'v: file\n' },
  ],
  [
    'host_vars beat everything',
    {
      'hosts.yml': 'web:\n  hosts: { a: { v: inline } }\n',
      'group_vars/web.yml': 'v: file\n',
      'host_vars/a.yml': 'v: host-file\n',
    },
  ],
  [
    'vars files without an ending, and as JSON',
    {
      'hosts.yml': 'web:\n  hosts: { a: , b: }\n',
      'group_vars/web': 'v: bare\n',
      'host_vars/b.json': '{"w": [1, 2]}',
    },
  ],
  [
    'vars folders of several files',
    {
      'hosts.yml': 'web:\n  hosts: { a: }\n',
      'group_vars/web/10-first.yml': 'v: first\nx: 1\n',
      'group_vars/web/20-second.yml': 'v: second\n',
      'group_vars/web/deep/more.yml': 'z: 1\n',
      'group_vars/web/notes.txt': 'not variables',
    },
  ],
  [
    'group_vars of nested groups and siblings',
    {
      'hosts.yml': 'outer:\n  children:\n    inner:\n      hosts: { a: }\nother:\n  hosts: { a: }\n',
      'group_vars/outer.yml': 'v: outer\no: 1\n',
      'group_vars/inner.yml': 'v: inner\n',
      'group_vars/other.yml': 'v: other\n',
    },
  ],
  [
    'vars folders beside the playbook',
    {
      'hosts.yml': 'web:\n  hosts: { a: }\n',
      'group_vars/web.yml': 'v: inventory\ni: 1\n',
      'play/group_vars/web.yml': 'v: playbook\n',
      'play/host_vars/a.yml': 'h: playbook\n',
    },
  ],
  [
    'the playbook’s all does not beat a group of the inventory',
    {
      'hosts.yml': 'web:\n  hosts: { a: }\n',
      'group_vars/web.yml': 'v: web\n',
      'play/group_vars/all.yml': 'v: play-all\n',
    },
  ],
  [
    'host_vars of inventory and playbook',
    {
      'hosts.yml': 'web:\n  hosts: { a: { v: inline } }\n',
      'host_vars/a.yml': 'v: inventory\n',
      'play/host_vars/a.yml': 'v: playbook\n',
    },
  ],
  [
    'plain yes, no, on and off are booleans, quoted ones text',
    {
      'hosts.yml': 'web:\n  hosts: { a: { y: yes, n: No, o: ON, f: off, q: "yes", t: true, s: y } }\n',
      'group_vars/web.yml': 'become: yes\nlist: [no, "no"]\n',
    },
  ],
  [
    'anchors, aliases and merge keys',
    {
      'hosts.yml':
        'all:\n  vars: { base: &base { a: 1, b: 2 } }\nweb:\n  hosts:\n    h1: { <<: *base, b: 3 }\n    h2:\n      <<: [*base, { b: 9, c: 4 }]\n    h3: *base\n',
    },
  ],
  [
    'diamonds ten deep',
    {
      'hosts.yml': `${Array.from({ length: 10 }, (_, level) => `g${level}:\n  vars: { v: ${level} }\n  children: { g${level + 1}: , s${level}: }\ns${level}:\n  vars: { v: s${level} }\n  children: { g${level + 1}: }\n`).join('')}g10:\n  hosts: { a: }\n`,
    },
  ],
]
