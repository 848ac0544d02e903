#!/bin/sh
# Makes a folder of real documentation in several versions, out of Debian's packages, for benchmarks.
# usage: fetch-docs.sh DIR [PACKAGE...]    (about 270 MB, 5,000 files; needs apt-get and dpkg-deb, not root;
#        with python3.11-doc nodejs-doc postgresql-doc-15 linux-doc-6.1 about 1.8 GB, 100,000 files)
# A version that is there already is kept; where apt is missing, it says so and exits 1.
set -eu
out=${1:?usage: fetch-docs.sh DIR}
shift
packages=${*:-python3.11-doc nodejs-doc postgresql-doc-15}

for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "fetch-docs.sh: needs $tool (Debian or a derivative)" >&2; exit 1; }
done
[ "$(id -u)" != 0 ] || apt-get update -qq

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
chmod 755 "$work"

# Every version that the index knows: each is one more chance for deltas.
versions_of() { apt-cache madison "$1" | cut -d'|' -f2 | tr -d ' ' | sort -u; }

unpack() {
  (cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$1=$2" >/dev/null)
  mkdir "$work/tree"
  dpkg-deb -x "$work"/*.deb "$work/tree"
  # Documentation is shipped compressed: a delta needs the text.
  find "$work/tree" -type f -name '*.gz' -exec gunzip -f {} +
  mkdir -p "$(dirname "$3")"
  mv "$work/tree" "$3"
  rm -f "$work"/*.deb
}

for package in $packages; do
  for version in $(versions_of "$package"); do
    target=$out/$package/$(printf %s "$version" | tr : -)
    [ -d "$target" ] || unpack "$package" "$version" "$target"
  done
done
[ -n "$(ls -A "$out")" ] || { echo 'fetch-docs.sh: the package index lists none of the packages' >&2; exit 1; }
echo "$out: $(find "$out" -type f | wc -l) files, $(du -sm "$out" | cut -f1) MB" >&2
