#!/usr/bin/env bash
# Simulates a year of the economy, and writes a report with plots: scripts/simulate.sh [OPTION..]
#
# The report lies in the user's cache, in a folder of its own for each run; ADYTON_SIMULATION names another place. The
# options are the program's: --seed, --days, --workers, --pools, --delegators, --round-hours, each with a number.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
folder="${ADYTON_SIMULATION:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/simulations/$(date +%Y-%m-%dT%H-%M-%S)}"

# With the node, so that what both are made of is compiled once for them.
scripts/cargo.sh chain build --release --locked --package adyton-node --package adyton-simulation
exec "$targets/chain/release/adyton-simulation" "$folder" "$@"
