#!/usr/bin/env bash
# Builds the examples' guests to WebAssembly, so that an example that no longer compiles fails the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/guests"
toolchain="$(scripts/wasm-toolchain.sh --name)"

for manifest in examples/*/adyton.toml; do
  [ -f "$manifest" ] || continue
  echo "guest: $(dirname "$manifest")" >&2
  (
    cd "$(dirname "$manifest")"
    cargo ${toolchain:+"+$toolchain"} build --release --locked --target wasm32-unknown-unknown
  )
done
