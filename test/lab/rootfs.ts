// The root file system that all hosts of the lab share: Debian with systemd, sshd and etcd, built once and kept.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const packages = [
  'cron',
  'dbus',
  'etcd-client',
  'etcd-server',
  'iproute2',
  'openssh-server',
  'openssl',
  'procps',
  'sudo',
  'systemd',
  'systemd-sysv',
]

const cache = process.env.CERTWRIGHT_LAB_CACHE ?? '/var/cache/certwright-lab'

/** Takes a minute the first time. */
export function buildRootFileSystem(): string {
  const suite = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm'
  const name = createHash('sha256')
    .update(`${suite} ${packages.join(' ')}`)
    .digest('hex')
    .slice(0, 12)
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const building = `${folder}.building`
  rmSync(building, { recursive: true, force: true })
  const include = `--include=${packages.join(',')}`
  execFileSync(
    'mmdebstrap',
    ['--quiet', '--variant=minbase', include, ...proxy(), suite, building, findMirror()],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 600_000,
    },
  )
  renameSync(building, folder)
  return folder
}

/** The mirror that this machine installs its own packages from. */
function findMirror(): string {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'])
  const mirror = targets
    .toString()
    .split('\n')
    .find((line) => line !== '' && !line.includes('security'))
  if (!mirror) throw new Error('this machine has no source of Debian packages')
  return mirror.replace(/\/$/, '')
}

function proxy(): string[] {
  const setting = execFileSync('apt-config', ['shell', 'PROXY', 'Acquire::http::Proxy']).toString()
  const [, url] = /^PROXY='(.*)'$/m.exec(setting) ?? []
  return url ? [`--aptopt=Acquire::http::Proxy "${url}"`] : []
}
