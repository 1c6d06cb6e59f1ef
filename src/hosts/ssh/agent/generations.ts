// Journals and kept generations on a remote host: finished, undone, pruned.
import { keptGenerations } from '../../generation.ts'
import { shell } from './shell.ts'

export const generations = shell`
# entries FILE FUNCTION: calls it for every line of a journal or manifest, with the number of the line.
entries() {
  number=0
  while read -r action mode uid gid sum where waits; do
    if [ "$action" = certwright-generation ]; then continue; fi
    place=$(decode "$where"); place=\${place%x}; staged=
    if [ "$waits" != - ]; then staged=$(decode "$waits"); staged=\${staged%x}; fi
    "$2" "$number" || return 1
    number=$((number+1))
  done < "$1"
}
# state_of PATH: sets now to what is there, as a journal names it.
state_of() {
  now=
  if [ -L "$1" ]; then now=$(link_hash "$(readlink -- "$1")"); elif [ -f "$1" ]; then now=$(hash "$1"); elif [ -e "$1" ]; then now=other; fi
}
is_at() { state_of "$1"; [ "$now" = "$2" ]; }
settled() {
  case $action in
    replace | switch) if is_at "$place" "$sum" || is_at "$staged" "$sum"; then return 0; fi; fate=lost ;;
  esac
}
finish_one() {
  case $action in
    replace | switch) if is_at "$staged" "$sum"; then try mv -fT -- "$staged" "$place"; fi ;;
    remove) try rm -f -- "$place" ;;
  esac && if [ -d "\${place%/*}/" ]; then try sync -- "\${place%/*}/"; fi
}
# undo_one NUMBER: what is neither old nor new is somebody else's, and not ours to take away; unless we have just put
# it there ourselves, and the disk has spoilt it.
undo_one() {
  if [ "$action" = through ]; then return 0; fi
  kept=$generation/$1; old=
  if [ "$mode" != - ]; then state_of "$kept"; old=$now; fi
  state_of "$place"
  if [ -n "$old" ] && [ "$now" = "$old" ]; then
    if [ -L "$place" ]; then return 0; fi
    try chown "$uid:$gid" -- "$place" && try chmod "$mode" -- "$place"; return
  fi
  if [ "$action" = adorn ] || { [ -n "$now" ] && [ "$now" != "$sum" ] && [ "$ours" = no ]; }; then return 0; fi
  if [ -z "$old" ]; then try rm -f -- "$place"
  else
    again=\${place%/*}/.\${place##*/}.certwright-undo
    rm -f -- "$again"
    return_kept "$kept" "$again" && try mv -fT -- "$again" "$place"
  fi && if [ -d "\${place%/*}/" ]; then try sync -- "\${place%/*}/"; fi
}
# return_kept KEPT TARGET: with its owner, mode and time of modification; a link as a link.
return_kept() {
  if [ -L "$1" ]; then try cp -P -- "$1" "$2"; return; fi
  try cp -p -- "$1" "$2" && try chown "$uid:$gid" -- "$2" && try chmod "$mode" -- "$2" && try sync -- "$2"
}
# undo: nothing has happened.
undo() {
  if [ -e "$generation/journal" ]; then entries "$generation/journal" undo_one || return 1; fi
  try rm -rf -- "$generation" && say undone
}
# recover: what an earlier run left in the middle is finished, or undone where it cannot be.
recover() {
  intact=yes; ours=no
  for generation in "$state"/generations/*; do
    if ! [ -d "$generation" ] || [ -e "$generation/manifest" ]; then continue; fi
    if ! [ -e "$generation/journal" ]; then rm -rf -- "$generation"; continue; fi
    fate=finished; paths=
    read -r first < "$generation/journal"
    if [ "$first" != 'certwright-generation 1' ]; then fate=failed; fail 'its journal is damaged'
    else
      entries "$generation/journal" settled
      entries "$generation/journal" named
      id=\${generation##*/}
      if [ "$fate" = lost ]; then fate=undone; entries "$generation/journal" undo_one && try rm -rf -- "$generation" || fate=failed
      else entries "$generation/journal" finish_one && commit || fate=failed; fi
    fi
    if [ "$fate" = failed ]; then intact=no; fi
    say recovery "$(text "\${generation##*/}")" "$fate" "\${paths:--}"
  done
  if [ "$intact" = yes ]; then sweep; fi
}
named() { paths="$paths$where,"; }
prune() { for each in "$state"/generations/*; do set -- "$@" "$each"; done; while [ $# -gt ${keptGenerations} ]; do rm -rf -- "$1"; shift; done; }
`
