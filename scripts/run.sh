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

step "docteur make packs the folder $DIR into disk.img"
node dist/bin/docteur.js make "$DIR" disk.img
step 'docteur verify checks every object of it'
node dist/bin/docteur.js verify -q disk.img

if [ -n "${FILE:-}" ] || [ -f "$DIR/README.md" ]; then
  FILE=${FILE:-README.md}
  step "docteur run starts guest.js in its sandbox; the first three lines of $FILE, read by the guest"
  cp dist/guests/simple.js guest.js
  node dist/bin/tender.js --block:docteur=disk.img -- guest.js --filename "$FILE" > "$output"
else
  FILE=PATH
  step 'docteur run starts a guest in its sandbox; the first three entries of the folder, listed by the guest'
  cp dist/guests/simple.js guest.js
  node dist/bin/tender.js --block:docteur=disk.img -- dist/guests/list.js > "$output"
fi
head -n 3 "$output"

cat <<END

It works. What to try next, in this folder:
  npx docteur run --block:docteur=disk.img -- guest.js --filename '$FILE'
      prints the whole file; \`npx docteur help run\` has more
  npx docteur ls -l disk.img
      lists the image, without a guest
  make run DIR='my folder' FILE=path
      does the same with your own folder or Git repository
  npx docteur help
      lists all commands
README.md continues from here: "Write a guest" shows how to write your own.
END
