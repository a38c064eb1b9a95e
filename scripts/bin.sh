#!/usr/bin/env bash
# Puts the built programs into bin/. A program that runs is replaced, never written into.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
profile="${1:-release}"

mkdir -p bin
for program in main/adyton main/adyton-testbed main/adyton-worker main/adyton-keyholder main/adyton-gateway chain/adyton-node; do
  from="$targets/${program%/*}/$profile/${program#*/}"
  to="bin/${program#*/}"
  if ! cmp --silent "$from" "$to"; then
    cp "$from" "$to.new"
    mv "$to.new" "$to"
  fi
done
