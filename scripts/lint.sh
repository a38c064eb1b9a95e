#!/usr/bin/env bash
# Everything that is checked without running a test: format, clippy, layers, licences, banned crates, targets without
# an operating system, advisories.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "lint: $*" >&2; }

# cargo-fmt, unlike the workspaces' own members, has to be told about the crates outside both.
format() {
  local manifest
  for manifest in Cargo.toml chain/Cargo.toml sdk/rust/Cargo.toml attestation/oracle/Cargo.toml image/init/Cargo.toml \
    examples/*/Cargo.toml; do
    [ -f "$manifest" ] || continue
    cargo fmt --all --manifest-path "$manifest" -- --check || failed+=("format of $manifest (run: make fmt)")
  done
  # Has a lock file only while `make fuzz` runs, which cargo-fmt would want.
  rustfmt --check --edition 2024 fuzz/libfuzzer/src/main.rs || failed+=("format of fuzz/libfuzzer (run: make fmt)")
}

# What clippy finds is refused.
clippy() {
  local workspace="$1"
  # SKIP_WASM_BUILD: the runtime's WebAssembly is the same source, and was checked when it was built.
  RUSTC_WORKSPACE_WRAPPER="$PWD/scripts/lint-rustc" ADYTON_CLIPPY_DRIVER="$(rustup which clippy-driver)" \
    CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__" SKIP_WASM_BUILD=1 \
    scripts/cargo.sh "$workspace" build --release --workspace --all-targets --locked || failed+=("clippy of $workspace")
}

# The SDK is self-contained: `adyton new` copies its folder, the interface included. It has nothing of WASI.
interface() {
  diff --recursive --brief --exclude deps wit sdk/rust/wit || failed+=("interface (sdk/rust/wit differs from wit/; copy it)")
}

# The advisory database is a git repository, which not every machine can reach.
advisories() {
  if ! command -v cargo-deny >/dev/null; then
    say "advisories: skipped, cargo-deny is not installed (cargo install --locked cargo-deny)"
    return
  fi
  if ! timeout 120 cargo deny fetch db >/dev/null 2>&1; then
    say "advisories: skipped, their database cannot be reached from here"
    return
  fi
  cargo deny --locked check advisories || failed+=("advisories")
  cargo deny --locked --manifest-path chain/Cargo.toml check advisories || failed+=("advisories of the chain")
}

failed=()
say "format"; format
say "interface"; interface
say "layers, licences, banned crates, versions, paths"
scripts/cargo.sh main run --release --quiet --locked -p adyton-checks || failed+=("rules of the house")
say "clippy"; clippy main; clippy chain; clippy init
say "without an operating system"; scripts/portable.sh || failed+=("the ground floor without an operating system")
advisories

if [ ${#failed[@]} -gt 0 ]; then
  for step in "${failed[@]}"; do say "FAILED: $step"; done
  exit 1
fi
say "all checks passed"
