// Commands and TLS handshakes on a remote host.
import { shell } from './shell.ts'

export const run = shell`
# listen FILE: the first MiB of what comes; the rest is passed over, so that whoever says it is neither stopped nor ended.
listen() { stdbuf -o0 head -c 1048576 > "$1"; cat > /dev/null; printf x >&8; }
# signal NAME FOLDER: to the command and all that it started.
signal() { if read -r leader < "$2/leader"; then kill -s "$1" -- "-$leader"; fi; } 2> /dev/null
# watch FOLDER: when nobody listens any more, the command is ended.
watch() {
  trap : PIPE
  while sleep 1 < /dev/null > /dev/null 2>&1 && printf '\n' 2> /dev/null; do :; done
  : > "$1/late"; signal TERM "$1"; sleep 0.5; signal KILL "$1"
}
# launch FOLDER ARGUMENTS: as the first of a session of its own; says how it ended.
launch() {
  out=$1; shift
  # The shell of a program cannot tell an exit status above 128 from a signal; setsid says which it was. What comes too
  # late finds no leader to end, and then the leader finds that it is late.
  said=$(setsid -f -w sh -c '
    printf "%s\n" "$$" > "$1/leader"; if [ -e "$1/late" ]; then exit; fi; shift
    exec env -i PATH="$PATH" HOME="$HOME" LC_ALL=C TZ=UTC "$@" 2>&3 3>&-
  ' sh "$out" "$@" 2>&1 > "$out/stdout" 3> "$out/stderr" < /dev/null 7>&- 8>&- 9>&-)
  status=$?
  case $said in *'did not exit normally'*) status=killed ;; esac
  printf '%s\n' "$status" >&7
}
# run INDEX SECONDS ARGUMENTS
run() {
  index=$1; seconds=$2; shift 2
  if ! command -v -- "$1" > /dev/null 2>&1; then say run "$index" missing; return; fi
  out=$(mktemp -d) && mkfifo "$out/stdout" "$out/stderr" "$out/ended" "$out/read" || { say run "$index" killed - -; return; }
  exec 7<> "$out/ended" 8<> "$out/read"
  listen "$out/1" < "$out/stdout" > /dev/null 2>&1 7>&- 9>&- &
  listen "$out/2" < "$out/stderr" > /dev/null 2>&1 7>&- 9>&- &
  launch "$out" "$@" < /dev/null > /dev/null 2>&1 9>&- &
  watch "$out" 7>&- 8>&- 9>&- &
  watcher=$!
  if ! status=$(timeout "$seconds" head -n 1 <&7 9>&-); then
    : > "$out/late"
    signal TERM "$out"; timeout 0.5 head -n 1 <&7 > /dev/null 9>&-; signal KILL "$out"
  fi
  kill "$watcher" 2> /dev/null
  if [ -e "$out/late" ]; then status=timed-out; fi
  # What goes on by itself may keep its output open; it is not waited for.
  timeout 0.5 head -c 2 <&8 > /dev/null 9>&-
  stdout=$(head -c 1048576 "$out/1" | b64); stderr=$(head -c 1048576 "$out/2" | b64)
  exec 7>&- 8>&-
  rm -rf -- "$out"
  say run "$index" "$status" "\${stdout:--}" "\${stderr:--}"
}
# legible FILE
legible() { [ -f "$1" ] && [ -r "$1" ]; }
# presentable CERTIFICATE KEY: - where there is none; what the host's clock rejects is not presented.
presentable() {
  presented=none
  if [ "$1" = - ]; then return; fi
  presented=absent
  if ! legible "$1" || ! legible "$2"; then return; fi
  presented=invalid
  from=$(openssl x509 -in "$1" -noout -startdate 2> /dev/null)
  from=$(date -d "\${from#notBefore=}" +%s 2> /dev/null)
  if openssl x509 -in "$1" -noout -checkend 0 > /dev/null 2>&1 && [ "\${from:-0}" -le "$(date +%s)" ]; then presented=yes; fi
}
# above FILE: the certificates after the first, which openssl presents only when told to.
above() {
  past=
  while IFS= read -r row || [ -n "$row" ]; do
    if [ "$past" ]; then printf '%s\n' "$row"; fi
    case $row in *'-----END CERTIFICATE-----'*) past=yes ;; esac
  done < "$1"
}
# probe INDEX ADDRESS SERVERNAME CERTIFICATE KEY SECONDS: a handshake as a client; - where there is none.
probe() {
  index=$1; address=$2; name=$3; certificate=$4; key=$5; seconds=$6; wait=0
  presentable "$certificate" "$key"
  set -- -connect "$address" -showcerts
  if [ "$name" = - ]; then set -- "$@" -noservername; else set -- "$@" -servername "$name"; fi
  out=$(mktemp -d) || { say probe "$index" none 125 - -; return; }
  if [ "$presented" = yes ]; then
    set -- "$@" -cert "$certificate" -key "$key"; wait=1
    above "$certificate" > "$out/chain"
    if [ -s "$out/chain" ]; then set -- "$@" -cert_chain "$out/chain"; fi
  fi
  {
    sleep "$wait" | timeout -k 0.5 "$seconds" openssl s_client "$@" 2> "$out/2"
    printf '%s' "$?" > "$out/status"
  } 9>&- | head -c 262144 > "$out/1"
  status=$(cat "$out/status")
  stdout=$(b64 < "$out/1"); stderr=$(head -c 65536 "$out/2" | b64)
  rm -rf -- "$out"
  say probe "$index" "$presented" "$status" "\${stdout:--}" "\${stderr:--}"
}
# exchange INDEX ADDRESS SERVERNAME CERTIFICATE KEY AUTHORITY CHECK NAME BYTES SECONDS TEXT: a question inside TLS, and what
# comes back. With an authority (- for none) that alone is trusted, and the certificate has to pass CHECK NAME.
exchange() {
  index=$1; address=$2; name=$3; certificate=$4; key=$5; authority=$6; check=$7; asked=$8; bytes=$9
  shift 9; seconds=$1; text=$2
  presentable "$certificate" "$key"
  set -- -quiet -connect "$address"
  if [ "$name" = - ]; then set -- "$@" -noservername; else set -- "$@" -servername "$name"; fi
  if [ "$authority" != - ]; then
    if ! legible "$authority"; then say exchange "$index" "$presented" unreadable - -; return; fi
    set -- "$@" -CAfile "$authority" -partial_chain -verify_return_error "$check" "$asked"
  fi
  out=$(mktemp -d) || { say exchange "$index" none 125 - -; return; }
  if [ "$presented" = yes ]; then
    set -- "$@" -cert "$certificate" -key "$key"
    above "$certificate" > "$out/chain"
    if [ -s "$out/chain" ]; then set -- "$@" -cert_chain "$out/chain"; fi
  fi
  {
    printf '%s' "$text" | timeout -k 0.5 "$seconds" openssl s_client "$@" 2> "$out/2"
    printf '%s' "$?" > "$out/status"
  } 9>&- | head -c "$bytes" > "$out/1"
  status=$(cat "$out/status")
  stdout=$(b64 < "$out/1"); stderr=$(head -c 65536 "$out/2" | b64)
  rm -rf -- "$out"
  say exchange "$index" "$presented" "$status" "\${stdout:--}" "\${stderr:--}"
}
`
