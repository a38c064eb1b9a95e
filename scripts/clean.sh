#!/usr/bin/env bash
# Removes bin/, the verifier for browsers and the target folders. The WebAssembly toolchain stays, and what was found by
# fuzzing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
rm -rf bin sdk/web/verifier.wasm sdk/web/verifier.wasm.new
for folder in main chain init guests web portable weights fuzz; do rm -rf "${targets:?}/$folder"; done
