#!/usr/bin/env bash
# Runs all benchmarks of the release build, even if one fails: bench.py, s3.py, training.py, transform.py, tuning.py, report.py,
# assays.py, releases.py, invocations.py and console.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"
# The environment has Python's XGBoost, which training and transform are compared with.
scripts/venv.sh
python="${ROOST_PYTHON:-.venv/bin/python}"
# Benchmarks/page.py writes these results into docs/benchmarks.md.
export ROOST_BENCHMARKS="$PWD/.build/benchmarks.jsonl"
mkdir -p .build
rm -f "$ROOST_BENCHMARKS"
failed=0
python3 Benchmarks/bench.py "$@" || failed=1
for benchmark in s3 training transform tuning report assays releases invocations console; do "$python" "Benchmarks/$benchmark.py" || failed=1; done
exit "$failed"
