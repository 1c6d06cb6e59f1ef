// A cluster in memory: files, running pools and served chains of real certificates, on which plans are carried out.
import type { KeyObject } from 'node:crypto'
import { diff } from '../../../src/diff/diff.ts'
import type {
  Actual,
  CertificateFact,
  CertificateFile,
  FileStat,
  HostActual,
  PrivateKeyFile,
} from '../../../src/model/actual.ts'
import type { Certificate } from '../../../src/model/certificate.ts'
import type { ControlFacts } from '../../../src/model/control.ts'
import type {
  Desired,
  DesiredPair,
  DesiredRotation,
  DesiredService,
  Placement,
  RotateRequest,
} from '../../../src/model/desired.ts'
import type { Difference } from '../../../src/model/difference.ts'
import type {
  InstallTask,
  IssueTask,
  Plan,
  PlannedFile,
  ServiceTask,
  Signer,
  Task,
} from '../../../src/model/plan.ts'
import { makePlan } from '../../../src/plan/plan.ts'
import { issueCertificate } from '../../../src/x509/issue.ts'
import { describePublicKey, encodeSpki, generatePrivateKey } from '../../../src/x509/keys.ts'
import { parseCertificates } from '../../../src/x509/parse.ts'
import { signTbs } from '../../../src/x509/sign.ts'

const source = { file: 'policy.yml', line: 1, col: 1 }
const file = (path: string, mode = 0o644) => ({ path, mode, isModeSaid: false, source })
export const anchorId = 'authority/ca'

/** A node as it is on its disk and in its memory. */
export interface Node {
  readonly certificates: Map<string, { certificates: readonly Certificate[]; modifiedMs: number }>
  readonly keys: Map<string, string>
  /** Whose a file is, where it is not root's. */
  readonly owners: Map<string, string>
  /** Files that cannot be read. */
  readonly unreadable: Set<string>
  /** Whom the running service trusts, and when it started; absent: it does not run. */
  running?: { pool: readonly Certificate[]; startedMs: number }
  isReachable: boolean
  /** Whoever restarts the service says that it did, and did not. */
  isLying: boolean
}

export interface SiteOptions {
  readonly rotation?: Partial<DesiredRotation>
  readonly pathLength?: number
  readonly nodes?: readonly string[]
  /** False: a service says nothing of whom it trusts. */
  readonly isNamed?: boolean
  /** The authority's key is on the first nodes, and not on a machine of its own. */
  readonly heldBy?: readonly string[]
}

export type Site = Awaited<ReturnType<typeof makeSite>>

export async function makeSite(options: SiteOptions = {}) {
  const names = options.nodes ?? ['node-1', 'node-2', 'node-3']
  const holders = options.heldBy ?? ['control']
  const keys = new Map<string, KeyObject>()
  const all = [...new Set([...holders, ...names])]
  const hosts = new Map<string, Node>(
    all.map((name) => [
      name,
      {
        certificates: new Map(),
        keys: new Map(),
        owners: new Map(),
        unreadable: new Set(),
        isReachable: true,
        isLying: false,
      },
    ]),
  )
  const site = {
    hosts,
    keys,
    nowMs: Date.parse('2030-01-01T00:00:00Z'),
    desired: describeDesired(names, holders, options),
    isNamed: options.isNamed ?? true,
    /** How many times each service started. */
    starts: new Map<string, number>(),
    isBackwards: false,
    plan: (rotate?: RotateRequest, control?: ControlFacts) => planFor(site, rotate, control),
    carryOut: (plan: Plan, steps?: number, check?: () => void) => carryOut(site, plan, steps, check),
    actual: () => observe(site),
  }
  return site
}

