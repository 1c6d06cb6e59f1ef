// How a scene is reached through an sshd of this machine.
import type { Sshd } from '../support/sshd.ts'
import {
  applying,
  type Connect,
  later,
  type ProgramOptions,
  type Ran,
  runProgram,
  type Scene,
} from './scene.ts'

export function reach({ target }: Sshd): Connect {
  return ({ root }) => ({
    ansible_host: '127.0.0.1',
    ansible_port: target.port,
    ansible_ssh_private_key_file: target.privateKeyFile,
    ansible_ssh_common_args: target.sshArgs.join(' '),
    certwright_root: root,
  })
}

export function renew(scene: Scene, options?: ProgramOptions): Promise<Ran> {
  return runProgram(scene, ['apply', ...applying(later)], options)
}
