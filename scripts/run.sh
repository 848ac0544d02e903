#!/bin/sh
# What `make run` shows: a folder becomes an image, the image is checked, and a guest reads a file of it.
# usage: DIR=folder [FILE=path] run.sh      from the root of a built clone; leaves guest.js and disk.img
set -eu
DIR=${DIR:-build/docs}
output=$(mktemp)
trap 'rm -f "$output"' EXIT

step() {
  printf '\n== %s\n' "$1"
}

step "docteur.make packs the folder $DIR into disk.img"
node dist/bin/docteur.make.js "$DIR" disk.img
step 'docteur.verify checks every object of it'
node dist/bin/docteur.verify.js -q disk.img

if [ -n "${FILE:-}" ] || [ -f "$DIR/README.md" ]; then
  FILE=${FILE:-README.md}
  step "tender runs guest.js in its sandbox; the first three lines of $FILE, read by the guest"
  cp dist/guests/simple.js guest.js
  node dist/bin/tender.js --block:docteur=disk.img -- guest.js --filename "$FILE" > "$output"
else
  FILE=PATH
  step 'tender runs a guest in its sandbox; the first three entries of the folder, listed by the guest'
  cp dist/guests/simple.js guest.js
  node dist/bin/tender.js --block:docteur=disk.img -- dist/guests/list.js > "$output"
fi
head -n 3 "$output"

cat <<END

It works. What to try next, in this folder:
  npx tender --block:docteur=disk.img -- guest.js --filename '$FILE'
      the whole file; \`npx tender --help\` has more
  npx tender --block:docteur=disk.img -- dist/guests/list.js
      what is in the image
  make run DIR='my folder' FILE=path
      the same with a folder, or a Git repository, of yours
  npx docteur.make --help
      repositories on servers, dates, disk formats
README.md goes on from here: "Write a guest" has a guest of your own.
END
