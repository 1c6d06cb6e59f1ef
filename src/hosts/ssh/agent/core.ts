// Words that everything else on a remote host is said with, and how a link of ours is known.
import { shell } from './shell.ts'

export const core = shell`
b64() { base64 -w0; }
say() { { printf '%s' "$nonce"; printf ' %s' "$@"; printf '\n'; } 2> /dev/null || :; }
text() { printf '%s' "$1" | b64; }
# take N: the next N bytes of the request.
take() { left=$((left-$1)); head -c "$1"; }
finish() { asked=; surveyed=; guarded=; if [ "$left" -gt 0 ]; then take "$left" > /dev/null; fi; left=0; say end; }
preflight() {
  for tool in base64 cat chmod chown cp date env flock getent head id ln mkdir mkfifo mktemp mv openssl readlink realpath rm rmdir setsid sha256sum sleep stat stdbuf sync tac timeout; do
    command -v "$tool" > /dev/null || say lacks "$tool"
  done
}
clock() { say clock "$(date +%s.%3N)"; }
hash() { sha256sum < "$1" | head -c 64; }
# Every step that changes something says "failed" with what the system said, and answers with false.
try() { problem=$("$@" 2>&1) || { say failed "$(text "$problem")"; return 1; }; }
fail() { say failed "$(text "$1")"; return 1; }
decode() { printf '%s' "$1" | base64 -d; printf x; }
link_hash() { printf 'link %s' "$1" | sha256sum | head -c 64; }
# linked PATH: whether it is a link of ours, into a folder that is switched; sets live, tree and target.
linked() {
  if ! [ -L "$1" ]; then return 1; fi
  first=$(readlink -- "$1")
  case $first in */*/* | */) return 1 ;; .*.certwright/"\${1##*/}") ;; *) return 1 ;; esac
  live=\${1%/*}/\${first%/*}
  second=$(readlink -- "$live") || return 1
  case $second in */*) return 1 ;; "\${live##*/}"-????????????????) ;; *) return 1 ;; esac
  tree=\${1%/*}/$second; target=$tree/\${1##*/}
  [ -d "$tree" ] && ! [ -L "$tree" ]
}
# actual PATH: sets file to where its content is.
actual() { file=$1; if linked "$1"; then file=$target; fi; }
`
