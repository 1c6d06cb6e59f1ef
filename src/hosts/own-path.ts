// Files of certwright's own go by paths of its folder as root has it, wherever a host keeps that folder. Pure.
import { systemFolder } from '../model/control.ts'

/** `state`: that folder on the machine; `root`: what stands in front of every path of the host, '' for none. */
export function ownPath(root: string, state: string, path: string): string {
  if (!path.startsWith(`${systemFolder}/`)) return path
  return state.slice(root.length) + path.slice(systemFolder.length)
}
