#!/usr/bin/env bash
# Installs what a fresh Debian 12 machine with git, make and rustup lacks, or says the exact command where it may not.
# Quick where nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# clang and protobuf: build scripts of the chain's networking, clang also of SQLite's bindings; libssl: the chain's
# WebRTC transport.
PACKAGES=(gcc g++ make git pkg-config protobuf-compiler libprotobuf-dev clang libclang-dev libssl-dev)

# The tests of the verifier for browsers. It is large, and whoever builds and runs the network needs none.
[ "${CI:-}" != true ] || PACKAGES+=(chromium)

# Real servers for the tests of contracts that use databases outside; these tests say so where they are skipped.
DATABASES=(postgresql mariadb-server redis-server)

main() {
  packages
  [ "${CI:-}" != true ] || databases
  rust
  scripts/wasm-toolchain.sh
  languages
}

packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not a Debian machine; make sure it has what Debian calls: ${PACKAGES[*]}" >&2
    return
  fi
  local missing
  mapfile -t missing < <(missing "${PACKAGES[@]}")
  [ ${#missing[@]} -eq 0 ] || scripts/apt-install.sh "${missing[@]}"
}

# A machine that cannot have them does without.
databases() {
  local missing
  mapfile -t missing < <(missing "${DATABASES[@]}")
  [ ${#missing[@]} -eq 0 ] || scripts/apt-install.sh "${missing[@]}" ||
    echo "setup: without ${missing[*]}; tests that need them are skipped" >&2
}

# Those of the named packages that are not installed, one in a line.
missing() {
  local package
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

rust() {
  local wanted have
  wanted="$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)"
  if ! command -v rustup >/dev/null; then
    echo "setup: rustup is missing. Install it from https://rustup.rs (or Debian's package \`rustup\`), then run make again." >&2
    exit 1
  fi
  # Where rustup may install by itself, asking for the version does it.
  have="$(rustc --version 2>/dev/null || true)"
  if [[ "$have" != "rustc $wanted "* ]]; then
    echo "setup: this project builds with Rust $wanted, and '${have:-no toolchain}' answers here. Run:" >&2
    echo "  rustup toolchain install $wanted --profile minimal --component rustfmt --component clippy" >&2
    exit 1
  fi
}

# Contracts in other languages need tools that nothing else here does. Without them their examples are not built.
languages() {
  local language what
  for language in js python; do
    if what="$(scripts/languages.sh lacks "$language")"; then
      echo "setup: contracts in $language cannot be built here. They need $what" >&2
    fi
  done
}

main
