#!/bin/sh
# Brings the Node that builds and tests this project: scripts/node/package-lock.json names it. It becomes
# node_modules/.bin/node, which is what npm, npx and make find first.
# usage: install-own-node.sh      after `npm ci`; without one for this system, the system's own does
cd "$(dirname "$0")/.." || exit 1
if sh scripts/install-nodes.sh scripts/node node_modules/.node; then
  mkdir -p node_modules/.bin
  exec ln -sfn ../.node/node_modules/node24/bin/node node_modules/.bin/node
fi
rm -f node_modules/.bin/node
if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)'; then
  echo "docteur: going on with the Node of this system, $(node --version)" >&2
else
  echo 'docteur: Node 24 cannot be installed from npm, and no Node from 22.12 on is in PATH: install one' >&2
  exit 1
fi