function describeDesired(
  names: readonly string[],
  holders: readonly string[],
  options: SiteOptions,
): Desired {
  const pair: Omit<
    DesiredPair,
    'id' | 'kind' | 'name' | 'placements' | 'basicConstraints' | 'keyUsage' | 'subject'
  > = {
    source,
    fieldSources: {},
    subjectAltName: [],
    extendedKeyUsage: [],
    key: { type: 'ECDSA', size: 256, rotation: 'always' },
    validitySeconds: 365 * 86_400,
    renewBefore: { kind: 'seconds', seconds: 30 * 86_400 },
    includeChain: true,
    ignoreDifferences: [],
  }
  const anchor: DesiredPair = {
    ...pair,
    id: anchorId,
    kind: 'authority',
    name: 'ca',
    subject: [{ type: 'CN', value: 'ca' }],
    keyUsage: ['keyCertSign', 'cRLSign'],
    basicConstraints: { ca: true, pathLength: options.pathLength ?? 1 },
    validitySeconds: 3650 * 86_400,
    rotation: {
      method: 'auto',
      start: 'automatic',
      distrust: 'restart',
      overdueSeconds: 7 * 86_400,
      ...options.rotation,
    },
    placements: [...new Set([...holders, ...names])].map(
      (host): Placement => ({
        address: `${host}/authority/ca`,
        host,
        certificate: file('/pki/ca.crt'),
        copies: [],
        ...(holders.includes(host)
          ? {
              privateKey: file('/pki/ca.key', 0o600),
              waiting: {
                next: { certificate: file('/pki/ca.next.crt'), privateKey: file('/pki/ca.next.key', 0o600) },
                previous: {
                  certificate: file('/pki/ca.previous.crt'),
                  privateKey: file('/pki/ca.previous.key', 0o600),
                },
              },
            }
          : {}),
      }),
    ),
  }
  const leaf = (host: string): DesiredPair => ({
    ...pair,
    id: `certificate/peer@${host}`,
    kind: 'certificate',
    name: 'peer',
    subject: [{ type: 'CN', value: host }],
    subjectAltName: [`DNS:${host}`, 'IP:127.0.0.1'],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['serverAuth', 'clientAuth'],
    basicConstraints: { ca: false },
    authority: anchorId,
    placements: [
      {
        address: `${host}/certificate/peer`,
        host,
        certificate: file('/pki/peer.crt'),
        privateKey: file('/pki/peer.key', 0o600),
        copies: [],
      },
    ],
  })
  const service = (host: string): DesiredService => ({
    address: `${host}/service/etcd`,
    host,
    name: 'etcd',
    source,
    manager: { kind: 'systemd', unit: 'etcd' },
    singleton: false,
    after: [],
    uses: [
      { pair: anchorId, effect: 'restart' },
      { pair: `certificate/peer@${host}`, effect: 'hot' },
    ],
    probe: {
      kind: 'tls',
      source,
      retries: 0,
      delaySeconds: 1,
      deadlineSeconds: 1,
      hostname: '127.0.0.1',
      port: 2379,
      expect: `certificate/peer@${host}`,
      trust: [{ hostname: '127.0.0.1', port: 2379 }],
    },
  })
  const all = [...new Set([...holders, ...names])]
  return {
    inputs: [],
    hosts: Object.fromEntries(all.map((name) => [name, { name, connection: 'local' as const }])),
    readOnlyHosts: [],
    allowed: {},
    plays: [
      {
        name: 'play',
        source,
        policy: 'policy.yml',
        batches: names.map((name) => [name]),
        anyErrorsFatal: false,
        guards: [],
        onFailure: 'rollback',
        pairs: [anchor, ...names.map(leaf)],
        services: names.map(service),
        alarms: {},
      },
    ],
  }
}

interface Machine {
  readonly hosts: Map<string, Node>
  readonly keys: Map<string, KeyObject>
  nowMs: number
  readonly desired: Desired
  readonly isNamed: boolean
  readonly starts: Map<string, number>
  isBackwards: boolean
}

function planFor(
  site: Machine,
  rotate?: RotateRequest,
  control?: ControlFacts,
): { plan: Plan; difference: Difference } {
  const desired = rotate ? { ...site.desired, rotate } : site.desired
  const actual = observe(site)
  const at = new Date(site.nowMs)
  const difference = diff(desired, actual, at, control)
  return { difference, plan: makePlan({ desired, actual, difference, at }) }
}

