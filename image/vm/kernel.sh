#!/usr/bin/env bash
# Builds the worker's kernel from a folder with Linux's source, the same bytes for the same source and compiler.
#
#   image/vm/kernel.sh SOURCE BUILD
#
# SOURCE is Linux 6.12 or later, and is not changed; the kernel is BUILD/arch/x86/boot/bzImage.
set -euo pipefail

if [ $# -ne 2 ]; then echo "usage: image/vm/kernel.sh SOURCE BUILD" >&2; exit 2; fi
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source="$(cd "$1" && pwd)"
mkdir -p "$2"
build="$(cd "$2" && pwd)"

# What the kernel would otherwise take from this machine and this moment.
export KBUILD_BUILD_TIMESTAMP="1970-01-01 00:00:00 UTC" KBUILD_BUILD_USER=adyton KBUILD_BUILD_HOST=adyton
export KBUILD_BUILD_VERSION=1 LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0

make -C "$source" O="$build" ARCH=x86_64 tinyconfig
(cd "$source" && scripts/kconfig/merge_config.sh -m -O "$build" "$build/.config" "$here/kernel.config")
make -C "$source" O="$build" ARCH=x86_64 olddefconfig

# An option that this source does not know, or does not take, would be missing without a word.
missing=0
while read -r line; do
  case "$line" in
    CONFIG_*) grep -qxF "$line" "$build/.config" || { echo "not taken: $line" >&2; missing=1; } ;;
    "# CONFIG_"*" is not set")
      name="${line#\# }"
      if grep -q "^${name% is not set}=" "$build/.config"; then echo "not taken: $line" >&2; missing=1; fi ;;
  esac
done < "$here/kernel.config"
[ "$missing" -eq 0 ] || exit 1

make -C "$source" O="$build" ARCH=x86_64 -j "${JOBS:-$(nproc)}" bzImage
sha256sum "$build/arch/x86/boot/bzImage"
