#!/usr/bin/env bash
# Measures the release build; see bench.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"
exec python3 Benchmarks/bench.py "$@"
