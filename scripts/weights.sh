#!/usr/bin/env bash
# Measures what the pallets' calls cost on this machine, and writes each pallet's weights.rs.
# Outside CI: the runtime is compiled once more with its benchmarks, and the figures are only as good as the machine
# is idle. WEIGHTS_STEPS and WEIGHTS_REPEAT (50 and 20) make it shorter or better; WEIGHTS_PALLET measures one alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
# A target folder of its own: with benchmarks, most of polkadot-sdk is compiled with other features.
ADYTON_TARGET="$targets/weights" scripts/cargo.sh chain build --release --locked -p adyton-runtime -p adyton-weights \
  --features adyton-runtime/runtime-benchmarks,adyton-weights/measure
release="$targets/weights/chain/release"

"$release/adyton-weights" "$release/wbuild/adyton-runtime/adyton_runtime.compact.compressed.wasm" chain/pallets \
  --steps "${WEIGHTS_STEPS:-50}" --repeat "${WEIGHTS_REPEAT:-20}" ${WEIGHTS_PALLET:+--pallet "$WEIGHTS_PALLET"}
for folder in chain/pallets/*/; do
  if [ -f "$folder/src/benchmarking.rs" ]; then rustfmt --edition 2024 "$folder/src/weights.rs"; fi
done
