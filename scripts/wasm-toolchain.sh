#!/usr/bin/env bash
# Makes WebAssembly buildable: for the chain's runtime (wasm32v1-none) and for guests (wasm32-unknown-unknown).
#
#   scripts/wasm-toolchain.sh          install what is missing; does nothing where all is there
#   scripts/wasm-toolchain.sh --name   print the rustup toolchain to build WebAssembly with:
#                                      `adyton-wasm`, or nothing where the project's own toolchain can do it
#
# First it asks rustup for the two targets. Where rustup cannot reach its server, it builds their standard
# library from Debian's packages of rustc and its sources, and links the result into rustup as `adyton-wasm`.
# ADYTON_WASM_TOOLCHAIN=debian goes that second way at once.
set -euo pipefail

NAME=adyton-wasm
TARGETS=(wasm32v1-none wasm32-unknown-unknown)
PACKAGES=(rustc-web cargo-web rust-web-src lld-22)
RECIPE=1 # raise it when the steps below change what they produce

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/adyton"
SYSROOT="$CACHE/wasm-toolchain"
STAMP="$SYSROOT/stamp"
CHAIN_TARGET="${ADYTON_TARGET:-$CACHE/target}/chain"
HOST_LIBS=/usr/lib/rustlib/x86_64-unknown-linux-gnu
LLD=/usr/lib/llvm-22/bin/lld

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A wrapper or flag meant for the caller's own build must not reach the standard library's.
unset RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR

main() {
  case "${1:-}" in
    --name) toolchain_name ;;
    "") install ;;
    *) fail "unknown argument '$1': use no argument, or --name" ;;
  esac
}

# The fallback counts only where it is needed or forced, so that a later `rustup target add` takes over by itself.
toolchain_name() {
  if [ "${ADYTON_WASM_TOOLCHAIN:-}" != debian ] && own_toolchain_has_targets; then return; fi
  if [ -f "$STAMP" ]; then echo "$NAME"; fi
}

install() {
  if [ "${ADYTON_WASM_TOOLCHAIN:-}" != debian ]; then
    if own_toolchain_has_targets; then say "rustup's toolchain has both targets"; return; fi
    if up_to_date; then say "toolchain $NAME is up to date"; return; fi
    say "asking rustup for ${TARGETS[*]}"
    if timeout 300 rustup target add "${TARGETS[@]}" && own_toolchain_has_targets; then return; fi
    say "rustup could not add them here; building their standard library from Debian's packages instead"
  fi
  install_packages
  mkdir -p "$CACHE"
  exec 9>"$CACHE/wasm-toolchain.lock"
  flock 9
  if up_to_date; then say "toolchain $NAME is up to date"; else build; fi
}

up_to_date() { [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint 2>/dev/null)" ] && linked; }

own_toolchain_has_targets() {
  local libraries target
  libraries="$(rustc --print sysroot)/lib/rustlib"
  for target in "${TARGETS[@]}"; do
    compgen -G "$libraries/$target/lib/libcore-*.rlib" >/dev/null || return 1
  done
}

install_packages() {
  local missing=() package
  [ "$(uname -m)" = x86_64 ] || fail "the way by Debian's packages is written for x86_64; run: rustup target add ${TARGETS[*]}"
  for package in "${PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || scripts/apt-install.sh "${missing[@]}"
}

fingerprint() {
  echo "recipe $RECIPE"
  /usr/bin/rustc -vV
  dpkg-query -W -f '${Package} ${Version}\n' "${PACKAGES[@]}"
}

linked() { rustup run "$NAME" rustc --version >/dev/null 2>&1; }

build() {
  say "building the standard library for ${TARGETS[*]} (1 to 2 minutes)"
  rm -rf "$SYSROOT"
  assemble_sysroot
  # Not `local`: the trap runs when the script ends.
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  empty_crate "$scratch/empty"
  build_std wasm32v1-none core,alloc,compiler_builtins
  build_std wasm32-unknown-unknown std,panic_abort
  rustup toolchain link "$NAME" "$SYSROOT"
  # Cargo does not notice that a standard library changed: what the runtime's builder made with the old one must go.
  rm -rf "$CHAIN_TARGET/release/wbuild" "$CHAIN_TARGET/production/wbuild"
  fingerprint >"$STAMP"
  say "toolchain $NAME is ready in $SYSROOT"
}

# Debian's compiler under a sysroot of ours: the host's libraries by link, the targets' beside them.
assemble_sysroot() {
  local libraries="$SYSROOT/lib/rustlib"
  mkdir -p "$SYSROOT/bin" "$libraries/x86_64-unknown-linux-gnu/bin"
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot %q "$@"\n' "$SYSROOT" >"$SYSROOT/bin/rustc"
  chmod +x "$SYSROOT/bin/rustc"
  ln -s /usr/bin/cargo "$SYSROOT/bin/cargo"
  ln -s /usr/lib/rustlib/src "$libraries/src"
  ln -s /usr/lib/rustlib/etc "$libraries/etc"
  ln -s "$HOST_LIBS/lib" "$libraries/x86_64-unknown-linux-gnu/lib"
  ln -s "$LLD" "$libraries/x86_64-unknown-linux-gnu/bin/rust-lld"
}

empty_crate() {
  mkdir -p "$1/src"
  echo '#![no_std]' >"$1/src/lib.rs"
  cat >"$1/Cargo.toml" <<'TOML'
[package]
name = "empty"
edition = "2021"
[profile.release]
panic = "abort"
[workspace]
TOML
}

# -Zbuild-std is an unstable switch, hence RUSTC_BOOTSTRAP; bitcode is embedded because the runtime links with LTO.
build_std() {
  local target="$1" crates="$2" destination="$SYSROOT/lib/rustlib/$1/lib"
  (
    cd "$scratch/empty"
    PATH="$SYSROOT/bin:$PATH" RUSTC="$SYSROOT/bin/rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Cembed-bitcode=yes" \
      CARGO_TARGET_DIR="$scratch/target" /usr/bin/cargo build --release --target "$target" "-Zbuild-std=$crates"
  )
  mkdir -p "$destination"
  find "$scratch/target/$target/release/deps" -name '*.rlib' ! -name 'libempty-*' -exec cp {} "$destination/" \;
}

say() { echo "wasm-toolchain: $*" >&2; }
fail() { say "$*"; exit 1; }

main "$@"
