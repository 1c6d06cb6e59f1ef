/** What an address can stand for. */
export type ResourceKind = 'authority' | 'certificate' | 'service' | 'alarm'

/** `host/kind/name`, e.g. `controller-0/certificate/etcd-server`. Flat, stable, unique within a plan. */
export type Address = string

export function formatAddress(host: string, kind: ResourceKind, name: string): Address {
  return `${host}/${kind}/${name}`
}

/** Order of kinds wherever resources are listed: what others depend on comes first. */
export const kindOrder: readonly ResourceKind[] = ['authority', 'certificate', 'service', 'alarm']
