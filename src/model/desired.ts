import type { Address } from './address.ts'
import type { BasicConstraints, Certificate, KeyType, NameAttribute } from './certificate.ts'
import type { Allowances, DesiredGuard } from './guard.ts'
import type { SecretReference } from './secret.ts'
import type { Source } from './source.ts'

/** Everything the YAML says, fully expanded; no expression is left in it. */
export interface Desired {
  /** Every file that was read to arrive here. */
  readonly inputs: readonly InputFile[]
  /** All hosts of all plays, by inventory name; `control` is the machine that certwright runs on. */
  readonly hosts: Readonly<Record<string, HostTarget>>
  readonly plays: readonly DesiredPlay[]
  /** Hosts outside `--limit` that hold keys of pairs inside it: looked at, and left alone. */
  readonly readOnlyHosts: readonly string[]
  /** `--allow`. */
  readonly allowed: Allowances
  /** What `rotate` was asked for; absent: the policies decide what goes on by itself. */
  readonly rotate?: RotateRequest
  /** Where the inventory gives the control node a root: this machine's own state (the audit log) is kept below it. */
  readonly stateRoot?: string
}

/** A turn of trust anchors that somebody asked for by name. */
export interface RotateRequest {
  readonly pairs: readonly PairId[]
  /**
   * `begin`: make a successor, where none is on its way. `go-on`: what is on its way goes on. `back`: the one that is to
   * be distrusted is wanted again. `no-overlap`: another one at once, and whatever breaks meanwhile is down.
   */
  readonly wish: 'begin' | 'go-on' | 'back' | 'no-overlap'
}

export interface InputFile {
  readonly file: string
  /** SHA-256 of its bytes, lower-case hex. */
  readonly sha256: string
}

/**
 * The name of the machine that certwright runs on, where authorities `held_by: control` live.
 * Implicit like Ansible's `localhost`; an inventory may define it to say more (`certwright_root`).
 */
export const controlHost = 'control'

/** How to reach a host. */
export type HostTarget = LocalTarget | SshTarget

interface TargetBase {
  readonly name: string
  /** Folder below which every absolute path is taken (absolute itself); absent: the real root. */
  readonly root?: string
  /** Absent: work as whoever the connection is. */
  readonly become?: Become
}

export interface Become {
  readonly user: string
  readonly password?: SecretReference
}

/** The machine that certwright runs on. */
export interface LocalTarget extends TargetBase {
  readonly connection: 'local'
  /** certwright's own folder on it, absolute; absent: `/var/lib/certwright` below the root. */
  readonly state?: string
}

/** What is absent is left to the user's ssh configuration. */
export interface SshTarget extends TargetBase {
  readonly connection: 'ssh'
  /** A name or an address; never one that could be taken for an option. */
  readonly address: string
  readonly port?: number
  readonly user?: string
  readonly privateKeyFile?: string
  /** Further arguments of ssh, in the user's own words. */
  readonly sshArgs: readonly string[]
}

export interface DesiredPlay {
  readonly name: string
  readonly source: Source
  /** The policy's file, as in `Source.file`. */
  readonly policy: string
  /** Hosts of the play in inventory order, cut into batches by `serial`. */
  readonly batches: readonly (readonly string[])[]
  /** How much of a batch may fail before the run stops; absent: nothing may, and what was begun with is finished. */
  readonly maxFailPercentage?: number
  /** The first host that fails stops everything. */
  readonly anyErrorsFatal: boolean
  /** Above any of them, nothing of the play is carried out. */
  readonly guards: readonly DesiredGuard[]
  /** What to do when a service does not come back with its new files. */
  readonly onFailure: 'rollback' | 'keep'
  /** Authorities before the pairs they sign. */
  readonly pairs: readonly DesiredPair[]
  /** In dependency order (`after`). One entry per service and host. */
  readonly services: readonly DesiredService[]
  /** By host. */
  readonly alarms: Readonly<Record<string, DesiredAlarms>>
}

/** Unique in a Desired: `authority/etcd-ca`, or `certificate/peer@node-1` for one of a per-host family, with the play's index in front when there are several. */
export type PairId = string

