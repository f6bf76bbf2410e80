#!/usr/bin/env bash
# Checks formatting, imports, types, scripts, language, links, file sizes and the changelog. Runs all checks, even if one fails.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build lint
scripts/venv.sh
scripts/venv.sh site

sources() { git ls-files --cached --others --exclude-standard "$@" | grep -vE '\.(pb|generated)\.swift$'; }

swift_format() { sources '*.swift' | xargs swift format lint --strict --parallel; }
sdk_types() (cd python && ../.venv/bin/mypy src)
shell() { sources '*.sh' .ci/run demo test | xargs shellcheck; }
spelling() { sources | xargs .venv/bin/codespell; }

sizes() {
    # The manifest is one list, which grows with every target.
    sources '*.swift' '*.py' '*.sh' '*.c' '*.cpp' '*.h' | grep -v '^Package.swift$' | xargs wc -l |
        awk '$2 != "total" && $1 > 400 { print; bad = 1 } END { exit bad }'
}

release() {
    local version
    version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/App/ServerApp/Server.swift)
    if ! grep -q "^## $version" CHANGELOG.md; then
        echo "CHANGELOG.md has no section for $version."
        return 1
    elif ! grep -q "^version = \"$version\"$" python/pyproject.toml; then
        echo "The version in python/pyproject.toml is not $version."
        return 1
    fi
}

failed=0
python_files=(Examples Benchmarks scripts Tests/EndToEndTests)

echo "Swift: formatting and rules"
swift_format || failed=1

echo "Swift: imports follow the declared dependencies"
for product in roost roostPackageTests; do
    swift build --product "$product" --explicit-target-dependency-import-check error || failed=1
done

echo "Imports: declared, used, and only by those who may"
.venv/bin/python scripts/check_imports.py || failed=1

echo "Swift: arithmetic that could crash the process"
.venv/bin/python scripts/check_traps.py || failed=1

echo "Python: rules, formatting and types"
.venv/bin/ruff check python "${python_files[@]}" || failed=1
.venv/bin/ruff format --check python "${python_files[@]}" || failed=1
sdk_types || failed=1
# The scripts that make the example models are not checked, because they need frameworks that are not installed.
.venv/bin/mypy Benchmarks scripts Tests/EndToEndTests || failed=1

echo "Shell"
shell || failed=1

echo "Language: spelling and banned phrases"
spelling || failed=1
.venv/bin/python scripts/check_language.py || failed=1

echo "Site: the documents render, and their links lead somewhere"
.venv/bin/python scripts/make_site.py || failed=1

echo "Sizes: a file of more than 400 lines should be split"
sizes || failed=1

echo "Release: the changelog and the SDK have the current version"
release || failed=1

exit "$failed"
