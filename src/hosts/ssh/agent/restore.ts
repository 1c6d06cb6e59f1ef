// An old generation comes back on a remote host, in a transaction of its own.
import { shell } from './shell.ts'

export const restore = shell`
# again_one NUMBER: what a generation holds, beside its place; what is there now is kept.
again_one() {
  if [ "$mode" = - ]; then keep -1 remove "$place" -; return; fi
  if [ "$action" = through ]; then again_through "$1"; return; fi
  # A link that files were reached through comes back with them, or not at all.
  if [ "$action" = switch ] || [ -L "$source/$1" ]; then return 0; fi
  state_of "$source/$1"
  if is_at "$place" "$now"; then keep -1 adorn "$place" -; return; fi
  if [ "$action" = adorn ]; then return 0; fi
  again=\${place%/*}/.\${place##*/}.certwright-$nonce
  parents "\${place%/*}" && announce file "$again" && return_kept "$source/$1" "$again" || return 1
  eval "act$1=replace; sum$1=\$(hash \"\$again\")"
  keep "$1" replace "$place" "$again"
}
# again_through NUMBER: into a new folder, with what was reached through the same link.
again_through() {
  live=$staged; tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
  if ! [ -d "$tree" ]; then grow "$live" "$tree" || return 1; grown="$grown$live
"; fi
  return_kept "$source/$1" "$tree/\${place##*/}" || return 1
  again=\${place%/*}/.\${place##*/}.certwright-$nonce
  announce file "$again" && reach_again "$1" && keep "$1" replace "$place" "$again" || return 1
}
reach_again() {
  aim=\${live##*/}/\${place##*/}
  eval "act$1=through; sum$1=\$(hash \"\$tree/\${place##*/}\")"
  if [ "$(readlink -- "$place" 2> /dev/null)" = "$aim" ]; then again=$live; return 0; fi
  try ln -s -- "$aim" "$again" && eval "act$1=replace; sum$1=\$(link_hash \"\$aim\")"
}
# again_links: the links to the new folders, once these are whole.
again_links() {
  while IFS= read -r live; do
    if [ -z "$live" ]; then continue; fi
    tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
    again=\${live%/*}/.\${live##*/}.certwright-$nonce
    carry_rest "$live" "$tree" && announce file "$again" && try ln -s -- "\${tree##*/}" "$again" || return 1
    actL=switch; sumL=$(link_hash "\${tree##*/}")
    keep L replace "$live" "$again" || return 1
  done << end
$grown
end
}
again_adorned() {
  if [ "$mode" = - ] || [ "$action" = switch ] || [ "$action" = through ] || [ -L "$source/$1" ]; then return 0; fi
  if is_at "$place" "$(hash "$source/$1")"; then try chown "$uid:$gid" -- "$place" && try chmod "$mode" -- "$place"; fi
}
# fits_again CERTIFICATE KEY LENGTH: the two as they will be restored.
fits_again() { new_at "$1"; first=$new; new_at "$2"; fits "$1" "$first" "$2" "$new" "$3"; }
# new_at PATH: sets new to where what comes back is.
new_at() {
  new=\${1%/*}/.\${1##*/}.certwright-$nonce
  if ! linked "$1" && ! { [ -L "$new" ] && live=\${1%/*}/$(readlink -- "$new") && live=\${live%/*}; }; then return 0; fi
  tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
  if [ -e "$tree/\${1##*/}" ]; then new=$tree/\${1##*/}; fi
}
# arrived: reads back as it was written.
arrived() {
  case $action in replace | switch) is_at "$place" "$sum" || { ours=yes; fail 'reads back otherwise than it was written'; } ;; esac
}
# restore GENERATION ID: a transaction that puts back what an earlier one replaced, and removes what that created.
restore() {
  source=$state/generations/$1; same=; stays=; changed=; grown=
  if ! [ -e "$source/manifest" ]; then fail 'there is no such generation'; return 1; fi
  begin "$2" && { entries "$source/manifest" again_one && again_links && fitting && write_journal && entries "$source/manifest" again_adorned &&
    entries "$generation/journal" finish_one && entries "$generation/journal" arrived && commit && say installed || { say replaced; undo; }; }
}
listed() {
  case $place in */.*.certwright) return 0 ;; esac
  printf '%s %s %s %s ' "$nonce" "$2" "$(text "\${3##*/}")" "$where"
  if [ "$mode" = - ]; then printf 'absent\n'; return; fi
  case $(head -c 65536 "$3/$1") in
    *'PRIVATE KEY'*) printf 'present -\n' ;;
    *) printf 'present '; b64 < "$3/$1"; printf '\n' ;;
  esac
}
listed_here() { listed "$1" entry "$each"; }
# generations STATE: what is kept of earlier transactions; never a private key.
generations() {
  for each in "$1"/generations/*; do
    if [ -e "$each/manifest" ]; then say generation "$(text "\${each##*/}")"; entries "$each/manifest" listed_here; fi
  done
}
`
