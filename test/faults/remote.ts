// A scene behind a real sshd on this machine, whose tools and whose connection can be hurt.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSshd } from '../support/sshd.ts'
import {
  applying,
  type Connect,
  later,
  openStage,
  type Ran,
  runProgram,
  type Scene,
  type Stage,
  type StageOptions,
} from './scene.ts'

/** The tools by which a remote host is changed. */
const tools = ['chmod', 'chown', 'ln', 'mkdir', 'mv', 'rm', 'rmdir', 'sync', 'touch']

export interface ToolFault {
  /** Counted from 1, over all tools. */
  readonly at: number
  /** `rename`: the tool dies at its n-th rename; `rename-all`: and everything else with it. */
  readonly what: 'kill' | 'rename' | 'rename-all' | 'refuse' | 'meanwhile'
  /** What is said, or which rename. */
  readonly which: string
  /** `meanwhile`: what somebody else does right after the call. */
  readonly script?: string
}

/** Where in the n-th frame that is sent. */
export interface Cut {
  readonly frame: number
  readonly moment: 'before' | 'middle' | 'last' | 'sent'
}

export interface RemoteStage extends Stage {
  /** A renewal with a fault of a tool; `calls`: the tools that were called, one a line. */
  readonly hurt: (scene: Scene, fault: ToolFault) => Promise<{ readonly ran: Ran; readonly calls: string[] }>
  /** A renewal whose connection is cut; `frames`: the lengths of the payloads that were sent. */
  readonly cut: (scene: Scene, cut?: Cut) => Promise<{ readonly ran: Ran; readonly frames: number[] }>
}

export async function openRemoteStage({
  dist = 'dist',
  ...options
}: Omit<StageOptions, 'connect'> = {}): Promise<RemoteStage> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-remote-'))
  const standIns = makeStandIns(folder)
  // A shell that is not the first does not read the user's start-up files, which call tools of their own.
  const path = `${standIns.tools}:/usr/sbin:/usr/bin:/sbin:/bin`
  const sshd = await startSshd(['AcceptEnv CERTWRIGHT_TEST_FAULT', `SetEnv PATH=${path} SHLVL=2`])
  const { port, privateKeyFile, sshArgs } = sshd.target
  const connect: Connect = (scene) => ({
    ansible_host: '127.0.0.1',
    ansible_port: port,
    ansible_ssh_private_key_file: privateKeyFile,
    ansible_ssh_common_args: [...sshArgs, '-o', `SetEnv=CERTWRIGHT_TEST_FAULT=${scene.folder}.fault`].join(
      ' ',
    ),
    certwright_root: scene.root,
  })
  const stage = await openStage({ ...options, connect, dist })
  const apply = (scene: Scene, env: NodeJS.ProcessEnv = {}) =>
    runProgram(scene, ['apply', ...applying(later)], { dist, env })
  return {
    ...stage,
    hurt: async (scene, { at, what, which, script = '' }) => {
      const fault = `${scene.folder}.fault`
      mkdirSync(fault)
      writeFileSync(join(fault, 'what'), `${at} ${what} ${which}\n`)
      writeFileSync(join(fault, 'script'), script)
      const ran = await apply(scene)
      const calls = linesOf(join(fault, 'calls'))
      rmSync(fault, { recursive: true })
      return { ran, calls }
    },
    cut: async (scene, cut) => {
      const frames = `${scene.folder}.frames`
      const ran = await apply(scene, {
        PATH: `${standIns.ssh}:${process.env.PATH}`,
        CERTWRIGHT_TEST_CUT: cut ? `${cut.frame}:${cut.moment}` : '',
        CERTWRIGHT_TEST_FRAMES: frames,
      })
      return { ran, frames: linesOf(frames).map(Number) }
    },
    close: () => {
      sshd.stop()
      stage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

function makeStandIns(folder: string): { tools: string; ssh: string } {
  const [own, ssh] = [join(folder, 'tools'), join(folder, 'ssh')]
  for (const each of [own, ssh]) mkdirSync(each)
  copyFileSync('test/faults/tool.sh', join(folder, 'tool.sh'))
  copyFileSync('test/faults/cut-ssh.mjs', join(folder, 'cut-ssh.mjs'))
  for (const each of ['tool.sh', 'cut-ssh.mjs']) chmodSync(join(folder, each), 0o755)
  for (const tool of tools) symlinkSync(join(folder, 'tool.sh'), join(own, tool))
  symlinkSync(join(folder, 'cut-ssh.mjs'), join(ssh, 'ssh'))
  return { tools: own, ssh }
}
