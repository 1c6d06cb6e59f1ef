// New files on a remote host before anything is visible: content, owner, group, mode, label; and whether pairs fit.
import { shell } from './shell.ts'

export const stage = shell`
# stage STAGED LENGTH SHA256
stage() {
  left=$((left-$2))
  problem=$( (set -C; head -c "$2" > "$1") 2>&1 ) || { say failed "$(text "$problem")"; return 1; }
  if [ "$(hash "$1")" != "$3" ]; then say failed "$(text 'was not written whole')"; return 1; fi
  try sync -- "$1"
}
# copy_key STAGED FROM SHA256 LENGTH: a key of this host, known by its public half.
copy_key() {
  actual "$2"; spki_hash "$file" "$4"
  if [ "$found" != "$3" ]; then fail 'the key to be copied is no longer the one that the plan was made for'; return 1; fi
  copy_file "$1" "$file"
}
copy_file() {
  problem=$( (set -C; cat -- "$2" > "$1") 2>&1 ) || fail "$problem" || return 1
  if [ "$(hash "$1")" != "$(hash "$2")" ]; then fail 'was not written whole'; return 1; fi
  try sync -- "$1"
}
# narrow first, then hand over, then widen: at no moment may more people read it than before and after.
adorn() {
  actual "$1"
  if [ -L "$file" ]; then fail 'is a symbolic link'; return 1; fi
  before=$(stat -c %a -- "$file") || return 1
  try chmod "$(printf '%o' $((0$before & 0$2)))" -- "$file" || return 1
  if [ -n "$3$4" ]; then try chown -- "$3\${4:+:$4}" "$file" || return 1; fi
  try chmod "$2" -- "$file" && try sync -- "$file"
}
# label LIKE STAGED: with SELinux, a renamed file keeps the label that it was made with: it gets that of its place.
label() {
  if ! command -v selinuxenabled > /dev/null 2>&1 || ! selinuxenabled; then return 0; fi
  like=$(stat -c %C -- "$1" 2> /dev/null) || like=$(matchpathcon -n "$1" 2> /dev/null)
  if ! chcon "$like" -- "$2" > /dev/null 2>&1; then fail 'its SELinux label cannot be set'; return 1; fi
}
# fits CERTIFICATE NEW KEY NEW LENGTH: the two as they will be.
fits() {
  actual "$1"; certificate=$file; if [ -e "$2" ]; then certificate=$2; fi
  actual "$3"; key=$file; if [ -e "$4" ]; then key=$4; fi
  spki "$key" "$5"
  half=$found; found=
  for line in $(openssl x509 -in "$certificate" -noout -pubkey 2> /dev/null < /dev/null | openssl pkey -pubin -pubout 2> /dev/null); do
    case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac
  done
  if [ -z "$half" ]; then fail "$3 cannot be read as the key of $1"
  elif [ "$half" != "$found" ]; then fail "$3 would not be the key of $1"; fi
}
`
