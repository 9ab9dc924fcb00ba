#!/bin/sh
# Makes the Debian package: packaging/deb.sh [PROFILE]; cargo-deb is on crates.io. The package is
# in target/debian. PROFILE is cargo's, release unless said.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-release}
folder=$([ "$profile" = dev ] && echo debug || echo "$profile")
made=target/packaging
cargo build --locked --profile "$profile" --bin siplens
rm -rf "$made"
mkdir -p "$made"
"target/$folder/siplens" man --output "$made/man"
"target/$folder/siplens" completions bash > "$made/siplens.bash"
"target/$folder/siplens" completions zsh > "$made/_siplens"
"target/$folder/siplens" completions fish > "$made/siplens.fish"
cargo deb --no-build --profile "$profile"
