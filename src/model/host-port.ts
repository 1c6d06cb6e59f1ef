/** `127.0.0.1:2379`, `[::1]:2379` (RFC 3986 §3.2.2). */
export function formatHostPort({
  hostname,
  port,
}: {
  readonly hostname: string
  readonly port: number
}): string {
  return `${bracketed(hostname)}:${port}`
}

/** An IPv6 address as it stands in front of a port. */
export function bracketed(hostname: string): string {
  return hostname.includes(':') ? `[${hostname}]` : hostname
}
