#!/usr/bin/env bash
# Makes a target folder that another checkout used last this checkout's own: scripts/own-target.sh FOLDER
#
# Cargo tells a changed file by its time alone, and names what it builds by paths inside the workspace. In a folder
# that two checkouts share it would take the other one's newer program for up to date. So our own crates are
# forgotten when the checkout changes; the dependencies, which are most of the work, stay.
set -euo pipefail

checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
target="$1"
mkdir -p "$target"
if [ "$(cat "$target/checkout" 2>/dev/null)" != "$checkout" ]; then
  find "$target" -maxdepth 8 -type d -name .fingerprint -prune -print0 |
    while IFS= read -r -d '' fingerprints; do
      rm -rf "$fingerprints"/adyton-* "$fingerprints"/counter-* "$fingerprints"/price-oracle-* "$fingerprints"/defi-keeper-* \
        "$fingerprints"/order-book-*
    done
  echo "$checkout" >"$target/checkout"
fi
