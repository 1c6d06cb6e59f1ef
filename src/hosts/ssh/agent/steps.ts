// The steps that a transaction is made of, on a remote host. Each says what went wrong, and answers with false.
import { shell } from './shell.ts'

export const steps = shell`
# announce LINES: written down before it is made, so that the next run can sweep what this one leaves behind.
announce() {
  private "$state/staged" || return 1
  problem=$( (printf '%s' "$1" >> "$list") 2>&1 ) || fail "$problem" || return 1
  try sync -- "$list" && try sync -- "$state/staged"
}
# private FOLDER: for certwright alone; mine FOLDER: those above it.
private() {
  if [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 700 -- "$1" && try sync -- "\${1%/*}/"
}
mine() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 755 -- "$1" && try sync -- "\${1%/*}/"
}
make_folder() { if [ -d "$1" ] && ! [ -L "$1" ]; then return 0; fi; try mkdir -m "$2" -- "$1" && try sync -- "\${1%/*}/"; }
# stage STAGED LENGTH SHA256
stage() {
  left=$((left-$2))
  problem=$( (set -C; head -c "$2" > "$1") 2>&1 ) || fail "$problem" || return 1
  if [ "$(hash "$1")" != "$3" ]; then fail 'was not written whole'; return 1; fi
  try sync -- "$1"
}
# bring FOLDER HOLDER NAME TO SHA256: a copy, 0600, of what is still what it was.
bring() {
  enter "$1" "$2" || return 1
  if ! [ -f "./$3" ]; then moved=yes; fail 'has changed'; return 1; fi
  problem=$( (set -C; slurp "./$3" > "$4") 2>&1 ) || fail "$problem" || return 1
  if [ "$(hash "$4")" != "$5" ]; then state_of "./$3"; if [ "$now" != "file,$5" ]; then moved=yes; fail 'has changed'; else fail 'was not written whole'; fi; return 1; fi
  try sync -- "$4"
}
link() { try ln -s -- "$2" "$1" && try sync -- "\${1%/*}/"; }
# dress STAGED MODE OWNER GROUP MODIFIED PLACE HOLDER: narrow first, then hand over, then widen: at no moment may more
# people read it than before and after.
dress() {
  before=$(stat -c %a -- "$1") || return 1
  narrow=$(printf '%o' $((0$before & 0$2)))
  if [ "$narrow" != "$before" ]; then try chmod "$narrow" -- "$1" || return 1; fi
  if [ -n "$3$4" ]; then try chown -h -- "$3\${4:+:$4}" "$1" || return 1; fi
  if [ "$narrow" != "$2" ] || [ -n "$3$4" ]; then try chmod "$2" -- "$1" || return 1; fi
  if [ -n "$5" ]; then try touch -d "@$5" -- "$1" || return 1; fi
  if [ -n "$6" ]; then label "$6" "$1" "$7" || return 1; fi
  try sync -- "$1"
}
# label LIKE STAGED HOLDER: with SELinux, a renamed file keeps the label that it was made with: it gets that of its place.
# In a folder of somebody else, who could put anything there, it is the policy that says which.
label() {
  if ! command -v selinuxenabled > /dev/null 2>&1 || ! selinuxenabled; then return 0; fi
  if [ "$3" != - ] || ! like=$(stat -c %C -- "$1" 2> /dev/null); then like=$(matchpathcon -n "$1" 2> /dev/null); fi
  if ! chcon "$like" -- "$2" > /dev/null 2>&1; then fail 'its SELinux label cannot be set'; return 1; fi
}
# fit FOLDER HOLDER NAME FOLDER HOLDER NAME PATH LENGTH: a certificate, and the key that belongs to it.
fit() {
  enter "$4" "$5" || return 1
  spki "./$6" "$8"
  half=$found; found=
  enter "$1" "$2" || return 1
  for line in $(slurp "./$3" | openssl x509 -noout -pubkey 2> /dev/null | openssl pkey -pubin -pubout 2> /dev/null); do
    case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac
  done
  if [ -z "$half" ]; then fail "cannot be read as the key of $7"
  elif [ "$half" != "$found" ]; then fail "would not be the key of $7"; fi
}
open_generation() { private "\${1%/*}" && try mkdir -m 700 -- "$1" && try sync -- "\${1%/*}"; }
expect() {
  enter "$1" "$2" || return 1
  state_of "./$3"
  if [ "$now" != "$4" ]; then moved=yes; fail 'has changed'; fi
}
write_journal() {
  problem=$( (printf '%s' "$2" > "$1/journal.new") 2>&1 ) || fail "$problem" || return 1
  try sync -- "$1/journal.new" && try mv -fT -- "$1/journal.new" "$1/journal" && try sync -- "$1"
}
# switch FOLDER HOLDER STAGED...: one process, rename after rename.
switch() {
  enter "$1" "$2" || return 1
  shift 2
  try mv -f -t ./ -- "$@"
}
take_away() { enter "$1" "$2" && try rm -f -- "./$3"; }
settle() { enter "$1" "$2" && try sync -- .; }
arrived() {
  enter "$1" "$2" || return 1
  state_of "./$3"
  if [ "$now" = "$4" ]; then return 0; fi
  if [ "$4" = - ]; then fail 'is there again after it was removed'; return 1; fi
  spoilt=yes
  if [ "$now" = - ]; then fail 'is gone after it was installed'; else fail 'reads back otherwise than it was written'; fi
}
# commit: once renamed, all is in place and durable; should the disk lose the new name, the next run finishes again.
commit() { try mv -fT -- "$1/journal" "$1/manifest" && { sync -- "$1" 2> /dev/null || :; }; }
# give_back FOLDER HOLDER NAME BEFORE AFTER KEPT STAGED MODE UID GID MODIFIED: what is neither old nor new is somebody
# else's, unless the disk has spoilt it.
give_back() {
  enter "$1" "$2" || return 1
  state_of "./$3"
  if [ "$now" = "$4" ]; then return 0; fi
  if [ "$now" != - ] && [ "$now" != "$5" ] && [ "$spoilt" = no ]; then return 0; fi
  case $4 in
    -) try rm -f -- "./$3"; return ;;
    link,*) aim=$(decode "\${4#link,}"); try ln -s -- "\${aim%x}" "$7" ;;
    *)
      if ! [ -f "$6" ]; then fail "what was kept is lost: $6"; return 1; fi
      problem=$( (set -C; cat -- "$6" > "$7") 2>&1 ) || fail "$problem" || return 1
      if [ "file,$(hash "$7")" != "$4" ]; then fail "what was kept is lost: $6"; return 1; fi
      dress "$7" "$8" "$9" "\${10}" "\${11}" "$1/$3" "$2" ;;
  esac && try mv -fT -- "$7" "./$3"
}
forget() { try rm -rf -- "$1"; }
forget_empty() { rmdir -- "$1" 2> /dev/null || :; }
place() { try mv -fT -- "$1" "$2" && try sync -- "\${2%/*}/"; }
`
