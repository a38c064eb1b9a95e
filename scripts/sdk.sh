#!/usr/bin/env bash
# Runs cargo in the SDK for Rust, which is of neither workspace: scripts/sdk.sh ARGUMENTS..
# Its target folder is that of the guests, which compile the same dependencies.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/guests"
scripts/own-target.sh "$CARGO_TARGET_DIR"

cd sdk/rust
exec cargo "$@"
