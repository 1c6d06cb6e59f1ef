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
asked=; surveyed=; guarded=; state=; run=; list=
unset CDPATH ENV BASH_ENV
left=0
b64() { base64 -w0; }
say() { { printf '%s' "$nonce"; printf ' %s' "$@"; printf '\n'; } 2> /dev/null || :; }
text() { printf '%s' "$1" | b64; }
# take N: the next N bytes of the request.
take() { left=$((left-$1)); head -c "$1"; }
finish() { asked=; surveyed=; guarded=; if [ "$left" -gt 0 ]; then take "$left" > /dev/null; fi; left=0; say end; }
preflight() {
  for tool in base64 cat chmod chown cp date env flock getent head id ln mkdir mktemp mv openssl readlink realpath rm rmdir sha256sum sleep stat sync tac timeout; do
    command -v "$tool" > /dev/null || say lacks "$tool"
  done
}
clock() { say clock "$(date +%s.%3N)"; }
hash() { sha256sum < "$1" | head -c 64; }
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
# linked PATH: whether it is a link of ours, into a folder that is switched; sets live, tree and target.
linked() {
  if ! [ -L "$1" ]; then return 1; fi
  first=$(readlink -- "$1")
  case $first in */*/* | */) return 1 ;; .*.certwright/"\${1##*/}") ;; *) return 1 ;; esac
  live=\${1%/*}/\${first%/*}
  second=$(readlink -- "$live") || return 1
  case $second in */*) return 1 ;; "\${live##*/}"-????????????????) ;; *) return 1 ;; esac
  tree=\${1%/*}/$second; target=$tree/\${1##*/}
  [ -d "$tree" ] && ! [ -L "$tree" ]
}
# actual PATH: sets file to where its content is.
actual() { file=$1; if linked "$1"; then file=$target; fi; }
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
same() { if laid "$2" "$4" && [ "$(hash "$file")" = "$3" ]; then same="$same $1 "; fi; }
same_as() { if laid "$2" "$4" && other=$file && actual "$3" && [ "$(hash "$other")" = "$(hash "$file")" ]; then same="$same $1 "; fi; }
# laid PATH THROUGH: whether it is a file, or a link through that one, as it is wanted; sets file.
laid() {
  actual "$1"
  if [ "$file" = "$1" ]; then [ "$2" = - ] && [ -f "$1" ] && ! [ -L "$1" ]; else [ "$2" = "$live" ]; fi
}
# together NUMBER INDEX...: what is switched by one link is written anew as soon as one of it is.
together() {
  number=$1; shift
  eval "set$number=no"
  for each; do is_kept "$each" || eval "set$number=yes"; done
  if eval "[ \$set$number = yes ]"; then for each; do changed="$changed $each "; done; fi
}
# is_kept INDEX: its content stays where it is: kept, or the same already, and not drawn into a new folder.
is_kept() { case $changed in *" $1 "*) return 1 ;; esac; case $stays$same in *" $1 "*) return 0 ;; esac; return 1; }
is_same() { case $same in *" $1 "*) ;; *) return 1 ;; esac; case $changed in *" $1 "*) return 1 ;; esac; return 0; }
stale() { case $same in *" $1 "*) return 0 ;; esac; say stale "$1"; moved=yes; }
expect_absent() { if [ -e "$2" ] || [ -L "$2" ]; then stale "$1"; fi; }
expect_hash() { actual "$2"; if [ -L "$file" ] || ! [ -f "$file" ] || [ "$(hash "$file")" != "$3" ]; then stale "$1"; fi; }
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
  actual "$2"; spki_hash "$file" "$4"
  if [ -L "$file" ] || [ "$found" != "$3" ]; then stale "$1"; fi
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
# wait_in WAITING: the folder where what goes to its place together waits.
wait_in() { if ! [ -d "\${1%/*}" ]; then try mkdir -m 700 -- "\${1%/*}"; fi; }
# await INDEX STAGED WAITING: under its own name in a folder beside its place, with what is to change with it.
await() {
  wait_in "$3" || return 1
  eval "act$1=replace; hash$1=\$(hash \"\$2\"); sum$1=\$hash$1"
  try mv -nT -- "$2" "$3"
}
# grow LIVE TREE: a new folder for what is reached through the link; it stays if the link leads to it in the end.
grow() {
  parents "\${1%/*}" && announce tree "$2" || return 1
  old=$(readlink -- "$1" 2> /dev/null) && case $old in "\${1##*/}"-????????????????) announce tree "\${1%/*}/$old" || return 1 ;; esac
  try mkdir -m 755 -- "$2" && try sync -- "\${1%/*}/"
}
# carry_rest LIVE TREE: what the link leads to now, and is not written anew.
carry_rest() {
  if [ -L "$1" ] && [ -d "$1" ]; then
    for each in "$1"/* "$1"/.[!.]*; do
      if [ -f "$each" ] && ! [ -e "$2/\${each##*/}" ]; then try cp -p -- "$each" "$2/\${each##*/}" && try sync -- "$2/\${each##*/}" || return 1; fi
    done
  fi
  try sync -- "$2/"
}
# carry PATH NEW: what is there, where only its owner, group or mode change.
carry() { actual "$1"; try cp -p -- "$file" "$2" && try sync -- "$2"; }
link_hash() { printf 'link %s' "$1" | sha256sum | head -c 64; }
# lead INDEX TREE WAITING: the link that will lead to the new folder.
lead() {
  wait_in "$3" && try ln -s -- "\${2##*/}" "$3" || return 1
  eval "act$1=switch; sum$1=\$(link_hash \"\${2##*/}\")"
}
# reach INDEX PATH LIVE TREE WAITING: through the link; where it is not yet reached so, a link comes in its place.
reach() {
  eval "hash$1=\$(hash \"\$4/\${2##*/}\")"
  aim=\${3##*/}/\${2##*/}
  if [ "$(readlink -- "$2" 2> /dev/null)" = "$aim" ]; then eval "act$1=through; sum$1=\$hash$1"; return 0; fi
  wait_in "$5" && try ln -s -- "$aim" "$5" && eval "act$1=replace; sum$1=\$(link_hash \"\$aim\")"
}
# retire PATH: where a plain file comes in the place of a link, what it was reached through goes.
retire() {
  if ! linked "$1"; then return 0; fi
  case $retired in *"$live
"*) ;; *) retired="$retired$live
"; announce tree "$tree" ;; esac
}
# with_retired FUNCTION: calls it for each of them.
with_retired() {
  while IFS= read -r each; do if [ -n "$each" ]; then "$1" "$each" || return 1; fi; done << end
$retired
end
}
keep_link() { keep -1 remove "$1" -; }
drop_link() { try rm -f -- "$1" && try sync -- "\${1%/*}/"; }
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
# begin ID: a generation for what is about to be replaced; while it is under way, its list is the journal.
begin() {
  generation=$state/generations/$1; journal=; count=0; ours=no
  private "$state/generations" && try mkdir -m 700 -- "$generation" && try sync -- "$state/generations"
}
# keep INDEX ACTION LOCATION STAGED: a copy, for what somebody writes into the live file must not reach what is kept.
# Of what is reached through a link the content; of the link that is switched, where it led.
keep() {
  action=$2; sum=-; waits=-; before='- - -'; here=$3; there=$3
  if [ "$action" = replace ]; then if is_kept "$1"; then action=adorn; else eval "action=\$act$1 sum=\$sum$1"; fi; fi
  case $action in
    through) actual "$3"; there=$file; waits=$(text "$live") ;;
    replace) actual "$3"; there=$file; waits=$(text "$4") ;;
    adorn) actual "$3"; here=$file; there=$file ;;
    switch) waits=$(text "$4") ;;
  esac
  if [ -L "$there" ]; then
    before='777 0 0'
    try cp -P -- "$there" "$generation/$count" && try sync -- "$generation" || return 1
  elif [ -e "$there" ]; then
    before=$(stat -c '%a %u %g' -- "$there") && try cp -p -- "$there" "$generation/$count" && try chmod 600 -- "$generation/$count" || return 1
    try sync -- "$generation/$count" || return 1
  fi
  journal="$journal$action $before $sum $(text "$here") $waits
