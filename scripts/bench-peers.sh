#!/usr/bin/env bash
# Our network beside its peers: workerd, wasmtime serve, a plain axum handler. Prints a table for each number of callers.
#
# The peers come from their registries, in the versions that stand here, into the user's cache; nothing of them is part
# of the project. What cannot be had is left out, with a line that says so. Arguments are those of `adyton-bench peers`:
# with --deployed 1,100,1000, for one, what a call costs beside that many contracts that nobody calls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ADYTON_BIN="$PWD/bin"

WORKERD=1.20261117.1
peers="${XDG_CACHE_HOME:-$HOME/.cache}/adyton/peers"
mkdir -p "$peers"
arguments=()

if ! command -v wrk >/dev/null; then
  echo "bench-peers: the load generator is missing. Run: sudo apt-get install wrk" >&2
  exit 1
fi

workerd="$peers/workerd-$WORKERD/node_modules/workerd/bin/workerd"
if [ ! -e "$workerd" ] && command -v npm >/dev/null; then
  echo "bench-peers: fetching workerd $WORKERD" >&2
  npm install --prefix "$peers/workerd-$WORKERD" --ignore-scripts --no-audit --no-fund --silent "workerd@$WORKERD" || true
fi
# The package's own entry is a script that starts the program of the platform.
platforms="$peers/workerd-$WORKERD/node_modules/@cloudflare"
program=""
if [ -d "$platforms" ]; then program="$(find "$platforms" -path '*/bin/workerd' -type f -print -quit)"; fi
if [ -n "$program" ]; then
  arguments+=(--workerd "$program")
else
  echo "bench-peers: left out, workerd cannot be had (npm is missing, or its registry cannot be reached)" >&2
fi

# wasmtime serve runs the component that one of our rows has, too.
wasmtime="$peers/wasmtime/bin/wasmtime"
component=examples/wasi-proxy/wasi-proxy.wasm
if bin/adyton build --locked --dir "$(dirname "$component")" >&2; then
  version="$(sed -n 's/^wasmtime = { version = "=\([0-9.]*\)".*/\1/p' Cargo.toml)"
  is_there() { "$wasmtime" --version 2>/dev/null | grep -qF " $version"; }
  if ! is_there; then
    echo "bench-peers: compiling wasmtime $version, once (10 to 20 minutes on two cores)" >&2
    cargo install wasmtime-cli --version "$version" --locked --root "$peers/wasmtime" --no-default-features \
      --features serve,run,cranelift,pooling-allocator,component-model,parallel-compilation || true
  fi
  if is_there; then
    arguments+=(--wasmtime "$wasmtime" --wasi-component "$component")
  else
    echo "bench-peers: left out, wasmtime $version could not be compiled" >&2
  fi
else
  echo "bench-peers: left out, wasmtime serve ($component was not built)" >&2
fi

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg); generator: $(wrk --version 2>&1 | head -1 | cut -d' ' -f1-2), here too"
scripts/cargo.sh main run --release --locked --quiet -p adyton-bench -- peers "${arguments[@]}" "$@"
