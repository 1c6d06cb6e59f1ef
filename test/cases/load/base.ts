/** Valid files; every mistake is one change to one of them. */
export const base = {
  'policy.yml': `description: a small policy
variables:
  address: { type: string, format: ip, description: where it listens }
  days: { type: integer, default: 100 }
  manager: { type: string, enum: [systemd, none], default: none }
defaults:
  private_key: { type: ECDSA, size: 256, mode: "0600" }
  validity: 3650d
authorities:
  ca:
    subject: { common_name: test-ca }
    key_usage: [keyCertSign, cRLSign]
    certificate: { path: /pki/ca.crt }
    private_key: { path: /pki/ca.key }
    held_by: first
certificates:
  server:
    authority: ca
    subject: { common_name: server, country: DE }
    subject_alt_name: ["IP:{{ address }}", "DNS:server.example"]
    extended_key_usage: [serverAuth]
    certificate: { path: /pki/server.crt, mode: "0644" }
    private_key: { path: /pki/server.key }
    validity: "{{ days }}d"
    renew_before: 15d
services:
  web:
    manager: "{{ manager }}"
    uses: { server: hot, ca: restart }
    probe: { tls: { address: "127.0.0.1:443", expect: server } }
alarms:
  expiring: { before: 30d }
constraints:
  - { rule: "certificate.validity <= days(3650)", message: ten years at most }
`,
  'play.yml': `- name: test
  hosts: web
  policy: policy.yml
  vars: { address: 10.0.0.1 }
`,
  'inventory.yml': `web:
  hosts:
    node-1:
      ansible_connection: local
      certwright_root: root
`,
} as const
