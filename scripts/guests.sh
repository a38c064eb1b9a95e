#!/usr/bin/env bash
# Builds examples with the command line that a user has, and puts the one that `adyton up` deploys beside the
# programs, in bin/sample/.
#
#   scripts/guests.sh [NAME..]    without a name, all of them, in every language
#
# What `make up` needs is written in Rust alone, so that it asks no other language's registry for anything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/guests"
scripts/own-target.sh "$CARGO_TARGET_DIR"

manifests=(examples/*/adyton.toml)
if [ $# -gt 0 ]; then manifests=("${@/%//adyton.toml}") && manifests=("${manifests[@]/#/examples/}"); fi
for manifest in "${manifests[@]}"; do
  language="$(sed -n 's/^language = "\(.*\)"$/\1/p' "$manifest")"
  if what="$(scripts/languages.sh lacks "${language:-rust}")"; then
    echo "skipped: $(dirname "$manifest") is not built; there is no $what" >&2
    if [ "${CI:-}" = true ]; then exit 1; fi
    continue
  fi
  bin/adyton build --locked --dir "$(dirname "$manifest")"
done

rm -rf bin/sample.new
mkdir bin/sample.new
cp examples/price-oracle/adyton.toml examples/price-oracle/price-oracle.wasm bin/sample.new/
rm -rf bin/sample
mv bin/sample.new bin/sample
