import type { AlarmWords } from '../model/desired.ts'

/** A policy as its schema has it, once expanded for one host. */
export interface RawPolicy {
  readonly description?: string
  readonly variables?: Readonly<Record<string, RawVariable>>
  readonly defaults?: {
    readonly private_key?: Partial<RawPrivateKey>
    readonly certificate?: Partial<RawCertificateFile>
    readonly validity?: string
    readonly renew_before?: string
    readonly install?: 'files' | 'generations'
  }
  readonly authorities?: Readonly<Record<string, RawAuthority>>
  readonly certificates?: Readonly<Record<string, RawCertificate>>
  readonly services?: Readonly<Record<string, RawService>>
  readonly alarms?: RawAlarms | 'none'
  readonly constraints?: readonly { readonly rule: string; readonly message: string }[]
}

export interface RawVariable {
  readonly type: string
  readonly default?: unknown
  readonly description?: string
}

export interface RawFile {
  readonly path: string
  readonly owner?: string
  readonly group?: string
  readonly mode?: string
}

export interface RawCertificateFile extends RawFile {
  readonly include_chain?: boolean
}

export interface RawPrivateKey extends RawFile {
  readonly type?: 'RSA' | 'ECDSA' | 'Ed25519'
  readonly size?: number
  readonly rotation?: 'always' | 'never'
  readonly passphrase?: string
}

interface RawPair {
  readonly when?: string | boolean
  readonly authority?: string
  readonly subject?: Readonly<Record<string, string | readonly string[]>>
  readonly key_usage?: readonly string[]
  readonly certificate: RawCertificateFile
  /** Only an authority whose key a command holds has none. */
  readonly private_key?: RawPrivateKey
  readonly validity?: string
  readonly renew_before?: string
  readonly install?: 'files' | 'generations'
  readonly copies?: readonly {
    readonly certificate?: string
    readonly private_key?: string
    readonly make_folder?: boolean
    readonly when?: string | boolean
  }[]
  readonly ignore_differences?: readonly string[]
}

export interface RawAuthority extends RawPair {
  readonly path_length?: number
  readonly held_by?: 'control' | 'first' | 'all'
  readonly rotation?: {
    readonly method?: 'auto' | 'bridge' | 'bundle'
    readonly start?: 'automatic' | 'manual'
    readonly distrust?: 'restart' | 'next_restart'
    readonly overdue?: string
  }
  readonly supplied?: {
    readonly certificate: string
    readonly private_key?: string
    readonly passphrase?: string
    readonly signer?: { readonly command: readonly [string, ...string[]]; readonly timeout?: string }
  }
}

export interface RawCertificate extends RawPair {
  readonly authority: string
  readonly scope?: 'per_host' | 'shared'
  readonly subject_alt_name?: readonly string[] | string
  readonly extended_key_usage?: readonly string[]
}

export interface RawService {
  readonly when?: string | boolean
  readonly manager: 'systemd' | 'command' | 'none'
  readonly unit?: string
  readonly command?: {
    readonly restart?: readonly string[]
    readonly reload?: readonly string[]
    readonly is_active?: readonly string[]
    readonly uptime?: readonly string[]
    readonly timeout?: string
  }
  readonly singleton?: boolean
  readonly leads?: readonly [string, ...string[]]
  readonly after?: readonly string[]
  readonly uses?: Readonly<Record<string, 'hot' | 'reload' | 'restart'>>
  readonly probe?: {
    readonly when?: string | boolean
    readonly tls?: {
      readonly address: string
      readonly server_name?: string
      readonly present?: string
      readonly expect?: string
    }
    readonly http?: {
      readonly url: string
      readonly server_name?: string
      readonly status?: number | readonly number[]
      readonly body?: string
      readonly authority?: string
      readonly present?: string
    }
    readonly command?: readonly string[]
    readonly trust?: readonly string[]
    readonly retries?: number
    readonly delay?: string
    readonly deadline?: string
  }
}

type RawRule = { readonly id?: string; readonly severity?: 'critical' | 'major' | 'minor' | 'warning' }

export interface RawAlarms {
  readonly sinks?: readonly {
    readonly type: 'file' | 'starlingx_fm'
    readonly when?: string | boolean
    readonly client?: string
    readonly timeout?: string
  }[]
  readonly renewal?: RawRule & {
    readonly failed?: Partial<AlarmWords>
    readonly not_updated?: Partial<AlarmWords>
  }
  readonly expiring?: RawRule & { readonly before?: string }
  readonly expired?: RawRule
  readonly rotation?: RawRule
}
