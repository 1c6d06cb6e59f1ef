// How places of a remote host are reached. A folder that is not ours alone is entered once and looked at from the inside;
// what is in it is then called by its name there, so that nobody can put another one in its place in between.
import { shell } from './shell.ts'

export const ways = shell`
# way FOLDER: goes there, component by component. Sets passed (a line for everything on the way, in order), ends (whole,
# missing, hidden or blocked), real (the folder in which it ends), missing (what does not exist below that), and for reading holder
# (the number of its user, where it is not ours alone; otherwise -) and foreign (it leads through a link of somebody else).
way() {
  if [ "$1" = "$asked" ]; then return 0; fi
  asked=$1; real=$top; rest=\${1#"$top"}/; missing=; ends=whole; hops=0
  if [ -n "$top" ] && ! [ -d "$top" ]; then ends=missing; missing=$rest; count=0; passed=; weigh; return 0; fi
  set -- "\${top:-/}"
  while [ -n "$rest" ]; do
    part=\${rest%%/*}; rest=\${rest#*/}
    case $part in
      '' | .) continue ;;
      ..) real=\${real%/*}; continue ;;
    esac
    each=$real/$part
    if [ -L "$each" ]; then
      set -- "$@" "$each"
      hops=$((hops+1)); aim=$(readlink -n -- "$each"; printf x); aim=\${aim%x}
      if [ -z "$aim" ] || [ "$hops" -gt 40 ]; then ends=blocked; break; fi
      case $aim in /*) real=; set -- "$@" / ;; esac
      rest=$aim/$rest
    elif [ -d "$each" ]; then set -- "$@" "$each"; real=$each
    elif [ -e "$each" ]; then set -- "$@" "$each"; break
    elif [ -x "\${real:-/}" ]; then ends=missing; missing=$part/$rest; break
    else ends=hidden; missing=$part; break
    fi
  done
  count=$#
  passed=$(stat -c '%f %u %g %U %G %d %n' -- "$@" 2> /dev/null)
  weigh
}
weigh() {
  holder=-; foreign=no; sure=yes; above=$top; last=
  while read -r raw uid gid _ _ _ each; do
    case $raw in
      *[!0-9a-f]*) sure=no; continue ;;
      a*) if [ "$sure" = no ]; then foreign=yes; fi; continue ;;
      4*) last=$uid ;;
      *) continue ;;
    esac
    if [ -n "$above" ]; then above=; continue; fi
    mode=$((0x$raw))
    if [ "$uid" != 0 ] && [ "$uid" != "$me" ]; then sure=no; fi
    if [ $((mode & 01000)) -ne 0 ]; then continue; fi
    if [ $((mode & 02)) -ne 0 ]; then sure=no; fi
    if [ $((mode & 020)) -ne 0 ] && [ "$gid" != 0 ] && [ "$gid" != "$group" ]; then sure=no; fi
  done << end
$passed
end
  if [ "$sure" = no ]; then holder=$last; fi
}
tell_way() { way "$2"; say way "$1" "$ends" "$count" "$(text "$missing")" "$(text "$passed")"; }
# enter FOLDER HOLDER: into that folder and no other. Sets door: whether what is in it may change under our hands.
enter() {
  door=$2
  cd -P -- "\${1:-/}" 2> /dev/null || fail "$1: No such file or directory" || return 1
  if [ "$2" = - ]; then return 0; fi
  if [ "$PWD" = "$1" ] && [ "$(stat -c %u .)" = "$2" ]; then return 0; fi
  fail "somebody has put something else in the place of $1"
}
# slurp FILE: a small file, in the folder that was entered. Nothing is followed there, and nothing is waited for.
slurp() { if [ "$door" = - ]; then head -c 1048577 -- "$1"; else dd if="$1" iflag=nofollow,nonblock,fullblock bs=1048577 count=1 status=none; fi; }
# state_of FILE: sets now to what is there, as a journal names it.
state_of() {
  now=-
  if [ -L "$1" ]; then now=link,$(readlink -n -- "$1" | b64)
  elif [ -f "$1" ]; then now=file,$(slurp "$1" 2> /dev/null | sha256sum | head -c 64)
  elif [ -e "$1" ]; then now=other; fi
}
# linked FILE: whether it is a link of ours, into a folder that is switched; sets live, tree and target.
linked() {
  if [ "$door" != - ] || ! [ -L "$1" ]; then return 1; fi
  first=$(readlink -- "$1")
  case $first in */*/* | */) return 1 ;; .*.certwright/"\${1##*/}") ;; *) return 1 ;; esac
  live=\${1%/*}/\${first%/*}
  second=$(readlink -- "$live") || return 1
  case $second in */*) return 1 ;; "\${live##*/}"-????????????????) ;; *) return 1 ;; esac
  tree=\${1%/*}/$second; target=$tree/\${1##*/}
  [ -d "$tree" ] && ! [ -L "$tree" ]
}
`
