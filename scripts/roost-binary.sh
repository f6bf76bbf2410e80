#!/usr/bin/env bash
# Prints the path of the roost command: ROOST_BINARY, the release build or the debug build, whichever exists first.
set -euo pipefail
cd "$(dirname "$0")/.."

for binary in "${ROOST_BINARY:-}" "$PWD/.build-release/release/roost" "$PWD/.build/debug/roost"; do
    if [ -n "$binary" ] && [ -x "$binary" ]; then
        echo "$binary"
        exit 0
    fi
done
echo "The roost command is not built. Run 'make build'." >&2
exit 1
