// The functions that run on a remote host: POSIX sh, coreutils and openssl. They print records: a nonce, a word that
// says what follows, and fields; free text is base64. What banners and rc files print lacks the nonce and is ignored.
// Secrets come on standard input and go on by pipes or redirections: never through arguments or the environment.
import { canary } from './agent/canary.ts'
import { core } from './agent/core.ts'
import { keys } from './agent/keys.ts'
import { lock } from './agent/lock.ts'
import { look } from './agent/look.ts'
import { run } from './agent/run.ts'
import { shell } from './agent/shell.ts'
import { steps } from './agent/steps.ts'
import { ways } from './agent/ways.ts'

/** Runs for the whole conversation: reads `@N`, then a script of N bytes, evaluates it, and waits for the next. */
export const loop =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  'next() { read -r n; }; while next; do case $n in @*) s=$(head -c "${n#@}"; printf x); eval "${s%x}";; esac; done'

const preamble = shell`
# A connection that is lost must not stop what has been begun: writing to nobody is no reason to die.
trap : PIPE
umask 077
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
asked=none; surveyed=; guarded=; state=; list=; root=none; top=; me=; door=-
unset CDPATH ENV BASH_ENV
left=0
`

export const agent = [preamble, core, ways, look, run, canary, keys, steps, lock].join('\n')
