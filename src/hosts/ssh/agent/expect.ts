// What a transaction on a remote host rests on: compare and swap, and what holds the wanted bytes already.
import { shell } from './shell.ts'

export const expect = shell`
# laid PATH THROUGH: whether it is a file, or a link through that one, as it is wanted; sets file.
laid() {
  actual "$1"
  if [ "$file" = "$1" ]; then [ "$2" = - ] && [ -f "$1" ] && ! [ -L "$1" ]; else [ "$2" = "$live" ]; fi
}
# same INDEX PATH SHA256, same_as INDEX PATH OTHER: what is wanted is there already.
same() { if laid "$2" "$4" && [ "$(hash "$file")" = "$3" ]; then same="$same $1 "; fi; }
same_as() { if laid "$2" "$4" && other=$file && actual "$3" && [ "$(hash "$other")" = "$(hash "$file")" ]; then same="$same $1 "; fi; }
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
# expect_key INDEX PATH SHA256 LENGTH
expect_key() {
  actual "$2"; spki_hash "$file" "$4"
  if [ -L "$file" ] || [ "$found" != "$3" ]; then stale "$1"; fi
}
`
