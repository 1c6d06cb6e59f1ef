// The lock of a remote host, held by the shell that talks to us.
import { shell } from './shell.ts'

export const lock = shell`
# lock STATE RUN SECONDS HOLDER: until this shell ends. It does so by itself when nobody has spoken to it for two minutes.
lock() {
  state=$1; private "$state" || return 1
  until=$(($(date +%s) + $3 + 1))
  while :; do
    problem=$( (printf '' >> "$state/lock") 2>&1 ) || fail "$problem" || return 1
    exec 9>> "$state/lock"
    if flock -n 9 && [ "$state/lock" -ef /dev/fd/9 ]; then break; fi
    exec 9>&-
    owner=; who=
    read -r owner who < "$state/lock" || :
    if [ "$owner" = "$2" ]; then run=$2; say locked shared; return 0; fi
    if [ "$(date +%s)" -ge "$until" ]; then say busy "$(text "$who")"; return 0; fi
    sleep 0.2
  done
  (printf '%s %s\n' "$2" "$4" > "$state/lock") 2> /dev/null || :
  next() { n=$(timeout 120 sh -c 'read -r n && printf %s "$n"' 9>&-); }
  recover
  if [ "$intact" = yes ]; then run=$2; fi
  say locked own
}
`
