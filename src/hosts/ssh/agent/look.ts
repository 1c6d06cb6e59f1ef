// Looking at files, folders and names on a remote host. Nothing is changed.
import { shell } from './shell.ts'

export const look = shell`
# survey PATH...: looks at many files at once; what it does not see is looked at when its turn comes.
survey() {
  surveyed=$(stat -c '|%n|%f %a %U %G %h %s %.3Y|' -- "$@" 2> /dev/null)
  listing=$(ls -ldU -- "$@" 2> /dev/null)
  guarded=
  case $listing in ??????????+* | *'
'??????????+*) guarded=$(printf '%s\n' "$listing" | while IFS= read -r line; do case $line in ??????????+*) printf '%s|\n' "$line" ;; esac; done) ;; esac
}
# describe WHAT INDEX PATH ROOT: how a file is, in fields; answers with true for a regular file that is small.
describe() {
  if [ -n "$4" ] && outside "$3" "$4"; then say "$1" "$2" outside; return 1; fi
  file=$3; through=-
  if linked "$3"; then file=$target; through=$(text "\${live#"$4"}"); fi
  case $through$surveyed in
    -*"|$3|"*) found=\${surveyed#*"|$3|"}; found=\${found%%|*} ;;
    *) found= ;;
  esac
  if [ -z "$found" ] && ! found=$(stat -c '%f %a %U %G %h %s %.3Y' -- "$file" 2>&1); then
    case $found in
      *'No such file or directory') say "$1" "$2" absent ;;
      *'Permission denied') say "$1" "$2" denied ;;
      *) say "$1" "$2" failed "$(text "$found")" ;;
    esac
    return 1
  fi
  case $found in
    8???' '*) ;;
    *) say "$1" "$2" special "$found"; return 1 ;;
  esac
  size=\${found% *}; size=\${size##* }
  if [ "$size" -gt 1048576 ]; then say "$1" "$2" large "$size"; return 1; fi
  if ! [ -r "$file" ]; then say "$1" "$2" denied; return 1; fi
  case $guarded in *" $3|"*) found="$found + $through" ;; *) found="$found - $through" ;; esac
}
# outside PATH ROOT: whether the folders on the way lead out of the root. Asked once for neighbours.
outside() {
  if [ "\${1%/*}|$2" != "$asked" ]; then
    asked="\${1%/*}|$2"; leads=out
    case $(realpath -m -- "\${1%/*}/.")/ in "$(realpath -m -- "$2")"/*) leads=in ;; esac
  fi
  [ "$leads" = out ]
}
# whole WHAT INDEX PATH ROOT: a file with its content.
whole() {
  describe "$@" || return 0
  content=$(b64 < "$file") || { say "$1" "$2" denied; return; }
  printf '%s %s %s file %s %s\n' "$nonce" "$1" "$2" "$found" "\${content:--}"
}
# key INDEX PATH ROOT LENGTH: a private key by its public half. LENGTH bytes of passphrase follow, or none: -.
key() {
  if ! describe key "$1" "$2" "$3"; then if [ "$4" != - ]; then take "$4" > /dev/null; fi; return 0; fi
  blocks=0; encrypted=no
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *'-----BEGIN ENCRYPTED PRIVATE KEY-----'*) blocks=$((blocks+1)); encrypted=yes ;;
      *'-----BEGIN '*'PRIVATE KEY-----'*) blocks=$((blocks+1)) ;;
      'Proc-Type: 4,ENCRYPTED'*) encrypted=yes ;;
    esac
  done < "$file"
  line=
  described=$found
  spki "$file" "$4"
  say key "$1" file $described "$blocks" "$encrypted" "\${found:--}"
}
missing() { [ -e "$2" ] || [ -L "$2" ] || say folder "$1"; }
# disk INDEX FOLDER ROOT: free space and permission there, or in the nearest folder above that exists.
disk() {
  at=$2
  while [ -n "$at" ] && ! [ -d "$at" ]; do at=\${at%/*}; done
  free='%f'; if [ "$(id -u)" != 0 ]; then free='%a'; fi
  found=$(stat -f -c "%S $free" -- "\${at:-/}") || found='0 0'
  writable=no; if [ -w "\${at:-/}" ]; then writable=yes; fi
  say disk "$1" $found "$writable" "$(text "$at")" "$(text "$(exposed "$at" "$3")")"
}
# exposed FOLDER ROOT: the nearest folder on the way where everybody may rename and remove what is not theirs.
exposed() {
  way=$1; root=$2; set --
  while [ -n "$way" ] && [ "$way" != "$root" ]; do set -- "$@" "$way"; way=\${way%/*}; done
  if [ $# -eq 0 ]; then return 0; fi
  stat -c '%a %n' -- "$@" 2> /dev/null | while read -r mode way; do
    case $mode in [1357]???) ;; *[2367]) printf '%s' "$way"; break ;; esac
  done
}
known() { getent "$2" "$3" > /dev/null 2>&1 || say unknown "$1"; }
# interrupted STATE: generations under way.
interrupted() { for each in "$1"/generations/*/journal; do if [ -e "$each" ]; then each=\${each%/journal}; say interrupted "$(text "\${each##*/}")"; fi; done; }
`
