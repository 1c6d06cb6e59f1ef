// What is wanted in the village: the attacker's service has two pairs, another service has one.
export function villagePolicy(root: string, service: string): string {
  const restart = `[sh, -c, "if test -e ${root}/broken; then rm ${root}/broken; exit 1; fi"]`
  return `
defaults:
  private_key: { type: ECDSA, size: 256 }
alarms: {}
authorities:
  ca:
    subject: { common_name: test-ca }
    certificate: { path: /pki/ca.crt }
    private_key: { path: /pki/ca.key }
    validity: 3650d
    renew_before: 365d
certificates:
${leaf('gen', service, 'gen')}
${leaf('web', service)}
${leaf('x-other', '/srv/other')}
services:
  web:
    manager: command
    command: { restart: ${restart}, is_active: ["true"] }
    uses: { web: restart, gen: restart, x-other: restart }
    probe: { command: ["true"] }
`
}

function leaf(name: string, folder: string, file = 'tls'): string {
  return `  ${name}:
    authority: ca
    subject: { common_name: ${name} }
    subject_alt_name: ["DNS:${name}.example"]
    extended_key_usage: [serverAuth]
    certificate: { path: ${folder}/${file}.crt }
    private_key: { path: ${folder}/${file}.key }
    validity: 100d
    renew_before: 15d`
}
