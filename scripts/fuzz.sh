#!/usr/bin/env bash
# Fuzzes one target until it finds something or is stopped. Needs nightly Rust and cargo-fuzz, which nothing else does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target="${1:-}"
if [ -z "$target" ] || [ ! -f "fuzz/libfuzzer/fuzz_targets/$target.rs" ]; then
  echo "fuzz: name a target, as in: make fuzz TARGET=quote. The targets are:" >&2
  for file in fuzz/libfuzzer/fuzz_targets/*.rs; do echo "  $(basename "$file" .rs)" >&2; done
  exit 2
fi

missing=()
rustup toolchain list 2>/dev/null | grep -q '^nightly' || missing+=("rustup toolchain install nightly --profile minimal")
command -v cargo-fuzz >/dev/null || missing+=("cargo install --locked cargo-fuzz")
if [ ${#missing[@]} -gt 0 ]; then
  echo "fuzz: something is missing. Run:" >&2
  printf '  %s\n' "${missing[@]}" "make fuzz TARGET=$target" >&2
  exit 1
fi

target_folder="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}/fuzz"
# Outside the checkout: recorded evidence, where it is there, is among the seeds.
corpus="$target_folder/corpus"
scripts/cargo.sh main run --release --quiet --locked -p adyton-fuzz --example corpus -- "$corpus"
# The same versions as the programs have; cargo adds libfuzzer-sys to them.
cp Cargo.lock fuzz/libfuzzer/Cargo.lock
export CARGO_TARGET_DIR="$target_folder"
cd fuzz
exec cargo +nightly fuzz run --fuzz-dir libfuzzer "$target" "$corpus/$target"
