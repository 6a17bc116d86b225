#!/bin/sh
# Builds the source package in FOLDER: what users install, with all crates in it, so that nothing is fetched at installation.
# Usage: r/package.sh FOLDER
set -eu
root="$(cd "$(dirname "$0")/.." && pwd)"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
package="$folder/skiplayer"
rust="$package/src/rust"
"$root/r/stage.sh" "$package"

# The core with a manifest that does without the workspace, and without what only its own tests need.
(cd "$root" && CARGO_TARGET_DIR="$folder/core" cargo package -p skiplayer --no-verify --allow-dirty --quiet)
mkdir "$rust/skiplayer"
tar xzf "$folder"/core/package/skiplayer-*.crate --strip-components=1 -C "$rust/skiplayer"
python3 "$root/r/vendor.py" core "$rust/skiplayer"
sed "s|\.\./\.\./\.\./\.\./crates/skiplayer|skiplayer|" "$root/r/skiplayer/src/rust/Cargo.toml" > "$rust/Cargo.toml"

# The other crates, their licences, and where cargo finds them.
cd "$rust"
cargo vendor --locked vendor > vendor-config.toml 2> "$folder/vendor.log" || { cat "$folder/vendor.log"; exit 1; }
mkdir -p "$package/inst"
python3 "$root/r/vendor.py" licences . > "$package/inst/CRATES"
python3 "$root/r/vendor.py" shrink vendor
tar --sort=name --mtime='2026-01-01 00:00Z' --owner=0 --group=0 --numeric-owner -cf - vendor | xz -9e > vendor.tar.xz
rm -rf vendor

cd "$folder"
R CMD build skiplayer
ls -l skiplayer_*.tar.gz
