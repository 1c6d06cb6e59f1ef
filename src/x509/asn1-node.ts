import asn1, { type Asn1Node } from 'node-forge/lib/asn1.js'

/** A decoded DER value: constructed (a list) or primitive (bytes as a binary string). */
export type Node = Asn1Node

/** Throws on anything that is not strict DER. */
export function decodeDer(bytes: string): Node {
  return asn1.fromDer(bytes, { strict: true, parseAllBytes: true, decodeBitStrings: false })
}

export function encodeDer(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1')
}

export function childrenOf(node: Node | undefined): Node[] {
  return Array.isArray(node?.value) ? node.value : []
}

/** The bytes of a primitive value, as a binary string. */
export function bytesOf(node: Node | undefined): string {
  return typeof node?.value === 'string' ? node.value : ''
}
