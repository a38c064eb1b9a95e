#!/usr/bin/env bash
# Removes bin/ and the target folders. The WebAssembly toolchain stays, and what was found by fuzzing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
rm -rf bin "$targets/main" "$targets/chain" "$targets/guests" "$targets/portable" "$targets/fuzz"
