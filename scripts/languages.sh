#!/usr/bin/env bash
# The languages beside Rust: those of contracts, and the browser's.
#
#   scripts/languages.sh lacks LANGUAGE   says what this machine lacks to build contracts in js, ts or python, and how to
#                                         get it; fails where it lacks nothing
#   scripts/languages.sh test             runs the tests of the SDKs and of the examples in these languages, those of the
#                                         verifier for browsers in a browser too (scripts/web.sh compiles it), and the
#                                         examples' scenarios in the engine by the programs in ADYTON_BIN (bin/); fails
#                                         where a folder of them has none to run. Where the tools are missing they are
#                                         skipped, but not in CI.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lacks() {
  case "$1" in
    rust) return 1 ;;
    js | ts) lacks_node ;;
    python) lacks_python ;;
    browser) lacks_browser ;;
    *)
      echo "there is no language '$1'"
      ;;
  esac
}

lacks_node() {
  if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then
    echo "Node.js 20 or newer with npm, from nodejs.org, or on Debian 13 or newer: apt-get install nodejs npm"
    return
  fi
  return 1
}

# As sdk/web/tests/browser.js looks for one.
lacks_browser() {
  local program programs=(chromium chromium-browser google-chrome)
  if [ -n "${ADYTON_CHROMIUM:-}" ]; then programs=("$ADYTON_CHROMIUM"); fi
  for program in "${programs[@]}"; do
    if "$program" --version >/dev/null 2>&1; then return 1; fi
  done
  echo "Chromium; on Debian: apt-get install chromium"
}

lacks_python() {
  if ! python3 -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "Python 3.10 or newer with its module venv; on Debian: apt-get install python3 python3-venv"
    return
  fi
  return 1
}

# Succeeds where there are tools for a language. In CI there have to be.
can() {
  local what
  if ! what="$(lacks "$1")"; then return 0; fi
  echo "skipped: tests of $1; there is no $what"
  if [ "${CI:-}" = true ]; then outcome=1; fi
  return 1
}

# Runs a command in a folder, and sums up in cargo's words what its tests came to.
tests() {
  local folder="$1" log status=0 passed failed
  shift
  log="$(mktemp)"
  echo "     Running tests in $folder"
  (cd "$folder" && "$@") >"$log" 2>&1 || status=$?
  read -r passed failed < <(awk '
    /^# pass [0-9]+$/ { passed += $3 }
    /^# fail [0-9]+$/ { failed += $3 }
    /^Ran [0-9]+ tests? in / { ran += $2 }
    /^[0-9]+ scenarios?: [0-9]+ passed, [0-9]+ failed$/ { passed += $3; failed += $5 }
    /^FAILED \(/ { while (match($0, /(failures|errors)=[0-9]+/)) {
      failed += substr($0, index($0, "=") + 1) + 0; $0 = substr($0, RSTART + RLENGTH) } }
    END { if (ran) passed += ran - failed; print passed + 0, failed + 0 }' "$log")
  # Not every runner calls it a failure when it finds nothing to run.
  if [ "$status" -eq 0 ] && [ "$((passed + failed))" -eq 0 ]; then
    echo "no test ran in $folder" >>"$log"
    status=1
  fi
  if [ "$status" -ne 0 ]; then
    cat "$log"
    outcome=1
    [ "$failed" -gt 0 ] || failed=1
  fi
  rm -f "$log"
  echo "test result: $([ "$status" -eq 0 ] && echo ok || echo FAILED). $passed passed; $failed failed"
}

node_tests() {
  # The lines that are counted above.
  NODE_OPTIONS=--test-reporter=tap tests "$1" bash -c 'npm ci --ignore-scripts --no-audit --no-fund && npm test'
}

# What says the same wherever it runs, then what only a browser shows.
web_tests() {
  NODE_OPTIONS=--test-reporter=tap tests sdk/web npm test
  if can browser; then NODE_OPTIONS=--test-reporter=tap tests sdk/web npm run test:browser; fi
}

python_tests() {
  # Without -B the interpreter would leave its own files beside the sources.
  PYTHONPATH="../../sdk/python:src" tests "$1" python3 -B -m unittest discover tests
}

# The example's scenarios, in the engine.
scenarios() {
  if ! ls "$1"/tests/*.toml >/dev/null 2>&1; then return; fi
  tests "$1" "${ADYTON_BIN:-$PWD/bin}/adyton" test
}

# The examples in one of the languages that are named.
examples() {
  local manifest
  for manifest in examples/*/adyton.toml; do
    if grep -qE "^language = \"($1)\"$" "$manifest"; then dirname "$manifest"; fi
  done
}

test_all() {
  local example
  outcome=0
  if can js; then
    node_tests sdk/js/tests
    web_tests
    for example in $(examples 'js|ts'); do
      node_tests "$example"
      scenarios "$example"
    done
  fi
  if can python; then
    python_tests sdk/python
    for example in $(examples python); do
      python_tests "$example"
      scenarios "$example"
    done
  fi
  return "$outcome"
}

case "${1:-}" in
  lacks) lacks "$2" ;;
  test) test_all ;;
  *)
    echo "usage: scripts/languages.sh lacks LANGUAGE | test" >&2
    exit 2
    ;;
esac
