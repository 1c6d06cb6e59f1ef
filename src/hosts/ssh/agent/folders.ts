// Folders, and what a run puts beside its targets: written down before it is made, so that the next run can sweep it.
import { shell } from './shell.ts'

export const folders = shell`
# announce KIND PATH...: written down before it is made, so that the next run can sweep what this one leaves behind.
announce() {
  if [ -z "$list" ]; then
    private "$state/staged" || return 1
    list=$state/staged/$run-$nonce
  fi
  kind=$1; lines=; shift
  for each; do lines="$lines$kind $(text "$each")
"; done
  problem=$( (printf '%s' "$lines" >> "$list") 2>&1 ) || fail "$problem" || return 1
  try sync -- "$list"
}
folder() {
  if [ -d "$1" ]; then return 0; fi
  if [ -n "$run" ]; then announce folder "$1" || return 1; fi
  try mkdir -m 755 -- "$1" && try sync -- "\${1%/*}/"
}
parents() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  parents "\${1%/*}" && folder "$1"
}
private() {
  if [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 700 -- "$1" && try sync -- "\${1%/*}/"
}
# mine FOLDER: those above certwright's own.
mine() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 755 -- "$1" && try sync -- "\${1%/*}/"
}
place() { try mv -fT -- "$1" "$2" && try sync -- "\${2%/*}/"; }
# sweep_list LIST: what a run wrote down and left. Whole lines only: half a path is another path. The list goes with the
# last of it.
sweep_list() {
  whole=yes
  while read -r kind where; do
    place=$(decode "$where"); place=\${place%x}
    case $kind:$place in
      tree:*/.*.certwright-????????????????) if [ "$(readlink -- "\${place%-*}" 2> /dev/null)" != "\${place##*/}" ]; then rm -rf -- "$place" 2> /dev/null || whole=no; fi ;;
      file:*/.*.certwright-* | file:*/.certwright-*/*) if [ -e "$place" ] || [ -L "$place" ]; then if rm -f -- "$place" 2> /dev/null; then swept=$((swept+1)); else whole=no; fi; fi ;;
    esac
  done < "$1"
  tac -- "$1" | while read -r kind where; do
    place=$(decode "$where"); place=\${place%x}
    case $kind in folder) rmdir -- "$place" 2> /dev/null ;; esac
  done
  if [ "$whole" = yes ]; then rm -f -- "$1"; fi
}
discard() { if [ -n "$list" ] && [ -f "$list" ]; then sweep_list "$list"; fi; list=; }
sweep() {
  swept=0
  for each in "$state"/staged/*; do if [ -f "$each" ]; then sweep_list "$each"; fi; done
  for each in "$state"/.*.certwright-* "$state"/services/.*.certwright-*; do if [ -f "$each" ]; then rm -f -- "$each"; fi; done
  say swept "$swept"
}
`
