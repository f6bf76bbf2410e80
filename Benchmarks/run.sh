#!/usr/bin/env bash
# Measures the release build; see bench.py, s3.py, training.py, transform.py and tuning.py. All of them run, whichever fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"
# Training, transform and tuning are compared with Python's XGBoost.
scripts/venv.sh
python="${ROOST_PYTHON:-.venv/bin/python}"
failed=0
python3 Benchmarks/bench.py "$@" || failed=1
for benchmark in s3 training transform tuning; do "$python" "Benchmarks/$benchmark.py" || failed=1; done
exit "$failed"
