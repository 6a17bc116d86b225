#!/bin/sh
# Copies the R package to FOLDER so that R can build it there, with the core crate where it is in this repository.
# Usage: r/stage.sh FOLDER
set -eu
root="$(cd "$(dirname "$0")/.." && pwd)"
folder="$1"
# What an earlier build left there would be packed.
rm -rf "$folder"
mkdir -p "$folder"
cp -R "$root/r/skiplayer/." "$folder"
sed "s|\.\./\.\./\.\./\.\./crates/skiplayer|$root/crates/skiplayer|" "$root/r/skiplayer/src/rust/Cargo.toml" \
  > "$folder/src/rust/Cargo.toml"
