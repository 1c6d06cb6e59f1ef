// The lock of a remote host, held by the shell that talks to us; and what is kept in certwright's own folder.
import { shell } from './shell.ts'

export const lock = shell`
# lock STATE RUN SECONDS HOLDER: until this shell ends. It does so by itself when nobody has spoken to it for two minutes.
lock() {
  state=$1; ours_alone "$state" && private "$state" || return 1
  until=$(($(date +%s) + $3 + 1))
  while :; do
    # A FIFO would keep whoever opens it waiting.
    if [ -L "$state/lock" ] || { [ -e "$state/lock" ] && ! [ -f "$state/lock" ]; }; then fail "$state/lock is no file"; return 1; fi
    problem=$( (printf '' >> "$state/lock") 2>&1 ) || fail "$problem" || return 1
    exec 9>> "$state/lock"
    if flock -n 9 && [ "$state/lock" -ef /dev/fd/9 ]; then break; fi
    exec 9>&-
    owner=; who=
    read -r owner who < "$state/lock" || :
    if [ "$owner" = "$2" ]; then say locked shared; whereabouts; return 0; fi
    if [ "$(date +%s)" -ge "$until" ]; then say busy "$(text "$who")"; return 0; fi
    sleep 0.2
  done
  (printf '%s %s\n' "$2" "$4" > "$state/lock") 2> /dev/null || :
  next() { n=$(timeout 120 sh -c 'read -r n && printf %s "$n"' 9>&-); }
  say locked own; whereabouts
  for each in "$state"/generations/*; do if [ -d "$each" ] && ! [ -e "$each/manifest" ]; then say pending; break; fi; done
  lists
}
# ours_alone STATE: journals are believed: nobody but us may have written them, or lead the way to others.
ours_alone() {
  if no_folder; then fail "$root is no folder"; return 1; fi
  way "$top\${1#"$root"}"
  case $sure$foreign$ends:$real/ in
    yesnowhole:"$top"/* | yesnomissing:"$top"/*) ;;
    *) fail "others may lead the way to $1 elsewhere: it has to be in folders of root's, or of whoever certwright works as"; return 1 ;;
  esac
  if ! [ -e "$1" ]; then return 0; fi
  found=$(stat -L -c '%u %a' -- "$1") || return 1
  case \${found% *} in 0 | "$me") ;; *) fail "$1 belongs to another user (number \${found% *})"; return 1 ;; esac
  if [ $((0\${found#* } & 022)) -ne 0 ]; then fail "others may write to $1: chmod 700 $1"; fi
}
lists() { for each in "$state"/staged/*; do if [ -f "$each" ]; then say list "$(text "$each")" "$(b64 < "$each")"; fi; done; }
# own_list LIST: if there is one.
own_list() { if [ -f "$1" ]; then say list "$(text "$1")" "$(b64 < "$1")"; fi; }
sweep_strays() {
  swept=0
  for each in "$state"/.*.certwright-???????????????? "$state"/services/.*.certwright-????????????????; do if [ -f "$each" ]; then rm -f -- "$each" && swept=$((swept+1)); fi; done
  say swept "$swept"
}
# generations STATE: journals and manifests; never what is kept.
generations() {
  for each in "$1"/generations/*; do
    if ! [ -d "$each" ]; then continue; fi
    say generation "$(text "\${each##*/}")" "$(stored "$each/journal")" "$(stored "$each/manifest")"
  done
}
# stored FILE: a comma tells an empty file, or what is none and can say nothing, from what is not there.
stored() { if [ -f "$1" ]; then printf ,; head -c 1048576 -- "$1" | b64; elif [ -e "$1" ]; then printf ,; else printf -; fi; }
# kept INDEX FILE: what is kept, unless it is a private key.
kept() {
  if ! [ -f "$2" ]; then return 0; fi
  case $(head -c 65536 -- "$2") in *'PRIVATE KEY'*) return 0 ;; esac
  say kept "$1" "$(head -c 1048576 -- "$2" | b64)"
}
`
