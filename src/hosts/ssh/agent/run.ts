// Commands and TLS handshakes on a remote host.
import { shell } from './shell.ts'

export const run = shell`
# watch JOB: when nobody listens any more, the job is ended.
watch() { trap : PIPE; while sleep 1 < /dev/null > /dev/null 2>&1 && printf '\n' 2> /dev/null; do :; done; kill "$1" 2> /dev/null; }
# run INDEX SECONDS ARGUMENTS
run() {
  index=$1; seconds=$2; shift 2
  if ! command -v -- "$1" > /dev/null 2>&1; then say run "$index" missing; return; fi
  out=$(mktemp -d) || { say run "$index" killed - -; return; }
  env -i PATH="$PATH" HOME="$HOME" LC_ALL=C TZ=UTC timeout -k 0.5 "$seconds" "$@" > "$out/1" 2> "$out/2" < /dev/null 9>&- &
  job=$!
  watch "$job" 9>&- &
  watcher=$!
  wait "$job"
  status=$?
  kill "$watcher" 2> /dev/null
  stdout=$(head -c 1048576 "$out/1" | b64); stderr=$(head -c 1048576 "$out/2" | b64)
  rm -rf -- "$out"
  say run "$index" "$status" "\${stdout:--}" "\${stderr:--}"
}
# probe INDEX ADDRESS SERVERNAME CERTIFICATE KEY SECONDS: a handshake as a client; - where there is none.
probe() {
  index=$1; address=$2; name=$3; certificate=$4; key=$5; seconds=$6; presented=none; wait=0
  if [ "$certificate" != - ]; then
    presented=absent
    if [ -f "$certificate" ] && [ -r "$certificate" ] && [ -f "$key" ] && [ -r "$key" ]; then
      presented=invalid
      from=$(openssl x509 -in "$certificate" -noout -startdate 2> /dev/null)
      from=$(date -d "\${from#notBefore=}" +%s 2> /dev/null)
      if openssl x509 -in "$certificate" -noout -checkend 0 > /dev/null 2>&1 && [ "\${from:-0}" -le "$(date +%s)" ]; then
        presented=yes; wait=1
      fi
    fi
  fi
  set -- -connect "$address" -showcerts
  if [ "$name" = - ]; then set -- "$@" -noservername; else set -- "$@" -servername "$name"; fi
  if [ "$presented" = yes ]; then set -- "$@" -cert "$certificate" -key "$key"; fi
  out=$(mktemp -d) || { say probe "$index" none 125 - -; return; }
  sleep "$wait" | timeout -k 0.5 "$seconds" openssl s_client "$@" > "$out/1" 2> "$out/2"
  status=$?
  stdout=$(head -c 262144 "$out/1" | b64); stderr=$(head -c 65536 "$out/2" | b64)
  rm -rf -- "$out"
  say probe "$index" "$presented" "$status" "\${stdout:--}" "\${stderr:--}"
}
`
