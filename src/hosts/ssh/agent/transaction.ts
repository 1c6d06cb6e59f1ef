// The transaction itself on a remote host: a generation that is kept, its journal, the switch.
import { shell } from './shell.ts'

export const transaction = shell`
# begin ID: a generation for what is about to be replaced; while it is under way, its list is the journal.
begin() {
  generation=$state/generations/$1; journal=; count=0; ours=no
  private "$state/generations" && try mkdir -m 700 -- "$generation" && try sync -- "$state/generations"
}
# keep INDEX ACTION LOCATION STAGED: a copy, for what somebody writes into the live file must not reach what is kept.
# Of what is reached through a link the content; of the link that is switched, where it led. Never wider than 0600, not
# even for a moment: the mode is in the journal.
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
    before=$(stat -c '%a %u %g' -- "$there") && try cp --preserve=ownership,timestamps -- "$there" "$generation/$count" && try chmod 600 -- "$generation/$count" || return 1
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
`
