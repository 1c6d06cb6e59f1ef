// The order in which a whole renewal changes a disk, here and on a remote host.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSshd } from '../support/sshd.ts'
import { auditedCalls, auditOrder, readSteps } from './audit.ts'
import { applying, later, openStage, runProgram } from './scene.ts'
import { traceApply } from './strace.ts'

export async function auditLocal(dist: string): Promise<string[]> {
  const stage = await openStage({ dist })
  try {
    const scene = stage.copy()
    const { trace } = await traceApply(scene, auditedCalls, dist)
    return auditOrder(readSteps(trace, scene.root))
  } finally {
    stage.close()
  }
}

/** The sshd runs under strace, with everything that it starts. */
export async function auditRemote(dist: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-order-'))
  const trace = join(folder, 'trace')
  const calls = `trace=${auditedCalls.join()}`
  const sshd = await startSshd([], ['strace', '-f', '-y', '-s', '0', '-qq', '-e', calls, '-o', trace])
  try {
    const { port, privateKeyFile, sshArgs } = sshd.target
    const stage = await openStage({
      dist,
      connect: ({ root }) => ({
        ansible_host: '127.0.0.1',
        ansible_port: port,
        ansible_ssh_private_key_file: privateKeyFile,
        ansible_ssh_common_args: sshArgs.join(' '),
        certwright_root: root,
      }),
    })
    const scene = stage.copy()
    await runProgram(scene, ['apply', ...applying(later)], { dist })
    stage.close()
    return auditOrder(readSteps(readFileSync(trace, 'latin1'), scene.root))
  } finally {
    sshd.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