function observe(site: Machine): Actual {
  return {
    hosts: Object.fromEntries(
      [...site.hosts].map(([name, node]) => [
        name,
        node.isReachable
          ? observeNode(site, name, node)
          : { kind: 'unreachable' as const, host: name, detail: 'away' },
      ]),
    ),
  }
}

function observeNode(
  site: Machine,
  host: string,
  { certificates, keys, owners, unreadable, running }: Node,
): HostActual {
  const stat = (path: string, modifiedMs: number, mode: number): FileStat => ({
    mode,
    owner: owners.get(path) ?? 'root',
    group: 'root',
    size: 1,
    modifiedMs,
    links: 1,
    accessList: false,
  })
  const fileOf = (
    path: string,
    { certificates: found, modifiedMs }: { certificates: readonly Certificate[]; modifiedMs: number },
  ): CertificateFact =>
    unreadable.has(path)
      ? { kind: 'unreadable', problem: 'io-error', detail: 'cannot be read' }
      : {
          kind: 'certificate',
          stat: stat(path, modifiedMs, 0o644),
          certificates: found as CertificateFile['certificates'],
          sha256: found.map(({ fingerprint }) => fingerprint).join(),
        }
  const keyOf = (path: string, spkiSha256: string): PrivateKeyFile => ({
    kind: 'private-key',
    stat: stat(path, 0, 0o600),
    encrypted: false,
    publicKey: { type: 'ECDSA', size: 256, spkiSha256 },
  })
  const served = certificates.get('/pki/peer.crt')?.certificates
  return {
    kind: 'observed',
    host,
    clockMs: site.nowMs,
    clockAheadMs: 0,
    certificates: Object.fromEntries([...certificates].map(([path, each]) => [path, fileOf(path, each)])),
    privateKeys: Object.fromEntries([...keys].map(([path, each]) => [path, keyOf(path, each)])),
    missingFolders: [],
    disks: [],
    unknownOwners: [],
    managesOwnership: false,
    worksAs: 'root',
    interrupted: [],
    services: {
      etcd: running
        ? {
            state: 'active',
            startedMs: running.startedMs,
            ...(served
              ? {
                  probe: { kind: 'served' as const, certificates: served as CertificateFile['certificates'] },
                }
              : {}),
            ...(site.isNamed
              ? {
                  trust: [
                    { kind: 'named' as const, names: running.pool.map(({ subjectDer }) => subjectDer) },
                  ],
                }
              : {}),
          }
        : { state: 'inactive' },
    },
    alarms: [],
    sinks: [],
  }
}

/** `steps`: after so many, the run is killed. `check` is called after each. */
async function carryOut(
  site: Machine,
  plan: Plan,
  steps = Number.POSITIVE_INFINITY,
  check = () => {},
): Promise<number> {
  const issued = new Map<string, { text: string; spkiSha256: string }>()
  let done = 0
  const order = [...new Set(plan.tasks.map(({ batch }) => batch))]
  for (const batch of order)
    for (const kind of ['issue', 'install', 'service'] as const)
      for (const task of orderOf(
        site,
        kind,
        plan.tasks.filter((each) => each.batch === batch && each.kind === kind),
      )) {
        if (done >= steps) return done
        site.nowMs += 1000
        if (task.kind === 'issue') issued.set(task.pair, await issueFor(site, task, issued))
        if (task.kind === 'install') install(site, task, issued)
        if (task.kind === 'service') tell(site, task)
        done += 1
        check()
      }
  site.nowMs += 1000
  return done
}

/** Installations of a batch go on at once, in no order. */
function orderOf(site: Machine, kind: string, tasks: readonly Task[]): readonly Task[] {
  return kind === 'install' && site.isBackwards ? tasks.toReversed() : tasks
}