/** One key and its certificate, and all the places where the two must be. */
export interface DesiredPair {
  readonly id: PairId
  readonly kind: 'authority' | 'certificate'
  readonly name: string
  readonly source: Source
  /** Where each field was written, by its snake_case name; `source` where a field has none. */
  readonly fieldSources: Readonly<Record<string, Source>>
  readonly subject: readonly NameAttribute[]
  /** Canonical general names, as in `Certificate.subjectAltName`. */
  readonly subjectAltName: readonly string[]
  readonly keyUsage: readonly string[]
  readonly extendedKeyUsage: readonly string[]
  readonly basicConstraints: BasicConstraints
  readonly key: DesiredKey
  readonly validitySeconds: number
  readonly renewBefore: RenewBefore
  /** The pair that signs this one; absent: it signs itself, or it is supplied. */
  readonly authority?: PairId
  /** A custom CA that the user brings: files on the control node. */
  readonly supplied?: SuppliedPair
  /** Of an authority that clients trust by itself (it is self-signed, or supplied): how another takes its place. */
  readonly rotation?: DesiredRotation
  /** It is one of the two generations that stand beside an authority while another takes its place. */
  readonly waiting?: WaitingRole
  /** Whether the certificate file carries the intermediates after the certificate. */
  readonly includeChain: boolean
  /** What may differ without being called a difference, by reason field: `key_usage`, `subject_alt_name`, … */
  readonly ignoreDifferences: readonly string[]
  /** Hosts that `--limit` leaves out, and that are to have it: it is not looked for there, nor brought there. */
  readonly beyondLimit?: readonly string[]
  /** At most one per host, in host order. The first that has a private key and is in order is where the others copy from. */
  readonly placements: readonly Placement[]
}

export interface DesiredRotation {
  /** `bridge`: the next one is signed by the old one as well. `bundle`: both are trusted. `auto`: the first that can be. */
  readonly method: 'auto' | 'bridge' | 'bundle'
  /** `automatic`: `apply` begins it when the authority is due, and goes on with it. `manual`: only `rotate` does. */
  readonly start: 'automatic' | 'manual'
  /** Whether services are told to drop the old one, or do so whenever they start next. */
  readonly distrust: 'restart' | 'next_restart'
  /** After this long, counted from when the next one was made, it is overdue. */
  readonly overdueSeconds: number
}

/** `next`: wanted, and not yet trusted by all. `previous`: to be distrusted, and perhaps still trusted by some. */
export type WaitingRole = 'next' | 'previous'

export interface DesiredKey {
  readonly type: KeyType
  /** Bits; 256 for Ed25519. */
  readonly size: number
  /** `always`: a new key with every new certificate. */
  readonly rotation: 'always' | 'never'
  /** Where to find the passphrase of the key file. Never the passphrase. */
  readonly passphrase?: SecretReference
}

export type RenewBefore =
  | { readonly kind: 'seconds'; readonly seconds: number }
  /** Of the certificate's own lifetime. */
  | { readonly kind: 'percentage'; readonly percentage: number }

