// What goes to its place together waits in a folder beside it; what is reached through a link gets a new folder.
import { shell } from './shell.ts'

export const links = shell`
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
`
