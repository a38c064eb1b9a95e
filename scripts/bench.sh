#!/usr/bin/env bash
# Prints what this machine does: the network as a user sees it, then the parts. Nothing here is timed by a test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ADYTON_BIN="$PWD/bin"

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
echo; echo "== the network"
scripts/cargo.sh main run --release --locked --quiet -p adyton-bench
echo; echo "== a contract's store: commits"
scripts/cargo.sh main run --release --locked --quiet -p adyton-state --example commit_latency
echo; echo "== the engine: calls"
scripts/cargo.sh main run --release --locked --quiet -p adyton-engine --example call_latency
echo; echo "== evidence: verifications"
scripts/oracle.sh run --release --locked --quiet --example bench
