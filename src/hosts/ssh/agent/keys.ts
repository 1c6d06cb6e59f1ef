// Private keys on a remote host: made there, used there; their public half is printed.
import { shell } from './shell.ts'

export const keys = shell`
# generate STAGED LENGTH OPTIONS: a key, 0600 from its first byte, exclusively; LENGTH bytes of passphrase, or -.
generate() {
  staged=$1; length=$2; shift 2
  if [ "$length" = - ]; then problem=$( (set -C; openssl genpkey -quiet "$@" > "$staged") 2>&1 < /dev/null 9>&- || (set -C; openssl genpkey "$@" > "$staged") 2>&1 < /dev/null 9>&- )
  else left=$((left-length)); problem=$( (set -C; head -c "$length" | openssl genpkey "$@" -aes-256-cbc -pass stdin > "$staged") 2>&1 9>&- ); fi
  if ! [ -s "$staged" ]; then say failed "$(text "$problem")"; return 1; fi
  try sync -- "$staged"
}
# born STAGED LENGTH: the public half of one that has just been made.
born() { door=-; spki "$1" "$2"; tell_public; }
# public PATH LENGTH
public() {
  if ! reach_key "$1"; then pass "$2"; return 1; fi
  spki "$file" "$2"; tell_public
}
tell_public() { if [ -n "$found" ]; then say public "$found"; else fail 'the key cannot be read'; fi; }
reach_key() {
  place=$top$1
  way "\${place%/*}"
  if [ "$ends" != whole ] || [ "$foreign" = yes ]; then fail 'cannot be reached'; return 1; fi
  enter "$real" "$holder" || return 1
  file=./\${place##*/}
  if linked "$file"; then file=$target; fi
}
# sign PATH TBS-LENGTH LENGTH raw|DIGEST: what is to be signed, then the passphrase. The key goes from file to pipe.
sign() {
  if ! reach_key "$1"; then return 1; fi
  work=$(mktemp -d) || return 1
  take "$2" > "$work/tbs"
  length=$3
  if [ "$4" = raw ]; then set -- pkeyutl -sign -rawin -inkey /dev/stdin -in "$work/tbs"
  else set -- dgst "-$4" -sign /dev/stdin; fi
  if [ "$length" = - ]; then set -- "$@" -passin pass:; else set -- "$@" -passin fd:3; fi
  set -- "$@" -out "$work/signature"
  case $1 in dgst) set -- "$@" "$work/tbs" ;; esac
  if [ "$length" = - ]; then slurp "$file" | openssl "$@" > /dev/null 2> "$work/problem"
  else left=$((left-length)); head -c "$length" | { exec 3<&0; slurp "$file" | openssl "$@" > /dev/null 2> "$work/problem"; }; fi
  if [ -s "$work/signature" ]; then say signature "$(b64 < "$work/signature")"; else say failed "$(head -c 500 "$work/problem" | b64)"; fi
  rm -rf -- "$work"
}
# spki FILE LENGTH: sets found to the public half, DER in base64; empty when the key cannot be read.
spki() {
  if [ "$2" != - ]; then left=$((left-$2)); pem=$(head -c "$2" | { exec 3<&0; slurp "$1" | openssl pkey -passin fd:3 -pubout 2> /dev/null; })
  elif [ "$door" = - ]; then pem=$(openssl pkey -in "$1" -passin pass: -pubout 2> /dev/null < /dev/null)
  else pem=$(slurp "$1" | openssl pkey -passin pass: -pubout 2> /dev/null); fi
  found=
  for line in $pem; do case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac; done
}
`
