#!/usr/bin/env bash
# Checks that the ground floor compiles where there is no operating system: for the chain's runtime (wasm32v1-none) and
# for browsers (wasm32-unknown-unknown), in both without the standard library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/portable"
scripts/own-target.sh "$CARGO_TARGET_DIR"

# A wrapper or flag meant for the host must not reach these targets.
unset RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

toolchain="$(scripts/wasm-toolchain.sh --name)"
cargo=(cargo)
if [ -n "$toolchain" ]; then cargo=(rustup run "$toolchain" cargo); fi

"${cargo[@]}" check --locked --package adyton-protocol --package adyton-attestation --package adyton-appraisal \
  --no-default-features --target wasm32v1-none --target wasm32-unknown-unknown
