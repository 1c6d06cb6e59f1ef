// Looking at files, folders and names on a remote host. Nothing is changed.
import { shell } from './shell.ts'

export const look = shell`
# survey PATH...: looks at many files at once; what it does not see is looked at when its turn comes.
survey() {
  for each; do shift; set -- "$@" "$top$each"; done
  surveyed=$(stat -c '|%n|%f %a %U %G %h %s %.3Y|' -- "$@" 2> /dev/null)
  listing=$(ls -ldU -- "$@" 2> /dev/null)
  guarded=
  case $listing in ??????????+* | *'
'??????????+*) guarded=$(printf '%s\n' "$listing" | while IFS= read -r line; do case $line in ??????????+*) printf '%s|\n' "$line" ;; esac; done) ;; esac
}
# reach WHAT INDEX PATH: into its folder; sets file to its name there. Otherwise says why not.
reach() {
  place=$top$3
  way "\${place%/*}"
  case $real/ in "$top"/*) ;; *) say "$1" "$2" outside; return 1 ;; esac
  case $ends in
    missing) say "$1" "$2" absent; return 1 ;;
    hidden) say "$1" "$2" denied; return 1 ;;
    blocked) say "$1" "$2" failed "$(text 'Too many levels of symbolic links')"; return 1 ;;
  esac
  if [ "$real" != "\${place%/*}" ] && ! [ -d "\${place%/*}/" ]; then say "$1" "$2" failed "$(text 'Not a directory')"; return 1; fi
  if [ "$foreign" = yes ] || ! enter "$real" "$holder"; then say "$1" "$2" untrusted "$(text "$real")"; return 1; fi
  file=./\${place##*/}
}
# describe WHAT INDEX PATH: how a file is, in fields; answers with true for a regular file that is small.
describe() {
  reach "$1" "$2" "$3" || return 1
  through=-
  if linked "$file"; then file=$target; through=$(text "\${3%/*}/\${live##*/}"); fi
  case $through$door$surveyed in
    --*"|$place|"*) found=\${surveyed#*"|$place|"}; found=\${found%%|*} ;;
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
  case $guarded in *" $place|"*) found="$found + $through" ;; *) found="$found - $through" ;; esac
}
# whole WHAT INDEX PATH: a file with its content.
whole() {
  describe "$@" || return 0
  if [ "$door" = - ]; then content=$(b64 < "$file"); else content=$(slurp "$file" | b64); fi || { say "$1" "$2" denied; return; }
  printf '%s %s %s file %s %s\n' "$nonce" "$1" "$2" "$found" "\${content:--}"
}
# key INDEX PATH LENGTH: a private key by its public half. LENGTH bytes of passphrase follow, or none: -.
key() {
  if ! describe key "$1" "$2"; then if [ "$3" != - ]; then take "$3" > /dev/null; fi; return 0; fi
  described=$found
  if [ "$door" = - ]; then tally < "$file"; else tallied=$(slurp "$file" | { tally; printf '%s' "$tallied"; }); fi
  spki "$file" "$3"
  say key "$1" file $described $tallied "\${found:--}"
}
# tally: how many private keys there are, and whether one is encrypted.
tally() {
  blocks=0; encrypted=no
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *'-----BEGIN ENCRYPTED PRIVATE KEY-----'*) blocks=$((blocks+1)); encrypted=yes ;;
      *'-----BEGIN '*'PRIVATE KEY-----'*) blocks=$((blocks+1)) ;;
      'Proc-Type: 4,ENCRYPTED'*) encrypted=yes ;;
    esac
  done
  line=; tallied="$blocks $encrypted"
}
missing() { [ -e "$top$2" ] || [ -L "$top$2" ] || say folder "$1"; }
# disk INDEX FOLDER: the way there, free space and permission at its end.
disk() {
  way "$top$2"
  free='%f'; if [ "$me" != 0 ]; then free='%a'; fi
  end=\${real:-/}; if ! [ -d "$end" ]; then end=/; fi
  found=$(stat -f -c "%S $free" -- "$end") || found='0 0'
  writable=no; if [ -w "$end" ]; then writable=yes; fi
  say disk "$1" $found "$writable" "$ends" "$count" "$(text "$missing")" "$(text "$passed")"
}
# machine: which one this is, and of its root, when that was made.
machine() {
  id=$(head -c 64 /etc/machine-id 2> /dev/null | b64)
  made=; if [ -n "$root" ]; then made=$(stat -c '%i:%.9W' -- "$top" 2> /dev/null); fi
  say machine "\${id:--}" "\${made:--}"
}
known() { getent "$2" "$3" > /dev/null 2>&1 || say unknown "$1"; }
# interrupted STATE: generations under way.
interrupted() { for each in "$1"/generations/*/journal; do if [ -e "$each" ]; then each=\${each%/journal}; say interrupted "$(text "\${each##*/}")"; fi; done; }
whereabouts() { say here "$me" "$group" "$(text "\${top:-/}")"; }
whoever() { say works-as "$(text "$(id -un 2> /dev/null)")"; }
# see INDEX PATH LENGTH: what is at a place, as transactions compare it; a key by its public half, unless LENGTH is no.
see() {
  way "\${2%/*}"
  if [ "$ends" = missing ]; then say seen "$1" absent; pass "$3"; return; fi
  if [ "$ends" != whole ] || [ "$foreign" = yes ] || ! enter "$real" "$holder"; then say seen "$1" other "$(text 'cannot be reached')"; pass "$3"; return; fi
  file=./\${2##*/}
  if ! found=$(stat -c '%f %a %u %g %U %G %.9Y %s' -- "$file" 2>&1); then
    case $found in
      *'No such file or directory') say seen "$1" absent ;;
      *) say seen "$1" other "$(text 'cannot be looked at')" ;;
    esac
    pass "$3"; return
  fi
  case $found in
    a*) say seen "$1" link "$(readlink -n -- "$file" | b64)"; pass "$3" ;;
    8*)
      if [ "\${found##* }" -gt 1048576 ]; then say seen "$1" other "$(text 'is too large')"; pass "$3"; return; fi
      sum=$(slurp "$file" | sha256sum | head -c 64); described=$found; found=
      if [ "$3" != no ]; then spki "$file" "$3"; fi
      say seen "$1" file "$sum" $described "\${found:--}" ;;
    *) say seen "$1" other "$(text 'is no file')"; pass "$3" ;;
  esac
}
pass() { case $1 in no | -) ;; *) take "$1" > /dev/null ;; esac; }
names() { for each in "$2"/* "$2"/.[!.]*; do if [ -e "$each" ] || [ -L "$each" ]; then say name "$1" "$(text "\${each##*/}")"; fi; done; }
`
