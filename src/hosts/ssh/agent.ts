// The functions that run on a remote host: POSIX sh, coreutils and openssl. They print records: a nonce, a word that
// says what follows, and fields; free text is base64. What banners and rc files print lacks the nonce and is ignored.
// Secrets come on standard input and go on by pipes or redirections: never through arguments or the environment.

import { keptGenerations } from '../generation.ts'

/** Runs for the whole conversation: reads `@N`, then a script of N bytes, evaluates it, and waits for the next. */
export const loop =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  'next() { read -r n; }; while next; do case $n in @*) s=$(head -c "${n#@}"; printf x); eval "${s%x}";; esac; done'

export const agent = String.raw`
# A connection that is lost must not stop what has been begun: writing to nobody is no reason to die.
trap : PIPE
umask 077
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
asked=; surveyed=; state=; run=; list=
unset CDPATH ENV BASH_ENV
left=0
b64() { base64 -w0; }
say() { { printf '%s' "$nonce"; printf ' %s' "$@"; printf '\n'; } 2> /dev/null || :; }
text() { printf '%s' "$1" | b64; }
# take N: the next N bytes of the request.
take() { left=$((left-$1)); head -c "$1"; }
finish() { asked=; surveyed=; if [ "$left" -gt 0 ]; then take "$left" > /dev/null; fi; left=0; say end; }
preflight() {
  for tool in base64 cat chmod chown cp date env flock getent head id ln mkdir mktemp mv openssl realpath rm rmdir sha256sum sleep stat sync tac timeout; do
    command -v "$tool" > /dev/null || say lacks "$tool"
  done
}
clock() { say clock "$(date +%s.%3N)"; }
hash() { sha256sum < "$1" | head -c 64; }
# survey PATH...: looks at many files at once; what it does not see is looked at when its turn comes.
survey() { surveyed=$(stat -c '|%n|%f %a %U %G %s %.3Y|' -- "$@" 2> /dev/null); }
# describe WHAT INDEX PATH ROOT: how a file is, in fields; answers with true for a regular file that is small.
describe() {
  if [ -n "$4" ] && outside "$3" "$4"; then say "$1" "$2" outside; return 1; fi
  case $surveyed in
    *"|$3|"*) found=\${surveyed#*"|$3|"}; found=\${found%%|*} ;;
    *) found= ;;
  esac
  if [ -z "$found" ] && ! found=$(stat -c '%f %a %U %G %s %.3Y' -- "$3" 2>&1); then
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
  if ! [ -r "$3" ]; then say "$1" "$2" denied; return 1; fi
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
  content=$(b64 < "$3") || { say "$1" "$2" denied; return; }
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
  done < "$2"
  line=
  described=$found
  spki "$2" "$4"
  say key "$1" file $described "$blocks" "$encrypted" "\${found:--}"
}
missing() { [ -e "$2" ] || [ -L "$2" ] || say folder "$1"; }
# disk INDEX FOLDER: free space and permission there, or in the nearest folder above that exists.
disk() {
  at=$2
  while [ -n "$at" ] && ! [ -d "$at" ]; do at=\${at%/*}; done
  free='%f'; if [ "$(id -u)" != 0 ]; then free='%a'; fi
  found=$(stat -f -c "%S $free" -- "\${at:-/}") || found='0 0'
  writable=no; if [ -w "\${at:-/}" ]; then writable=yes; fi
  say disk "$1" $found "$writable" "$(text "$at")"
}
known() { getent "$2" "$3" > /dev/null 2>&1 || say unknown "$1"; }
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

# What follows changes something. Every step says "failed" with what the system said, and answers with false.
try() { problem=$("$@" 2>&1) || { say failed "$(text "$problem")"; return 1; }; }
fail() { say failed "$(text "$1")"; return 1; }
# announce KIND PATH...: written down before it is made, so that the next run can sweep what this one leaves behind.
announce() {
  if [ -z "$list" ]; then
    private "$state/staged" || return 1
    list=$state/staged/$run-$nonce
  fi
  kind=$1; lines=; shift
  for each; do lines="$lines$kind $(text "$each")
"; done
  problem=$( (printf '%s' "$lines" >> "$list") 2>&1 ) || fail "$problem" || return 1
  try sync -- "$list"
}
folder() {
  if [ -d "$1" ]; then return 0; fi
  if [ -n "$run" ]; then announce folder "$1" || return 1; fi
  try mkdir -m 755 -- "$1" && try sync -- "\${1%/*}/"
}
parents() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  parents "\${1%/*}" && folder "$1"
}
private() {
  if [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 700 -- "$1" && try sync -- "\${1%/*}/"
}
# mine FOLDER: those above certwright's own.
mine() {
  if [ -z "$1" ] || [ -d "$1" ]; then return 0; fi
  mine "\${1%/*}" && try mkdir -m 755 -- "$1" && try sync -- "\${1%/*}/"
}
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
# same INDEX PATH SHA256, same_as INDEX PATH OTHER: what is wanted is there already.
same() { if [ -f "$2" ] && ! [ -L "$2" ] && [ "$(hash "$2")" = "$3" ]; then same="$same $1 "; fi; }
same_as() { if [ -f "$2" ] && ! [ -L "$2" ] && [ "$(hash "$2")" = "$(hash "$3")" ]; then same="$same $1 "; fi; }
is_same() { case $same in *" $1 "*) return 0 ;; esac; return 1; }
stale() { if ! is_same "$1"; then say stale "$1"; moved=yes; fi; }
expect_absent() { if [ -e "$2" ] || [ -L "$2" ]; then stale "$1"; fi; }
expect_hash() { if [ -L "$2" ] || ! [ -f "$2" ] || [ "$(hash "$2")" != "$3" ]; then stale "$1"; fi; }
# spki PATH LENGTH: sets found to the public half, DER in base64; empty when the key cannot be read.
spki() {
  if [ "$2" = - ]; then pem=$(openssl pkey -in "$1" -passin pass: -pubout 2> /dev/null < /dev/null)
  else left=$((left-$2)); pem=$(head -c "$2" | openssl pkey -in "$1" -passin stdin -pubout 2> /dev/null); fi
  found=
  for line in $pem; do case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac; done
}
# spki_hash PATH LENGTH: sets found to its SHA-256.
spki_hash() { spki "$1" "$2"; found=$(printf '%s' "$found" | base64 -d | sha256sum | head -c 64); }
# expect_key INDEX PATH SHA256 LENGTH
expect_key() {
  spki_hash "$2" "$4"
  if [ -L "$2" ] || [ "$found" != "$3" ]; then stale "$1"; fi
}
# stage STAGED LENGTH SHA256
stage() {
  left=$((left-$2))
  problem=$( (set -C; head -c "$2" > "$1") 2>&1 ) || { say failed "$(text "$problem")"; return 1; }
  if [ "$(hash "$1")" != "$3" ]; then say failed "$(text 'was not written whole')"; return 1; fi
  try sync -- "$1"
}
# copy_key STAGED FROM SHA256 LENGTH: a key of this host, known by its public half.
copy_key() {
  spki_hash "$2" "$4"
  if [ "$found" != "$3" ]; then say failed "$(text 'the key to be copied is no longer the one that the plan was made for')"; return 1; fi
  problem=$( (set -C; cat -- "$2" > "$1") 2>&1 ) || { say failed "$(text "$problem")"; return 1; }
  if [ "$(hash "$1")" != "$(hash "$2")" ]; then say failed "$(text 'was not written whole')"; return 1; fi
  try sync -- "$1"
}
# narrow first, then hand over, then widen: at no moment may more people read it than before and after.
adorn() {
  if [ -L "$1" ]; then say failed "$(text 'is a symbolic link')"; return 1; fi
  before=$(stat -c %a -- "$1") || return 1
  try chmod "$(printf '%o' $((0$before & 0$2)))" -- "$1" || return 1
  if [ -n "$3$4" ]; then try chown -- "$3\${4:+:$4}" "$1" || return 1; fi
  try chmod "$2" -- "$1" && try sync -- "$1"
}
# await INDEX STAGED WAITING: under its own name in a folder beside its place, with what is to change with it.
await() {
  if ! [ -d "\${3%/*}" ]; then try mkdir -m 700 -- "\${3%/*}" || return 1; fi
  eval "hash$1=\$(hash \"\$2\")"
  try mv -nT -- "$2" "$3"
}
# fits CERTIFICATE WAITING KEY WAITING LENGTH: the two as they will be.
fits() {
  certificate=$1; if [ -e "$2" ]; then certificate=$2; fi
  key=$3; if [ -e "$4" ]; then key=$4; fi
  spki "$key" "$5"
  half=$found; found=
  for line in $(openssl x509 -in "$certificate" -noout -pubkey 2> /dev/null < /dev/null | openssl pkey -pubin -pubout 2> /dev/null); do
    case $line in *-----* | PUBLIC) ;; *) found=$found$line ;; esac
  done
  if [ -z "$half" ]; then fail "$3 cannot be read as the key of $1"
  elif [ "$half" != "$found" ]; then fail "$3 would not be the key of $1"; fi
}
# begin ID: a generation for what is about to be replaced; while it is under way, its list is the journal.
begin() {
  generation=$state/generations/$1; journal=; ours=no
  private "$state/generations" && try mkdir -m 700 -- "$generation" && try sync -- "$state/generations"
}
# keep INDEX ACTION LOCATION STAGED: a copy, for what somebody writes into the live file must not reach what is kept.
# Never wider than 0600, not even for a moment: the mode is in the journal.
keep() {
  action=$2; sum=-; waits=-; before='- - -'
  if is_same "$1"; then action=adorn; fi
  if [ "$action" = replace ]; then eval "sum=\$hash$1"; waits=$(text "$4"); fi
  if [ -e "$3" ]; then
    before=$(stat -c '%a %u %g' -- "$3") && try cp --preserve=ownership,timestamps -- "$3" "$generation/$1" && try chmod 600 -- "$generation/$1" || return 1
    try sync -- "$generation/$1" || return 1
  fi
  journal="$journal$action $before $sum $(text "$3") $waits
"
}
write_journal() {
  problem=$( (printf 'certwright-generation 1\n%s' "$journal" > "$generation/journal.new") 2>&1 ) || fail "$problem" || return 1
  try sync -- "$generation/journal.new" && try mv -fT -- "$generation/journal.new" "$generation/journal" && try sync -- "$generation"
}
# commit: once renamed, all is in place and durable; should the disk lose the new name, the next run finishes again.
commit() { try mv -fT -- "$generation/journal" "$generation/manifest" && { sync -- "$generation" 2> /dev/null || :; }; }
place() { try mv -fT -- "$1" "$2" && try sync -- "\${2%/*}/"; }
# switch WAITING FOLDER NAME...: one process puts everything in place, rename after rename; then it is made durable.
switch() {
  waiting=$1; folder=$2; shift 2
  for name; do shift; if [ -e "$waiting/$name" ]; then set -- "$@" "$waiting/$name"; fi; done
  if [ $# -eq 0 ]; then return 0; fi
  try mv -f -t "$folder/" -- "$@" && try sync -- "$folder/" && try rmdir -- "$waiting"
}
# read_back INDEX PATH
read_back() {
  if is_same "$1"; then return 0; fi
  eval "wanted=\$hash$1"
  if [ "$(hash "$2")" != "$wanted" ]; then ours=yes; fail 'reads back otherwise than it was written'; fi
}
decode() { printf '%s' "$1" | base64 -d; printf x; }
# entries FILE FUNCTION: calls it for every line of a journal or manifest, with the number of the line.
entries() {
  number=0
  while read -r action mode uid gid sum where waits; do
    if [ "$action" = certwright-generation ]; then continue; fi
    place=$(decode "$where"); place=\${place%x}; staged=
    if [ "$waits" != - ]; then staged=$(decode "$waits"); staged=\${staged%x}; fi
    "$2" "$number" || return 1
    number=$((number+1))
  done < "$1"
}
is_file() { [ -f "$1" ] && ! [ -L "$1" ] && [ "$(hash "$1")" = "$2" ]; }
settled() {
  if [ "$action" != replace ] || is_file "$place" "$sum" || is_file "$staged" "$sum"; then return 0; fi
  fate=lost
}
finish_one() {
  case $action in
    replace) if is_file "$staged" "$sum"; then try mv -fT -- "$staged" "$place"; fi ;;
    remove) try rm -f -- "$place" ;;
  esac && if [ -d "\${place%/*}/" ]; then try sync -- "\${place%/*}/"; fi
}
# undo_one NUMBER: what is neither old nor new is somebody else's, and not ours to take away; unless we have just put
# it there ourselves, and the disk has spoilt it.
undo_one() {
  kept=$generation/$1; now=; old=
  if [ -f "$place" ] && ! [ -L "$place" ]; then now=$(hash "$place"); elif [ -e "$place" ] || [ -L "$place" ]; then now=other; fi
  if [ "$mode" != - ]; then old=$(hash "$kept"); fi
  if [ -n "$old" ] && [ "$now" = "$old" ]; then
    # What is as it was is not touched: it may be a file that nobody can touch, and that stopped the transaction.
    if [ "$(stat -c '%a %u %g' -- "$place")" = "$mode $uid $gid" ]; then return 0; fi
    try chown "$uid:$gid" -- "$place" && try chmod "$mode" -- "$place"; return
  fi
  if [ "$action" = adorn ] || { [ -n "$now" ] && [ "$now" != "$sum" ] && [ "$ours" = no ]; }; then return 0; fi
  if [ -z "$old" ]; then try rm -f -- "$place"
  else
    again=\${place%/*}/.\${place##*/}.certwright-undo
    rm -f -- "$again"
    return_kept "$kept" "$again" && try mv -fT -- "$again" "$place"
  fi && if [ -d "\${place%/*}/" ]; then try sync -- "\${place%/*}/"; fi
}
# return_kept KEPT TARGET: with its owner, mode and time of modification.
return_kept() { try cp -p -- "$1" "$2" && try chown "$uid:$gid" -- "$2" && try chmod "$mode" -- "$2" && try sync -- "$2"; }
# undo: nothing has happened.
undo() {
  if [ -e "$generation/journal" ]; then entries "$generation/journal" undo_one || return 1; fi
  try rm -rf -- "$generation" && say undone
}
# again_one NUMBER: what a generation holds, beside its place; what is there now is kept.
again_one() {
  if [ "$mode" = - ]; then set -- "$1" remove "$place" -
  elif is_file "$place" "$(hash "$source/$1")"; then set -- "$1" adorn "$place" -
  else
    again=\${place%/*}/.\${place##*/}.certwright-$nonce
    parents "\${place%/*}" && announce file "$again" && return_kept "$source/$1" "$again" || return 1
    eval "hash$1=\$(hash \"\$again\")"
    set -- "$1" replace "$place" "$again"
  fi
  keep "$@"
}
again_adorned() { if is_file "$place" "$(hash "$source/$1" 2> /dev/null)"; then try chown "$uid:$gid" -- "$place" && try chmod "$mode" -- "$place"; fi; }
# restore GENERATION ID: a transaction that puts back what an earlier one replaced, and removes what that created.
restore() {
  source=$state/generations/$1; same=
  if ! [ -e "$source/manifest" ]; then fail 'there is no such generation'; return 1; fi
  begin "$2" && { entries "$source/manifest" again_one && write_journal && entries "$source/manifest" again_adorned &&
    entries "$generation/journal" finish_one && commit && say installed || { say replaced; undo; }; }
}
listed() {
  printf '%s %s %s %s ' "$nonce" "$2" "$(text "\${3##*/}")" "$where"
  if [ "$mode" = - ]; then printf 'absent\n'; return; fi
  case $(head -c 65536 "$3/$1") in
    *'PRIVATE KEY'*) printf 'present -\n' ;;
    *) printf 'present '; b64 < "$3/$1"; printf '\n' ;;
  esac
}
# generations STATE: what is kept of earlier transactions; never a private key.
generations() {
  for each in "$1"/generations/*; do
    if [ -e "$each/manifest" ]; then say generation "$(text "\${each##*/}")"; entries "$each/manifest" listed_here; fi
  done
}
listed_here() { listed "$1" entry "$each"; }
# interrupted STATE: generations under way.
interrupted() { for each in "$1"/generations/*/journal; do if [ -e "$each" ]; then each=\${each%/journal}; say interrupted "$(text "\${each##*/}")"; fi; done; }
# recover: what an earlier run left in the middle is finished, or undone where it cannot be.
recover() {
  intact=yes; ours=no
  for generation in "$state"/generations/*; do
    if ! [ -d "$generation" ] || [ -e "$generation/manifest" ]; then continue; fi
    if ! [ -e "$generation/journal" ]; then rm -rf -- "$generation"; continue; fi
    fate=finished; paths=
    read -r first < "$generation/journal"
    if [ "$first" != 'certwright-generation 1' ]; then fate=failed; fail 'its journal is damaged'
    else
      entries "$generation/journal" settled
      entries "$generation/journal" named
      id=\${generation##*/}
      if [ "$fate" = lost ]; then fate=undone; entries "$generation/journal" undo_one && try rm -rf -- "$generation" || fate=failed
      else entries "$generation/journal" finish_one && commit || fate=failed; fi
    fi
    if [ "$fate" = failed ]; then intact=no; fi
    say recovery "$(text "\${generation##*/}")" "$fate" "\${paths:--}"
  done
  if [ "$intact" = yes ]; then sweep; fi
}
named() { paths="$paths$where,"; }
# sweep_list LIST: what a run wrote down and left. Whole lines only: half a path is another path.
sweep_list() {
  while read -r kind where; do
    place=$(decode "$where"); place=\${place%x}
    case $kind:$place in
      file:*/.*.certwright-* | file:*/.certwright-*/*) if [ -e "$place" ]; then rm -f -- "$place" && swept=$((swept+1)); fi ;;
    esac
  done < "$1"
  tac -- "$1" | while read -r kind where; do
    place=$(decode "$where"); place=\${place%x}
    case $kind in folder) rmdir -- "$place" 2> /dev/null ;; esac
  done
  rm -f -- "$1"
}
discard() { if [ -n "$list" ] && [ -f "$list" ]; then sweep_list "$list"; fi; list=; }
sweep() {
  swept=0
  for each in "$state"/staged/*; do if [ -f "$each" ]; then sweep_list "$each"; fi; done
  for each in "$state"/.*.certwright-* "$state"/services/.*.certwright-*; do if [ -f "$each" ]; then rm -f -- "$each"; fi; done
  say swept "$swept"
}
# lock STATE RUN SECONDS HOLDER: until this shell ends. It does so by itself when nobody has spoken to it for two minutes.
lock() {
  state=$1; private "$state" || return 1
  until=$(($(date +%s) + $3 + 1))
  while :; do
    problem=$( (printf '' >> "$state/lock") 2>&1 ) || fail "$problem" || return 1
    exec 9>> "$state/lock"
    if flock -n 9 && [ "$state/lock" -ef /dev/fd/9 ]; then break; fi
    exec 9>&-
    owner=; who=
    read -r owner who < "$state/lock" || :
    if [ "$owner" = "$2" ]; then run=$2; say locked shared; return 0; fi
    if [ "$(date +%s)" -ge "$until" ]; then say busy "$(text "$who")"; return 0; fi
    sleep 0.2
  done
  (printf '%s %s\n' "$2" "$4" > "$state/lock") 2> /dev/null || :
  next() { n=$(timeout 120 sh -c 'read -r n && printf %s "$n"' 9>&-); }
  recover
  if [ "$intact" = yes ]; then run=$2; fi
  say locked own
}
prune() { for each in "$state"/generations/*; do set -- "$@" "$each"; done; while [ $# -gt ${keptGenerations} ]; do rm -rf -- "$1"; shift; done; }
`.replaceAll('\\${', '${')
