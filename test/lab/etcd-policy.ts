// A new release is reason enough for new certificates, a new era for a new authority. That one is not a root, which would get
// its successor in phases only; etcd trusts it, and not the root above it.
export const pki = '/etc/etcd/pki'

export const policy = `
variables:
  release: { type: string, default: first, description: stands in every leaf }
  era: { type: string, default: first, description: stands in the authority }
  key_owner: { type: string, default: etcd, description: who may read the keys }
  client_usage: { type: string, default: clientAuth, description: what the client's certificate is for }
  manager: { type: string, enum: [systemd, command], default: systemd, description: who restarts etcd }
defaults:
  private_key: { type: ECDSA, owner: "{{ key_owner }}", group: "{{ key_owner }}" }
authorities:
  root:
    subject: { common_name: root }
    validity: 7300d
    held_by: control
    certificate: { path: ${pki}/root.crt }
    private_key: { path: /var/lib/authority/root.key, owner: root, group: root }
  ca:
    authority: root
    subject: { common_name: "etcd {{ era }}" }
    validity: 3650d
    held_by: control
    certificate: { path: ${pki}/ca.crt }
    private_key: { path: /var/lib/authority/ca.key, owner: root, group: root }
certificates:
  server:
    authority: ca
    subject: { common_name: etcd-server, organization: "{{ release }}" }
    subject_alt_name: ["IP:127.0.0.1"]
    extended_key_usage: [serverAuth, clientAuth]
    certificate: { path: ${pki}/server.crt }
    private_key: { path: ${pki}/server.key }
  client:
    authority: ca
    subject: { common_name: root, organization: "{{ release }}" }
    extended_key_usage: ["{{ client_usage }}"]
    certificate: { path: ${pki}/client.crt }
    private_key: { path: ${pki}/client.key }
services:
  etcd:
    manager: "{{ manager }}"
    command:
      restart: [/usr/local/bin/restart-etcd]
      is_active: [pgrep, -x, etcd]
      uptime: [ps, -o, etimes=, -C, etcd]
      timeout: 5s
    uses: { server: hot, ca: restart }
    probe: { tls: { address: "127.0.0.1:2379", present: client, expect: server }, retries: 2 }
`

/** Of Debian's own unit. */
export const settings = {
  LISTEN_CLIENT_URLS: 'https://127.0.0.1:2379',
  ADVERTISE_CLIENT_URLS: 'https://127.0.0.1:2379',
  CLIENT_CERT_AUTH: 'true',
  TRUSTED_CA_FILE: `${pki}/ca.crt`,
  CERT_FILE: `${pki}/server.crt`,
  KEY_FILE: `${pki}/server.key`,
}

export const plays = {
  'play.yml': '- { name: etcd, hosts: etcd, policy: policy.yml, become: true, on_failure: rollback }\n',
  'keep.yml': '- { name: etcd, hosts: etcd, policy: policy.yml, become: true, on_failure: keep }\n',
}
