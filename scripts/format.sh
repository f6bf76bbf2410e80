#!/usr/bin/env bash
# Formats the Swift and Python sources in place.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/venv.sh
git ls-files --cached --others --exclude-standard '*.swift' | grep -vE '\.(pb|generated)\.swift$' |
    xargs swift format format --in-place --parallel
.venv/bin/ruff check --fix --quiet python Examples Benchmarks scripts Tests/EndToEndTests
.venv/bin/ruff format --quiet python Examples Benchmarks scripts Tests/EndToEndTests
