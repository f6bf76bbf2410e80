#!/usr/bin/env bash
# Runs all tests: Swift's, the Python SDK's, and those that drive the real server with real runtimes.
#
# With CI set, a test that was skipped although its part should have run is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"
export ROOST_BINARY="$PWD/.build/debug/roost"
export ROOST_REQUIRE_RUNTIMES=1

scripts/install-deps.sh build
scripts/venv.sh
swift build --build-tests
scripts/runtimes.sh

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=0

echo "Swift tests"
swift test --skip-build >"$results/swift" 2>&1 || failed=1
# Every test passes in a few hundred lines that nobody reads; what failed is shown.
if [ "$failed" -ne 0 ]; then grep -vE '^[◇✔]' "$results/swift" || true; fi

echo "Python SDK tests"
.venv/bin/python -m pytest -q -rs --junitxml "$results/sdk.xml" python/tests || failed=1

echo "End-to-end tests"
.venv/bin/python -m pytest -q -rs --junitxml "$results/end-to-end.xml" Tests/EndToEndTests || failed=1

.venv/bin/python scripts/check_skips.py "$results/sdk.xml" "$results/end-to-end.xml" || failed=1

echo
grep -E '^. Test run with' "$results/swift" | tail -n 1 || { echo "Swift's tests did not end."; failed=1; }
.venv/bin/python scripts/check_skips.py --summary "$results/sdk.xml" "$results/end-to-end.xml"
exit "$failed"
