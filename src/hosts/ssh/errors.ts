// What ssh and sudo say when a host cannot be used → what the operator is told. Pure.
import { oneLine } from '../../model/unexpected.ts'

const explanations: readonly (readonly [RegExp, string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/,
    'its host key has changed: find out why before anything else; if that is right, remove the old one with ssh-keygen -R',
  ],
  [
    /Host key verification failed|No .* host key is known|authenticity of host/,
    'its host key is not known: connect once with ssh, compare the fingerprint and accept it',
  ],
  [
    /Permission denied \(/,
    'authentication failed: no key that it accepts; try ssh with the same user and key',
  ],
  [
    /Too many authentication failures/,
    'authentication failed: too many keys were offered; name one with ansible_ssh_private_key_file',
  ],
  [/Could not resolve hostname/, 'its name cannot be resolved'],
  [/Connection refused/, 'the connection was refused: does sshd run there, on that port?'],
  [/Connection timed out|Operation timed out/, 'it does not answer'],
  [/No route to host|Network is unreachable/, 'there is no route to it'],
  [
    /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    'the private key for ssh is readable by others: chmod 600',
  ],
  [
    /Bad configuration option|command-line: line \d+/,
    'ssh does not understand its options: see ansible_ssh_common_args and the ssh configuration',
  ],
  [
    /sudo: .*password is required|sudo: a terminal is required|no password was provided/,
    'sudo wants a password: set ansible_become_password, or allow sudo without one',
  ],
  [/Sorry, try again|incorrect password/, 'sudo does not accept the password of ansible_become_password'],
  [/is not in the sudoers file|not allowed to execute/, 'sudo does not allow this user to become another'],
  [
    /sudo: (command )?not found|sudo: No such file/,
    'there is no sudo on it: log in as the user that certificates belong to',
  ],
  [
    /Connection (closed|reset)|Broken pipe|Timeout, server .* not responding|client_loop/,
    'the connection was lost',
  ],
]

/** One line: nothing that the host said is repeated where it is understood. */
export function explainSsh(stderr: string, exitCode: number | undefined): string {
  const known = explanations.find(([pattern]) => pattern.test(stderr))
  if (known) return known[1]
  const said = oneLine(stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '')
  // At this log level ssh says nothing when the other side falls silent.
  if (exitCode === 255 && said === '') return 'the connection was lost'
  if (exitCode === 127) return 'it has no POSIX shell at sh'
  return `ssh ended${exitCode === undefined ? '' : ` with ${exitCode}`}${said === '' ? '' : `: ${said}`}`
}
