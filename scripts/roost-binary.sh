#!/usr/bin/env bash
# Prints the path of the command: ROOST_BINARY, else the release build, else the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

for binary in "${ROOST_BINARY:-}" "$PWD/.build-release/release/roost" "$PWD/.build/debug/roost"; do
    if [ -n "$binary" ] && [ -x "$binary" ]; then
        echo "$binary"
        exit 0
    fi
done
echo "The command is not built; run 'make build'." >&2
exit 1
