#!/bin/sh
# Makes sure that commands and shared libraries are there, installing their Debian packages when it may.
# usage: install-packages.sh COMMAND:PACKAGE... LIBRARY.so.N:PACKAGE...
# Never fails: tests that miss a command are reported as skipped, and the line printed here says why.
PATH=$PATH:/usr/sbin:/sbin
missing=
for pair in "$@"; do
  case $pair in
    # Node 26 needs libatomic, which a bare Debian has not.
    *.so.*:*) ldconfig -p 2>/dev/null | grep -q "^[[:space:]]*${pair%%:*} " ;;
    /*:*) [ -e "${pair%%:*}" ] ;;
    *) command -v "${pair%%:*}" >/dev/null 2>&1 ;;
  esac || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo="sudo -n"; else sudo=none; fi
fi
if [ "$sudo" != none ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing" >&2
  # shellcheck disable=SC2086
  $sudo apt-get update -qq >&2 &&
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null &&
    exit 0
fi
echo "not installed; to run the tests that need them: apt-get install$missing" >&2
