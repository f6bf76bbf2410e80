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
scripts/venv.sh sagemaker1 sagemaker2 sagemaker3
swift build --build-tests
scripts/runtimes.sh

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=0

echo "Swift tests"
if ! swift test --skip-build --xunit-output "$results/swift.xml" >"$results/swift" 2>&1 </dev/null; then
    failed=1
    # Every test passes in a few hundred lines that nobody reads; what failed is shown.
    grep -vE '^[◇✔]' "$results/swift" || true
fi

pytest() {
    .venv/bin/python -m pytest -q --junitxml "$results/$1.xml" "$2" </dev/null | tee "$results/$1"
}

echo "Python SDK tests"
pytest sdk python/tests || failed=1

echo "End-to-end tests"
pytest end-to-end Tests/EndToEndTests || failed=1

echo
# Swift Testing writes its results beside those of XCTest, of which there are none.
.venv/bin/python scripts/check_skips.py "$results"/*.xml || failed=1

# The runners' own last lines, and their sum.
grep -E '^. Test run with' "$results/swift" | tail -n 1 || { echo "Swift's tests did not end."; failed=1; }
for run in sdk end-to-end; do echo "$run: $(tail -n 1 "$results/$run")"; done
.venv/bin/python scripts/check_skips.py --summary "$results"/*.xml
exit "$failed"
