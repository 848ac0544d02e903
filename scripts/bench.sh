#!/bin/sh
# Every benchmark, each beside its peers in the same run; bounded, about ten minutes.
# usage: bench.sh DIR [NAME...]     DIR keeps the corpora and their images between runs;
#        names: startup unikernels hypercalls transport inflate verify readers checked index pack
#        shapes latency first-file large-files rebuild mount look serve web modules browser remote
#        LARGE=FOLDER measures latency and rebuilds on that corpus too
# On a system without apt the corpus of real documentation is left out, and that is said.
set -eu
dir=${1:?usage: bench.sh DIR [NAME...]}
shift
[ $# -gt 0 ] || set -- startup unikernels hypercalls transport inflate verify readers checked index pack shapes latency first-file large-files rebuild mount look serve web modules browser remote
mkdir -p "$dir"

if [ ! -d "$dir/docs" ]; then
  if sh scripts/fetch-docs.sh "$dir/docs.part"; then mv "$dir/docs.part" "$dir/docs"
  else echo 'no corpus of real documentation here: made-up pages only' >&2; rm -rf "$dir/docs.part"; fi
fi
[ -d "$dir/pages" ] || { node scripts/corpus.ts "$dir/pages.part"; mv "$dir/pages.part" "$dir/pages"; }

bench() {
  printf '\n## %s\n\n' "$1"
  script=test/bench/$1.ts
  shift
  node --conditions=docteur:source "$script" "$@"
}

if [ ! -d "$dir/modules" ]; then
  mkdir -p "$dir/modules.part"
  for package in typescript @types @tapjs dependency-cruiser fast-check knip assemblyscript; do
    cp -RL "node_modules/$package" "$dir/modules.part/"
  done
  mv "$dir/modules.part" "$dir/modules"
fi

case " $* " in
  *' modules '*)
    # What people run, as they install it; the project itself needs none of it.
    if [ ! -d "$dir/app" ]; then
      rm -rf "$dir/app.part" && mkdir -p "$dir/app.part" && echo '{ "private": true }' >"$dir/app.part/package.json"
      if (cd "$dir/app.part" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error \
        typescript@5.9.3 eslint@10.15.0 express@5.3.0 @aws-sdk/client-s3@3.1175.0 >&2)
      then mv "$dir/app.part" "$dir/app"
      else echo "npm reaches no registry: modules measures this project's own packages" >&2; fi
    fi ;;
esac

corpora=$dir/pages
[ ! -d "$dir/docs" ] || corpora="$dir/docs $corpora"
images=
for corpus in $corpora; do
  [ -f "$corpus.img" ] || node dist/bin/docteur.make.js --quiet "$corpus" "$corpus.img"
  images="$images $corpus.img"
done

for name in "$@"; do
  case $name in
    startup | hypercalls | transport | unikernels | serve) bench "$name" ;;
    checked) bench checked "${corpora%% *}.img" ;;
    remote) for image in ${LARGE_IMAGE:-${corpora%% *}.img}; do bench remote "$image"; done ;;
    web | browser) bench "$name" ;;
    modules)
      if [ -d "$dir/app" ]; then bench modules "$(cd "$dir/app" && pwd)" typescript eslint @aws-sdk/client-s3 express
      else bench modules; fi ;;
    inflate) bench inflate "${corpora%% *}" ;;
    # shellcheck disable=SC2086
    verify) bench verify $images ;;
    readers) for corpus in $corpora; do bench readers "$corpus"; done ;;
    index) bench index --corpus="${corpora%% *}" ;;
    # shellcheck disable=SC2086
    pack) bench pack --flat $corpora "$dir/modules" ;;
    look) bench look "${corpora%% *}" "${corpora%% *}.img" ;;
    mount) bench mount "${corpora%% *}" 3 "--image=${corpora%% *}.img" ;;
    shapes) bench shapes ;;
    first-file) for image in ${LARGE_IMAGE:-} $images; do bench first-file "$image"; done ;;
    latency) for corpus in ${LARGE:-} $corpora; do bench latency "$corpus" --best; done ;;
    rebuild) for corpus in ${LARGE:-${corpora%% *}}; do bench rebuild "$corpus"; done ;;
    *) echo "bench.sh: no benchmark $name" >&2; exit 64 ;;
  esac
done
