#!/usr/bin/env bash
# Runs cargo for the comparison with other verifiers, which is of neither workspace: scripts/oracle.sh ARGUMENTS..
# Its target folder is the main workspace's, so that what both need is compiled once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/main"
scripts/own-target.sh "$CARGO_TARGET_DIR"

cd attestation/oracle
exec cargo "$@"