async function issueFor(
  site: Machine,
  task: IssueTask,
  issued: ReadonlyMap<string, { text: string; spkiSha256: string }>,
): Promise<{ text: string; spkiSha256: string }> {
  const key = await generatePrivateKey({ type: 'ECDSA', size: 256 })
  const spki = encodeSpki(key)
  const { spkiSha256 } = describePublicKey(spki)
  site.keys.set(spkiSha256, key)
  const sign = (signer: Signer) => {
    const planned = signer.by === 'planned' ? issued.get(signer.pair)?.spkiSha256 : undefined
    const at =
      signer.by === 'existing'
        ? site.hosts.get(signer.host)?.keys.get(signer.keyPath)
        : (planned ?? spkiSha256)
    const found = site.keys.get(at ?? '')
    if (!found) throw new Error(`nobody can sign: ${JSON.stringify(signer)}`)
    return found
  }
  const make = async (profile: IssueTask['profile'], signer: Signer, subjectKeyId?: string) => {
    const planned = signer.by === 'planned' ? issued.get(signer.pair) : undefined
    const pem = signer.by === 'existing' ? signer.chain[0] : planned?.text
    return issueCertificate({
      profile,
      spki,
      ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
      issuer: pem === undefined ? { kind: 'itself' } : { kind: 'authority', pem },
      sign: async (scheme, tbs) => signTbs(sign(signer), scheme, tbs),
    })
  }
  const own = await make(task.profile, task.signer)
  const bridge = task.crossSigned
    ? await make(task.crossSigned.profile, task.crossSigned.signer, own.subjectKeyId)
    : undefined
  return { text: [own.pem, bridge?.pem ?? '', ...task.bridges].join(''), spkiSha256 }
}

function install(
  site: Machine,
  task: InstallTask,
  issued: Map<string, { text: string; spkiSha256: string }>,
): void {
  const node = site.hosts.get(task.host)
  if (!node) return
  const wanted = task.files.map((each) => [each, contentOf(site, each, task.host, issued)] as const)
  for (const [{ path, content, keepsTime }, value] of wanted) {
    if (content.from === 'removed')
      (content.what === 'certificate' ? node.certificates : node.keys).delete(path)
    else if (content.what === 'private-key') node.keys.set(path, value)
    else {
      const parsed = parseCertificates(Buffer.from(value))
      if (parsed.kind !== 'certificates') throw new Error(parsed.detail)
      const before = node.certificates.get(path)?.modifiedMs
      node.certificates.set(path, {
        certificates: parsed.certificates,
        modifiedMs: keepsTime && before !== undefined ? before : site.nowMs,
      })
    }
  }
}

function contentOf(
  site: Machine,
  { content }: PlannedFile,
  _host: string,
  issued: Map<string, { text: string; spkiSha256: string }>,
): string {
  if (content.from === 'removed' || content.from === 'kept') return ''
  if (content.from === 'text') return content.pem
  if (content.from === 'issued') {
    const made = issued.get(content.pair)
    if (!made) throw new Error(`${content.pair} was not issued`)
    return content.what === 'certificate' ? made.text : made.spkiSha256
  }
  const found = content.from === 'place' ? site.hosts.get(content.host)?.keys.get(content.path) : undefined
  if (found === undefined || found !== content.spkiSha256)
    throw new Error(`the key is not where the plan says: ${content.path}`)
  return found
}

function tell(site: Machine, { host, action }: ServiceTask): void {
  if (action === 'restart' && !site.hosts.get(host)?.isLying) start(site, host)
}

/** It reads its trust file now. */
export function start(site: Pick<Machine, 'hosts' | 'nowMs' | 'starts'>, host: string): void {
  const node = site.hosts.get(host)
  const pool = node?.certificates.get('/pki/ca.crt')?.certificates ?? []
  if (node) node.running = { pool, startedMs: site.nowMs }
  site.starts.set(host, (site.starts.get(host) ?? 0) + 1)
}
