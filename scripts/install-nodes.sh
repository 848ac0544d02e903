#!/bin/sh
# Installs the releases of Node that a lockfile names, each by its checksum: those for this system.
# usage: install-nodes.sh LOCKFOLDER DIR      then DIR/node_modules/node24/bin/node and the like
# Where npm cannot get them, or has none for this system, it says so and fails.
set -eu
root=$(dirname "$0")/..
mkdir -p "$2"
cp "$1/package.json" "$1/package-lock.json" "$root/.npmrc" "$2"
(cd "$2" && npm ci --ignore-scripts --loglevel=error)
found=
for node in "$2"/node_modules/node*-*/bin/node; do
  # One that does not start here (no glibc, say) is none.
  "$node" --version >/dev/null 2>&1 || continue
  package=$(basename "$(dirname "$(dirname "$node")")")
  ln -sfn "$package" "$2/node_modules/${package%%-*}"
  found=1
done
[ -n "$found" ] || { echo "$1: no Node that starts on $(uname -s) $(uname -m)" >&2; exit 1; }
