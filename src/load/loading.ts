import type { OwnFolders } from '../model/control.ts'
import type { InputFile } from '../model/desired.ts'
import type { Allowances } from '../model/guard.ts'
import type { SecretStore } from '../model/secret.ts'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import type { FileReader } from './files.ts'

export interface LoadRequest {
  readonly playbook: string
  readonly inventories: readonly string[]
  /** `-e`, as given. */
  readonly extraVars: readonly string[]
  /** `--limit`: a host pattern. */
  readonly limit?: string
  /** `--allow`, in force for this run. */
  readonly allowed?: Allowances
  /** `--release`. */
  readonly released?: readonly string[]
  /** The instant that a supplied CA must be valid at. */
  readonly at: Date
  /** Paths are relative to it, and shown so. */
  readonly cwd: string
  readonly secrets: SecretStore
  /** Of whoever runs certwright, on this machine; absent: root's. */
  readonly folders?: OwnFolders
}

/** What one load has read so far. */
export interface Loading {
  readonly request: Pick<LoadRequest, 'inventories' | 'cwd'>
  readonly files: FileReader
  readonly secrets: SecretStore
  readonly complaints: Complaints
  /** By `Source.file`. */
  readonly documents: Map<string, YamlDocument>
  readonly inputs: InputFile[]
}