"
  count=$((count+1))
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
  for name; do shift; if [ -e "$waiting/$name" ] || [ -L "$waiting/$name" ]; then set -- "$@" "$waiting/$name"; fi; done
  if [ $# -eq 0 ]; then return 0; fi
  try mv -f -t "$folder/" -- "$@" && try sync -- "$folder/" && try rmdir -- "$waiting"
}
# read_back INDEX PATH
read_back() {
  if is_kept "$1"; then return 0; fi
  eval "wanted=\$hash$1"; actual "$2"
  if [ "$(hash "$file")" != "$wanted" ]; then ours=yes; fail 'reads back otherwise than it was written'; fi
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
# state_of PATH: sets now to what is there, as a journal names it.
state_of() {
  now=
  if [ -L "$1" ]; then now=$(link_hash "$(readlink -- "$1")"); elif [ -f "$1" ]; then now=$(hash "$1"); elif [ -e "$1" ]; then now=other; fi
}
is_at() { state_of "$1"; [ "$now" = "$2" ]; }
settled() {
  case $action in
    replace | switch) if is_at "$place" "$sum" || is_at "$staged" "$sum"; then return 0; fi; fate=lost ;;
  esac
}
finish_one() {
  case $action in
    replace | switch) if is_at "$staged" "$sum"; then try mv -fT -- "$staged" "$place"; fi ;;
    remove) try rm -f -- "$place" ;;
  esac && if [ -d "\${place%/*}/" ]; then try sync -- "\${place%/*}/"; fi
}
# undo_one NUMBER: what is neither old nor new is somebody else's, and not ours to take away; unless we have just put
# it there ourselves, and the disk has spoilt it.
undo_one() {
  if [ "$action" = through ]; then return 0; fi
  kept=$generation/$1; old=
  if [ "$mode" != - ]; then state_of "$kept"; old=$now; fi
  state_of "$place"
  if [ -n "$old" ] && [ "$now" = "$old" ]; then
    if [ -L "$place" ]; then return 0; fi
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
# return_kept KEPT TARGET: with its owner, mode and time of modification; a link as a link.
return_kept() {
  if [ -L "$1" ]; then try cp -P -- "$1" "$2"; return; fi
  try cp -p -- "$1" "$2" && try chown "$uid:$gid" -- "$2" && try chmod "$mode" -- "$2" && try sync -- "$2"
}
# undo: nothing has happened.
undo() {
  if [ -e "$generation/journal" ]; then entries "$generation/journal" undo_one || return 1; fi
  try rm -rf -- "$generation" && say undone
}
# again_one NUMBER: what a generation holds, beside its place; what is there now is kept.
again_one() {
  if [ "$mode" = - ]; then keep -1 remove "$place" -; return; fi
  if [ "$action" = through ]; then again_through "$1"; return; fi
  # A link that files were reached through comes back with them, or not at all.
  if [ "$action" = switch ] || [ -L "$source/$1" ]; then return 0; fi
  state_of "$source/$1"
  if is_at "$place" "$now"; then keep -1 adorn "$place" -; return; fi
  if [ "$action" = adorn ]; then return 0; fi
  again=\${place%/*}/.\${place##*/}.certwright-$nonce
  parents "\${place%/*}" && announce file "$again" && return_kept "$source/$1" "$again" || return 1
  eval "act$1=replace; sum$1=\$(hash \"\$again\")"
  keep "$1" replace "$place" "$again"
}
# again_through NUMBER: into a new folder, with what was reached through the same link.
again_through() {
  live=$staged; tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
  if ! [ -d "$tree" ]; then grow "$live" "$tree" || return 1; grown="$grown$live
"; fi
  return_kept "$source/$1" "$tree/\${place##*/}" || return 1
  again=\${place%/*}/.\${place##*/}.certwright-$nonce
  announce file "$again" && reach_again "$1" && keep "$1" replace "$place" "$again" || return 1
}
reach_again() {
  aim=\${live##*/}/\${place##*/}
  eval "act$1=through; sum$1=\$(hash \"\$tree/\${place##*/}\")"
  if [ "$(readlink -- "$place" 2> /dev/null)" = "$aim" ]; then again=$live; return 0; fi
  try ln -s -- "$aim" "$again" && eval "act$1=replace; sum$1=\$(link_hash \"\$aim\")"
}
# again_links: the links to the new folders, once these are whole.
again_links() {
  while IFS= read -r live; do
    if [ -z "$live" ]; then continue; fi
    tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
    again=\${live%/*}/.\${live##*/}.certwright-$nonce
    carry_rest "$live" "$tree" && announce file "$again" && try ln -s -- "\${tree##*/}" "$again" || return 1
    actL=switch; sumL=$(link_hash "\${tree##*/}")
    keep L replace "$live" "$again" || return 1
  done << end
$grown
end
}
again_adorned() {
  if [ "$mode" = - ] || [ "$action" = switch ] || [ "$action" = through ] || [ -L "$source/$1" ]; then return 0; fi
  if is_at "$place" "$(hash "$source/$1")"; then try chown "$uid:$gid" -- "$place" && try chmod "$mode" -- "$place"; fi
}
# fits_again CERTIFICATE KEY LENGTH: the two as they will be restored.
fits_again() { new_at "$1"; first=$new; new_at "$2"; fits "$1" "$first" "$2" "$new" "$3"; }
# new_at PATH: sets new to where what comes back is.
new_at() {
  new=\${1%/*}/.\${1##*/}.certwright-$nonce
  if ! linked "$1" && ! { [ -L "$new" ] && live=\${1%/*}/$(readlink -- "$new") && live=\${live%/*}; }; then return 0; fi
  tree=$live-$(printf '%s %s' "$nonce" "$live" | sha256sum | head -c 16)
  if [ -e "$tree/\${1##*/}" ]; then new=$tree/\${1##*/}; fi
}
# restore GENERATION ID: a transaction that puts back what an earlier one replaced, and removes what that created.
restore() {
  source=$state/generations/$1; same=; stays=; changed=; grown=
  if ! [ -e "$source/manifest" ]; then fail 'there is no such generation'; return 1; fi
  begin "$2" && { entries "$source/manifest" again_one && again_links && fitting && write_journal && entries "$source/manifest" again_adorned &&
    entries "$generation/journal" finish_one && commit && say installed || { say replaced; undo; }; }
}
listed() {
  case $place in */.*.certwright) return 0 ;; esac
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
      tree:*/.*.certwright-????????????????) if [ "$(readlink -- "\${place%-*}" 2> /dev/null)" != "\${place##*/}" ]; then rm -rf -- "$place"; fi ;;
      file:*/.*.certwright-* | file:*/.certwright-*/*) if [ -e "$place" ] || [ -L "$place" ]; then rm -f -- "$place" && swept=$((swept+1)); fi ;;
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
