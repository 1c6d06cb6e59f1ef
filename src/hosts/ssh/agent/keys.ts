// Private keys on a remote host: made there, used there; their public half is printed.
import { shell } from './shell.ts'

export const keys = shell`
# generate STAGED LENGTH OPTIONS: a key, 0600 from its first byte, exclusively; LENGTH bytes of passphrase, or -.
generate() {
  staged=$1; length=$2; shift 2
  announce file "$staged" || return 1
  if [ "$length" = - ]; then problem=$( (set -C; openssl genpkey -quiet "$@" > "$staged") 2>&1 < /dev/null || (set -C; openssl genpkey "$@" > "$staged") 2>&1 < /dev/null )
  else left=$((left-length)); problem=$( (set -C; head -c "$length" | openssl genpkey "$@" -aes-256-cbc -pass stdin > "$staged") 2>&1 ); fi
  if ! [ -s "$staged" ]; then say failed "$(text "$problem")"; return 1; fi
  try sync -- "$staged"
}
# public PATH LENGTH
public() {
  spki "$1" "$2"
  if [ -n "$found" ]; then say public "$found"; else say failed "$(text 'the key cannot be read')"; fi
}
# sign PATH TBS-LENGTH LENGTH raw|DIGEST: what is to be signed, then the passphrase.
sign() {
  work=$(mktemp -d) || return 1
  take "$2" > "$work/tbs"
  if [ "$4" = raw ]; then how=pkeyutl; set -- "$1" "$3" -sign -rawin -inkey "$1" -in "$work/tbs"
  else how=dgst; set -- "$1" "$3" "-$4" -sign "$1"; fi
  length=$2; shift 2
  if [ "$length" = - ]; then set -- "$@" -passin pass:; else set -- "$@" -passin stdin; fi
  set -- "$@" -out "$work/signature"
  if [ "$how" = dgst ]; then set -- "$@" "$work/tbs"; fi
  if [ "$length" = - ]; then openssl "$how" "$@" > /dev/null 2> "$work/problem" < /dev/null
  else left=$((left-length)); head -c "$length" | openssl "$how" "$@" > /dev/null 2> "$work/problem"; fi
  if [ -s "$work/signature" ]; then say signature "$(b64 < "$work/signature")"; else say failed "$(head -c 500 "$work/problem" | b64)"; fi
  rm -rf -- "$work"
}
# spki PATH LENGTH: sets found to the public half, DER in base64; empty when the key cannot be read.
spki() {
  if [ "$2" = - ]; then pem=$(openssl pkey -in "$1" -passin pass: -pubout 2> /dev/null < /dev/null)
  else left=$((left-$2)); pem=$(head -c "$2" | openssl pkey -in "$1" -passin stdin -pubout 2> /dev/null); fi
  found=
  for line in $pem; do case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac; done
}
# spki_hash PATH LENGTH: sets found to its SHA-256.
spki_hash() { spki "$1" "$2"; found=$(printf '%s' "$found" | base64 -d | sha256sum | head -c 64); }
`
