// Words that everything else on a remote host is said with.
import { shell } from './shell.ts'

export const core = shell`
b64() { base64 -w0; }
say() { { printf '%s' "$nonce"; printf ' %s' "$@"; printf '\n'; } 2> /dev/null || :; }
text() { printf '%s' "$1" | b64; }
# take N: the next N bytes of the request.
take() { left=$((left-$1)); head -c "$1"; }
finish() { asked=none; surveyed=; guarded=; cd /; if [ "$left" -gt 0 ]; then take "$left" > /dev/null; fi; left=0; say end; }
preflight() {
  for tool in base64 cat chmod chown date dd env flock getent head id ln ls mkdir mkfifo mktemp mv openssl readlink realpath rm rmdir setsid sha256sum sleep stat stdbuf sync timeout touch; do
    command -v "$tool" > /dev/null || say lacks "$tool"
  done
}
clock() { say clock "$(date +%s.%3N)"; }
hash() { sha256sum < "$1" | head -c 64; }
# Every step that changes something says "failed" with what the system said, and answers with false.
try() { problem=$("$@" 2>&1) || { say failed "$(text "$problem")"; return 1; }; }
fail() { say failed "$(text "$1")"; return 1; }
decode() { printf '%s' "$1" | base64 -d; printf x; }
# no_folder: something else is in the root's place.
no_folder() { [ -n "$root" ] && ! [ -d "$root" ] && { [ -e "$root" ] || [ -L "$root" ]; }; }
rooted() { if no_folder; then say rootless; fi; }
# below ROOT: where all ways begin; and whoever we are.
below() {
  me=\${me:-$(id -u)}; group=\${group:-$(id -g)}
  if [ "$1" = "$root" ]; then return 0; fi
  root=$1; top=$1; asked=none
  if [ -n "$1" ]; then top=$(realpath -m -- "$1"); fi
}
`
