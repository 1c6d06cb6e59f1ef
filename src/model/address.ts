/** What an address can stand for. */
export type ResourceKind = 'authority' | 'certificate' | 'service' | 'alarm'

/** `host/kind/name`, e.g. `controller-0/certificate/etcd-server`. Flat, stable, unique within a plan. */
export type Address = string

export function formatAddress(host: string, kind: ResourceKind, name: string): Address {
  return `${host}/${kind}/${name}`
}

export function parseAddress(address: Address): { host: string; kind: string; name: string } {
  const [host = '', kind = '', ...name] = address.split('/')
  return { host, kind, name: name.join('/') }
}

/** `certificate etcd-server`: what it is, to somebody who is told the host anyway. */
export function withoutHost(address: Address): string {
  const { kind, name } = parseAddress(address)
  return `${kind} ${name}`
}

/** Whether a text says of which host it is, as a word of its own. */
export function isNamed(host: string, text: string): boolean {
  return text.split(/[^\w.-]+/).includes(host)
}

/** Order of kinds wherever resources are listed: what others depend on comes first. */
export const kindOrder: readonly ResourceKind[] = ['authority', 'certificate', 'service', 'alarm']
