#!/bin/sh
# Stands in for a tool of a remote host: counts the calls that concern the scene, and at one of them does what the fault
# says instead.
tool=${0##*/}
scene=${CERTWRIGHT_TEST_FAULT%.fault}
concerned() { case "$PWD/ $*" in *"$scene/"*) [ -n "$scene" ] && [ -f "$scene.fault/what" ] ;; *) return 1 ;; esac; }
if concerned "$@"; then
  read -r at what which < "$scene.fault/what"
  printf '%s\n' "$tool $*" >> "$scene.fault/calls"
  if [ "$(wc -l < "$scene.fault/calls")" = "$at" ]; then
    case $what in
      # Everything of this login dies at once.
      kill) kill -KILL 0 ;;
      # The tool dies in the middle of its work, and then perhaps everything else.
      rename*)
        strace -qq -o /dev/null -e trace=/^rename -e "inject=/^rename:signal=SIGKILL:when=$which" "/usr/bin/$tool" "$@"
        status=$?
        if [ "$what" = rename-all ]; then kill -KILL 0; fi
        exit "$status"
        ;;
      meanwhile) "/usr/bin/$tool" "$@"; status=$?; sh "$scene.fault/script"; exit "$status" ;;
      refuse) printf '%s: cannot do that: %s\n' "$tool" "$which" >&2; exit 1 ;;
    esac
  fi
fi
exec "/usr/bin/$tool" "$@"
