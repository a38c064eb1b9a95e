#!/usr/bin/env bash
# Runs the tests of both workspaces, the SDKs and the comparison with other verifiers, all of them even where some fail.
# Tests that start real programs find them by ADYTON_BIN, and the node alone by ADYTON_NODE.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ADYTON_BIN="$PWD/bin" ADYTON_NODE="$PWD/bin/adyton-node"

# Tests over recorded evidence pass without it; what they say about that is not shown, as they pass.
evidence="${ADYTON_EVIDENCE:-}"
folder="$PWD"
while [ -z "$evidence" ] && [ "$folder" != / ]; do
  if [ -e "$folder/shared/evidence/intel/cases.json" ]; then evidence="$folder/shared/evidence"; fi
  folder="$(dirname "$folder")"
done
if [ ! -e "$evidence/intel/cases.json" ]; then
  echo "skipped: the tests over recorded evidence; there is none beside the checkout, and none that ADYTON_EVIDENCE names"
fi

# What a test of the command line leaves for those of the browser.
ADYTON_SYNTHETIC_EVIDENCE="$(mktemp -d)"
export ADYTON_SYNTHETIC_EVIDENCE
trap 'rm -rf "$ADYTON_SYNTHETIC_EVIDENCE"' EXIT

outcome=0
# Without the examples, which hold no tests: to link them takes a minute, and the lints read them.
for workspace in main chain; do
  scripts/cargo.sh "$workspace" test --release --workspace --locked --no-fail-fast --tests || outcome=$?
  scripts/cargo.sh "$workspace" test --release --workspace --locked --no-fail-fast --doc || outcome=$?
done
scripts/sdk.sh test --release --locked --all-features --no-fail-fast || outcome=$?
# The one example in Rust with tests of its own; without its profile, which is for the component.
scripts/sdk.sh test --manifest-path "$PWD/examples/order-book/Cargo.toml" --locked --no-fail-fast || outcome=$?
ADYTON_EVIDENCE="$evidence" scripts/languages.sh test || outcome=$?
scripts/oracle.sh test --release --locked --no-fail-fast --lib --tests || outcome=$?
exit "$outcome"
