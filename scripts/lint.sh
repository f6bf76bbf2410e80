#!/usr/bin/env bash
# Checks format, imports, types, scripts, file sizes and the changelog.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build lint
scripts/venv.sh

echo "Swift: format and rules"
complaints=$(swift format lint --strict --parallel --recursive Package.swift Sources Tests 2>&1 |
    { grep -v '\.pb\.swift:' || true; })
if [ -n "$complaints" ]; then
    echo "$complaints"
    exit 1
fi

echo "Swift: imports follow the declared dependencies"
swift build --build-tests --explicit-target-dependency-import-check error

echo "Python: rules and types"
python_files=(Examples/*.py Benchmarks/*.py scripts/*.py Tests/EndToEndTests)
.venv/bin/ruff check python "${python_files[@]}"
.venv/bin/mypy --strict --python-executable .venv/bin/python python/src

echo "Shell"
shellcheck scripts/*.sh .ci/run

echo "Sizes: a file past 400 lines holds two ideas"
git ls-files '*.swift' '*.py' '*.sh' | { grep -v '\.pb\.swift$' || true; } | xargs wc -l |
    awk '$2 != "total" && $1 > 400 { print; bad = 1 } END { exit bad }'

echo "The changelog knows the release"
version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/ServerApp/Server.swift)
grep -q "^## $version" CHANGELOG.md || { echo "CHANGELOG.md has no section for $version."; exit 1; }
