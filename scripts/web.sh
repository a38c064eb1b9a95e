#!/usr/bin/env bash
# Compiles the verifier for browsers into sdk/web/verifier.wasm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/web"
scripts/own-target.sh "$CARGO_TARGET_DIR"

# A wrapper or flag meant for the host must not reach this target. What is handed out names neither this checkout nor
# the folder of its crates.
unset RUSTC_WORKSPACE_WRAPPER RUSTFLAGS
printf -v CARGO_ENCODED_RUSTFLAGS '%s\x1f%s\x1f%s' "--remap-path-prefix=$CARGO_TARGET_DIR=target" \
  "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" "--remap-path-prefix=$PWD=adyton"
export CARGO_ENCODED_RUSTFLAGS

toolchain="$(scripts/wasm-toolchain.sh --name)"
cargo=(cargo)
if [ -n "$toolchain" ]; then cargo=(rustup run "$toolchain" cargo); fi

"${cargo[@]}" build --locked --profile web --package adyton-judgement-web --target wasm32-unknown-unknown
# At once, so that nobody reads half of it.
cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/web/adyton_judgement_web.wasm" sdk/web/verifier.wasm.new
mv sdk/web/verifier.wasm.new sdk/web/verifier.wasm
