#!/usr/bin/env bash
# Fuzzes targets with libFuzzer and AddressSanitizer: scripts/fuzz.sh SECONDS|"" TARGET..|all
#
# A single target runs until it finds something or is stopped, or for SECONDS. Several run in turn, each for SECONDS (60
# if there are none), and a finding in one does not keep the others from running. The project's own toolchain does it.
# Inputs that reach something new are kept for the next time, outside the checkout: recorded evidence, where it is
# there, is among the seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What reads evidence and the shared types is built alone; the other two only for targets of theirs (fuzz/Cargo.toml).
base=(
  quote quote_chain collateral collateral_document collateral_stored snp_report snp_certificate snp_revocation_list
  nitro_document nitro_certificate azure_report azure_runtime_data azure_file nvidia_report nvidia_chain
  nvidia_manifest nvidia_response nvidia_bundle tpm_quote tpm_signature tpm_key tpm_chain tpm_file cca_token cca_file
  event_log event_log_dstack certificate evidence
  statement call_fields manifest record key_label receipt opened_receipt anchor_proof merkle_path
  snp_evidence device_evidence streamed_answer judgement_request
)
network=(
  guest_table nsm_answer vtpm_answer call finality storage_proof rpc_answer address release_request release_answer
  commitments partial sealed_secret bundle network_file opened_answer sealed_answer gateway_answer
)
worker=(
  sealed_object journal inspection core_module cron generated_component generated_contract sql_statement
  database_answers
)

seconds="${1:-}"
shift || true
chosen=("$@")
if [ "${chosen[*]}" = all ]; then chosen=("${base[@]}" "${network[@]}" "${worker[@]}"); fi

features=
for target in "${chosen[@]:-}"; do
  case " ${base[*]} | ${network[*]} | ${worker[*]} " in
    *" $target "*"|"*"|"*) ;;
    *"|"*" $target "*"|"*) features="${features:-network}" ;;
    *"|"*"|"*" $target "*) features=worker ;;
    *)
      echo "fuzz: name targets or all, as in: make fuzz TARGET=quote SECONDS=60. The targets are:" >&2
      printf '  %s\n' "${base[@]}" "${network[@]}" "${worker[@]}" >&2
      exit 2
      ;;
  esac
done
if [ ${#chosen[@]} -gt 1 ]; then seconds="${seconds:-60}"; fi

if ! command -v c++ >/dev/null; then
  echo "fuzz: libFuzzer is compiled with a C++ compiler, and there is none. Run: sudo apt-get install g++" >&2
  exit 1
fi

flags=(-Cpasses=sancov-module)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=("-Cllvm-args=-sanitizer-coverage-$option")
done
if compgen -G "$(rustc --print target-libdir)/librustc-*_rt.asan.a" >/dev/null; then
  # The flag counts as unstable, and so has to be allowed; the compiler is the same.
  flags+=(-Zsanitizer=address)
  export RUSTC_BOOTSTRAP=1
else
  echo "fuzz: this toolchain has no AddressSanitizer, so single allocations are not limited" >&2
fi

targets="${ADYTON_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/adyton/target}"
host="$(rustc -vV | sed -n 's/^host: //p')"
scripts/own-target.sh "$targets/fuzz"
# The same versions as the programs have; cargo adds libfuzzer-sys to them.
lock=fuzz/libfuzzer/Cargo.lock
if [ ! -e "$lock" ] || [ Cargo.lock -nt "$lock" ]; then cp Cargo.lock "$lock"; fi
# With a target named, the flags are not for what runs during the build.
CARGO_TARGET_DIR="$targets/fuzz" RUSTFLAGS="${flags[*]}" \
  cargo build --release --target "$host" --manifest-path fuzz/libfuzzer/Cargo.toml --features "$features"
program="$targets/fuzz/$host/release/adyton-libfuzzer"

# What is still allocated at the end is not looked for: it is what is made once.
export ASAN_OPTIONS="detect_leaks=0:detect_odr_violation=0:quarantine_size_mb=16"
findings="$targets/fuzz-findings"
limits=(-rss_limit_mb=1024 -malloc_limit_mb=64 -timeout=60)
mkdir -p "$findings"
failed=()
for target in "${chosen[@]}"; do
  corpus="$targets/fuzz-corpus/$target"
  mkdir -p "$corpus"
  echo "fuzz: $target"
  status=0
  ADYTON_FUZZ_TARGET="$target" ADYTON_FUZZ_SEEDS="$corpus" "$program" "${limits[@]}" \
    -max_total_time="${seconds:-0}" -print_final_stats=1 -dict=fuzz/libfuzzer/dictionary.txt \
    -artifact_prefix="$findings/$target-" "$corpus" || status=$?
  case "$status" in
    0) ;;
    72) exit 130 ;; # somebody stopped it
    *) failed+=("$target") ;;
  esac
done

if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: findings in ${failed[*]}. To run one again: ADYTON_FUZZ_TARGET=${failed[0]} $program $findings/FILE" >&2
  exit 1
fi
