#!/usr/bin/env bash
# Installs the named Debian packages, or says the exact command where it may not.
set -euo pipefail

COMMAND=(apt-get install --yes --no-install-recommends "$@")
if [ "$(id -u)" -eq 0 ]; then
  PREFIX=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  PREFIX=(sudo)
else
  echo "These Debian packages are missing, and this user may not install them: $*" >&2
  echo "Run this once, then run make again:" >&2
  echo "  sudo apt-get update && sudo ${COMMAND[*]}" >&2
  exit 1
fi

if ! command -v apt-get >/dev/null; then
  echo "This machine has no apt-get. Install what Debian calls: $*" >&2
  exit 1
fi
echo "installing Debian packages: $*" >&2
export DEBIAN_FRONTEND=noninteractive
"${PREFIX[@]}" apt-get update --quiet >&2
"${PREFIX[@]}" "${COMMAND[@]}" >&2
