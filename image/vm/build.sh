#!/usr/bin/env bash
# Assembles the image of the worker's virtual machine: kernel, command line and initial file system, the same bytes from
# the same parts; and predicts what it measures where a firmware is given.
#
#   image/vm/build.sh --kernel FILE --init PROGRAM --worker PROGRAM --out FOLDER
#                     [--firmware OVMF [--vcpus NUMBER] [--vcpu TYPE] [--guest-features HEX]]
#
# ADYTON names the command line to assemble and measure with; bin/adyton without it.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
adyton="${ADYTON:-$root/bin/adyton}"
kernel= init= worker= out= firmware= vcpus=2 vcpu=EPYC-v4 features=0x1

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case "$1" in
    --kernel) kernel="$2" ;;
    --init) init="$2" ;;
    --worker) worker="$2" ;;
    --out) out="$2" ;;
    --firmware) firmware="$2" ;;
    --vcpus) vcpus="$2" ;;
    --vcpu) vcpu="$2" ;;
    --guest-features) features="$2" ;;
    *) usage ;;
  esac
  shift 2
done
[ -n "$kernel" ] && [ -n "$init" ] && [ -n "$worker" ] && [ -n "$out" ] || usage

# The libraries of a program, one path a line; none for a static one.
libraries() {
  local found
  if ! found="$(LC_ALL=C ldd "$1" 2>&1)"; then
    case "$found" in *"not a dynamic executable"*) return 0 ;; esac
    echo "$1: $found" >&2
    return 1
  fi
  case "$found" in *"not found"*) echo "$1 lacks a library: $found" >&2; return 1 ;; esac
  printf '%s\n' "$found" | sed -n 's/^.*=> \(\/[^ ]*\) (.*$/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*$/\1/p'
}

needed="$(libraries "$init")"
needed+=$'\n'"$(libraries "$worker")"
parts=(
  --executable "/init=$init"
  --executable "/bin/adyton-worker=$worker"
  --device /dev/console=5:1
  --folder /proc --folder /sys --folder /tmp --folder /data
  --file "/etc/hosts=$root/image/vm/hosts"
  # Written by the kernel when it has an address.
  --link /etc/resolv.conf=/proc/net/pnp
)
while read -r library; do
  if [ -n "$library" ]; then parts+=(--executable "$library=$(readlink -f "$library")"); fi
done < <(printf '%s\n' "$needed" | LC_ALL=C sort -u)

mkdir -p "$out"
out="$(cd "$out" && pwd)"
"$adyton" image initramfs --out "$out/initramfs.cpio" "${parts[@]}"
install -m 0644 "$kernel" "$out/kernel"
install -m 0644 "$root/image/vm/command-line" "$out/command-line"
if [ -n "$firmware" ]; then
  install -m 0644 "$firmware" "$out/firmware.fd"
  given=(--firmware "$out/firmware.fd" --kernel "$out/kernel" --initrd "$out/initramfs.cpio")
  given+=(--append "$(cat "$out/command-line")")
  # A firmware may be for one kind of hardware only.
  if ! "$adyton" image measure --json --kind snp "${given[@]}" \
      --vcpus "$vcpus" --vcpu "$vcpu" --guest-features "$features" > "$out/snp.json"; then
    rm -f "$out/snp.json"; echo "no measurement for SNP with this firmware" >&2
  fi
  if ! "$adyton" image measure --json --kind tdx "${given[@]}" > "$out/tdx.json"; then
    rm -f "$out/tdx.json"; echo "no measurement for TDX with this firmware" >&2
  fi
fi
rm -f "$out/SHA256SUMS"
sums="$(cd "$out" && sha256sum -- *)"
printf '%s\n' "$sums" > "$out/SHA256SUMS"
cat "$out/SHA256SUMS"
