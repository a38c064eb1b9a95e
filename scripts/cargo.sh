#!/usr/bin/env bash
# Runs cargo in one of the two workspaces, or for the first program of the worker's machine, with the target folder and
# the WebAssembly toolchain that all steps share.
#
#   scripts/cargo.sh main|chain|init ARGUMENTS..
#
# Target folders lie in the user's cache, so that a clean checkout does not compile everything again;
# ADYTON_TARGET names another place.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"

case "${1:-}" in
  main) folder="$root" ;;
  chain) folder="$root/chain" ;;
  init) folder="$root/image/init" ;;
  *) echo "usage: scripts/cargo.sh main|chain|init ARGUMENTS.." >&2; exit 2 ;;
esac
export CARGO_TARGET_DIR="$targets/$1"
shift
"$root/scripts/own-target.sh" "$CARGO_TARGET_DIR"

# Left unset where the project's own toolchain has the targets: an empty name would be taken for a toolchain.
toolchain="$("$root/scripts/wasm-toolchain.sh" --name)"
if [ -n "$toolchain" ]; then export WASM_BUILD_TOOLCHAIN="$toolchain"; else unset WASM_BUILD_TOOLCHAIN; fi

# The runtime is compiled from the target folder, which lies outside the checkout: this is how its builder finds the
# lock file, without which it would take other versions of the dependencies.
export WASM_BUILD_WORKSPACE_HINT="$root/chain"

cd "$folder"
exec cargo "$@"
