#!/usr/bin/env bash
# Measures what the pallets' calls cost on this machine, and writes each pallet's weights.rs.
# Outside CI: the runtime is compiled once more with its benchmarks, and the figures are only as good as the machine
# is idle. WEIGHTS_STEPS and WEIGHTS_REPEAT (50 and 20) make it shorter or better.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

BENCHER_VERSION=0.28.0 # the release of polkadot-sdk that chain/Cargo.toml pins
if ! command -v frame-omni-bencher >/dev/null; then
  echo "weights: frame-omni-bencher is missing. Run (it takes as long as the node):" >&2
  echo "  cargo install --locked frame-omni-bencher --version $BENCHER_VERSION" >&2
  exit 1
fi

targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
# A target folder of its own: with benchmarks, most of polkadot-sdk is compiled with other features.
ADYTON_TARGET="$targets/weights" scripts/cargo.sh chain build --release --locked -p adyton-runtime --features runtime-benchmarks
runtime="$targets/weights/chain/release/wbuild/adyton-runtime/adyton_runtime.compact.compressed.wasm"

for folder in chain/pallets/*/; do
  pallet="$(basename "$folder")"
  [ -f "$folder/src/benchmarking.rs" ] || continue
  echo "weights: $pallet" >&2
  frame-omni-bencher v1 benchmark pallet --runtime "$runtime" --pallet "adyton_pallet_$pallet" --extrinsic '*' \
    --genesis-builder-preset local --steps "${WEIGHTS_STEPS:-50}" --repeat "${WEIGHTS_REPEAT:-20}" \
    --template chain/weights/template.hbs --output "$folder/src/weights.rs"
  rustfmt --edition 2024 "$folder/src/weights.rs"
done
