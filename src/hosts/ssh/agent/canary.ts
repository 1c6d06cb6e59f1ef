// Client certificates that are presented once, with keys that come by the stream and go on by a pipe.
import { shell } from './shell.ts'

export const canary = shell`
# canary INDEX ADDRESS SERVERNAME CERTIFICATE CHAIN KEY SECONDS TENTHS: a handshake with what comes in the next bytes, by
# their numbers. The key is in no file: openssl opens a pipe. SECONDS are also given in TENTHS, rounded up.
canary() {
  index=$1; address=$2; name=$3; length=$6; seconds=$7; tenths=$8
  if ! out=$(mktemp -d); then take "$(($4+$5+length))" > /dev/null; say canary "$index" 125 -; return; fi
  take "$4" > "$out/certificate"; take "$5" > "$out/chain"
  set -- -brief -state -connect "$address" -cert "$out/certificate" -key /dev/fd/3
  if [ -s "$out/chain" ]; then set -- "$@" -cert_chain "$out/chain"; fi
  if [ "$name" = - ]; then set -- "$@" -noservername; else set -- "$@" -servername "$name"; fi
  : > "$out/2"
  left=$((left-length))
  head -c "$length" | {
    exec 3<&0
    linger "$out" "$tenths" 3<&- | {
      timeout -k 0.5 "$seconds" openssl s_client "$@" > /dev/null 2> "$out/2"
      printf '%s' "$?" > "$out/status"
    }
  } 9>&-
  status=$(cat "$out/status"); stderr=$(head -c 65536 "$out/2" | b64)
  rm -rf -- "$out"
  say canary "$index" "\${status:--}" "\${stderr:--}"
}
# linger FOLDER TENTHS: keeps the connection until the server has looked at our certificate. TLS 1.2 does so within the
# handshake; a TLS 1.3 server sends its tickets only afterwards. One that sends none is given a second, and on a slow line
# as long as the handshake took.
linger() {
  tick=0; over=0
  while [ "$tick" -lt "$2" ] && ! [ -e "$1/status" ]; do
    sleep 0.1 < /dev/null; tick=$((tick+1))
    case $(head -c 65536 "$1/2") in
      *'Protocol version: TLSv1.3'*'read server session ticket'*) return ;;
      *'Protocol version: TLSv1.3'*)
        if [ "$over" = 0 ]; then over=$tick; fi
        if [ "$tick" -ge $((over+10)) ] && [ "$tick" -ge $((over*2)) ]; then return; fi ;;
      *'Protocol version: '*) return ;;
    esac
  done
}
`
