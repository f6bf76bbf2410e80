#!/usr/bin/env bash
# Measures the release build; see bench.py, s3.py, training.py, transform.py and tuning.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"
python3 Benchmarks/bench.py "$@"
python3 Benchmarks/s3.py
"${ROOST_PYTHON:-.venv/bin/python}" Benchmarks/training.py
"${ROOST_PYTHON:-.venv/bin/python}" Benchmarks/transform.py
python3 Benchmarks/tuning.py