export interface SuppliedPair {
  /** The CA certificate, then the intermediates above it, as the user's file has them. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  readonly spkiSha256: string
  readonly key: SuppliedKey
  readonly source: Source
}

export type SuppliedKey =
  /** Absolute path on the control node; read again at the moment it is needed, held in memory only. */
  | { readonly kind: 'file'; readonly path: string; readonly passphrase?: SecretReference }
  /** The key is in no file that certwright knows (HSM, KMS, PKCS#11 token): a command on the control node signs. */
  | ({ readonly kind: 'command' } & SigningCommand)

/**
 * Reads the DER TBSCertificate from standard input, prints the signature (RFC 5280 §4.1.1.3) and nothing else: RSA
 * PKCS #1 v1.5 with SHA-256; ECDSA in DER with SHA-256, SHA-384 or SHA-512 for P-256, P-384, P-521; Ed25519 pure.
 */
export interface SigningCommand {
  readonly argv: Argv
  readonly timeoutSeconds: number
}

/** Where a pair must be on one host. */
export interface Placement {
  readonly address: Address
  readonly host: string
  readonly certificate: DesiredFile
  /** Absent where only the certificate belongs (hosts that trust an authority held elsewhere). */
  readonly privateKey?: DesiredFile
  /** Of an authority whose key is held elsewhere: where it is if this host held it before. It is looked at, and left there. */
  readonly formerKey?: DesiredFile
  readonly copies: readonly DesiredCopy[]
  /** Where an authority with a rotation is held: the places of the two generations beside it. */
  readonly waiting?: Readonly<Record<WaitingRole, WaitingFiles>>
}

/** The certificate file holds the generation, and after it the bridges: certificates of a generation that another has signed. */
export interface WaitingFiles {
  readonly certificate: DesiredFile
  /** Absent where the key is in no file. */
  readonly privateKey?: DesiredFile
}

export interface DesiredCopy {
  readonly certificate?: DesiredFile
  readonly privateKey?: DesiredFile
}

export interface DesiredFile {
  /** Absolute on its host, normalised; taken below the host's root. */
  readonly path: string
  readonly owner?: string
  readonly group?: string
  /** Permission bits. */
  readonly mode: number
  /** The pair names its mode itself; otherwise it is the default, and what is there already may be narrower. */
  readonly isModeSaid: boolean
  /** Its folder is made by somebody else: where it is not there, it is not made. */
  readonly isFolderOfOthers?: boolean
  /** Where it is to be a link into a folder that is switched by one rename: that link, the same for all it belongs with. */
  readonly through?: string
  readonly source: Source
}

/** What a change of a pair means to a service. `hot`: it re-reads the files by itself. */
export type ServiceEffect = 'hot' | 'reload' | 'restart'

export interface DesiredService {
  readonly address: Address
  readonly host: string
  readonly name: string
  readonly source: Source
  readonly manager: ServiceManager
  /** Active and standby: it runs on one host at a time, and that host's services come last. */
  readonly singleton: boolean
  /** Exit status 0: it leads the others of its name (etcd's leader), and comes last. */
  readonly leads?: Argv
  /** Names of the services of the same policy that come first. */
  readonly after: readonly string[]
  readonly uses: readonly { readonly pair: PairId; readonly effect: ServiceEffect }[]
  readonly probe?: DesiredProbe
}

export type Argv = readonly [string, ...string[]]

export type ServiceManager =
  | { readonly kind: 'none' }
  | { readonly kind: 'systemd'; readonly unit: string }
  | {
      readonly kind: 'command'
      readonly restart?: Argv
      readonly reload?: Argv
      /** Exit status 0: active. Without it the service counts as active. */
      readonly isActive?: Argv
      /** Prints for how many whole seconds the service has been running. */
      readonly uptime?: Argv
      readonly timeoutSeconds: number
    }

export interface NetworkAddress {
  readonly hostname: string
  readonly port: number
}

export type DesiredProbe = {
  readonly source: Source
  /** Where a running service can be asked whom it trusts: it names its authorities to whoever begins a handshake. */
  readonly trust: readonly NetworkAddress[]
  readonly retries: number
  readonly delaySeconds: number
  /** Bound on the whole proof, retries included. */
  readonly deadlineSeconds: number
} & (
  | { readonly kind: 'command'; readonly argv: Argv }
  | {
      readonly kind: 'tls'
      readonly hostname: string
      readonly port: number
      /** SNI, and the name the certificate is asked for. */
      readonly serverName?: string
      /** The pair whose certificate is presented as the client's. */
      readonly present?: PairId
      /** The pair whose certificate must be served. */
      readonly expect?: PairId
    }
  | {
      readonly kind: 'http'
      readonly hostname: string
      readonly port: number
      /** Path and query, as they are asked for. */
      readonly target: string
      /** SNI, and with an authority the name that the certificate must be for; else the host of the URL. */
      readonly serverName?: string
      /** The answer has one of these. */
      readonly status: readonly number[]
      /** What has to be somewhere in the body. */
      readonly body?: string
      /** The pair that must have signed what is served, directly or by way of others; absent: nothing is verified. */
      readonly authority?: PairId
      /** The pair whose certificate is presented as the client's. */
      readonly present?: PairId
    }
)

export interface DesiredAlarms {
  /** The policy's short name: alarms remember which policy raised them. */
  readonly policy: string
  /** The paths of all certificates that the policy looks after on the host: policies may share a name, and may change it. */
  readonly certificates: readonly string[]
  /** `--release`: names of policies that are gone, and whose alarms are let go of. */
  readonly released: readonly string[]
  /** In order of delivery; the built-in file sink is always there and not listed. */
  readonly sinks: readonly DesiredSink[]
  /** False: nothing is raised, and what this policy raised earlier is let go of; conditions still count. */
  readonly raised: boolean
  readonly renewal: AlarmRule & { readonly failed: AlarmWords; readonly notUpdated: AlarmWords }
  readonly expiring: AlarmRule & { readonly beforeSeconds: number }
  readonly expired: AlarmRule
  /** Its severity while nothing presses. */
  readonly rotation: AlarmRule
}

export type DesiredSink = {
  readonly type: 'starlingx_fm'
  readonly client: string
  readonly timeoutSeconds: number
}

export interface AlarmWords {
  readonly reason: string
  /** What is to be done; the causes are told before it. */
  readonly repair: string
}

export interface AlarmRule {
  readonly id: string
  readonly severity: 'critical' | 'major' | 'minor' | 'warning'
}
