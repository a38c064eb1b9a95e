#!/usr/bin/env bash
# Prints what this machine does: the network as a user sees it, then the parts. Nothing here is timed by a test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ADYTON_BIN="$PWD/bin"

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
echo; echo "== the network"
scripts/cargo.sh main run --release --locked --quiet -p adyton-bench
echo; echo "== host functions: what they take, and what they are charged"
scripts/cargo.sh main run --release --locked --quiet -p adyton-bench -- prices
echo; echo "== a contract's store: commits"
scripts/cargo.sh main run --release --locked --quiet -p adyton-state --example commit_latency
echo; echo "== the engine: calls"
scripts/cargo.sh main run --release --locked --quiet -p adyton-engine --example call_latency
echo; echo "== the economy: what a node imports, what calls read and write, how much state there is"
# With the node, so that what both are made of is compiled once for them.
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
scripts/cargo.sh chain build --release --locked --quiet --package adyton-node --package adyton-figures --example economy
"$targets/chain/release/examples/economy"
echo; echo "== evidence: verifications"
scripts/oracle.sh run --release --locked --quiet --example bench
echo; echo "== evidence: what a registration is charged in the runtime, as make weights measured it on its machine"
# One millisecond of weight is 10^9; a block takes 200 of them. Intel's kinds are charged three times this
# (chain/pallets/workers/src/costs.rs). Only the first of each name counts: those behind it are of tests.
awk '/fn register/ { name = $2; sub(/\(.*/, "", name) }
  /Weight::from_parts\(/ && name != "" && !(name in seen) {
    weight = $0; sub(/.*from_parts\(/, "", weight); sub(/,.*/, "", weight); gsub(/_/, "", weight)
    printf "%-16s %8.1f ms\n", name, weight / 1e9; seen[name] = 1; name = ""
  }' chain/pallets/workers/src/weights.rs
