#!/usr/bin/env bash
# Puts the built programs into bin/. A program that runs is replaced, never written into.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
profile="${1:-release}"

mkdir -p bin
for program in main/adyton main/adyton-worker main/adyton-keyholder main/adyton-gateway chain/adyton-node; do
  from="$targets/${program%/*}/$profile/${program#*/}"
  to="bin/${program#*/}"
  if ! cmp --silent "$from" "$to"; then
    cp "$from" "$to.new"
    mv "$to.new" "$to"
  fi
done

# The contract that `adyton up` deploys: its manifest and its component, as a project beside the programs.
example=examples/price-oracle
mkdir -p bin/sample
if [ ! -f "$example/price-oracle.wasm" ] || [ -n "$(find "$example" sdk/rust wit -newer "$example/price-oracle.wasm" -not -name '*.wasm' -type f -print -quit)" ]; then
  bin/adyton build --dir "$example" --locked >/dev/null
fi
cp "$example/adyton.toml" "$example/price-oracle.wasm" bin/sample/
