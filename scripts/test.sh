#!/usr/bin/env bash
# Runs the tests of both workspaces, the SDK and the comparison with other verifiers, all of them even where some fail.
# Tests that start real programs find them by ADYTON_BIN, and the node alone by ADYTON_NODE.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ADYTON_BIN="$PWD/bin" ADYTON_NODE="$PWD/bin/adyton-node"

outcome=0
scripts/cargo.sh main test --release --workspace --locked --no-fail-fast || outcome=$?
scripts/cargo.sh chain test --release --workspace --locked --no-fail-fast || outcome=$?
scripts/sdk.sh test --release --locked --no-fail-fast || outcome=$?
scripts/oracle.sh test --release --locked --no-fail-fast --lib --tests || outcome=$?
exit "$outcome"
