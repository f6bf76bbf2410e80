#!/usr/bin/env bash
# Starts a server on a free port with an empty data folder, runs Examples/demo.py on it, and ends it.
#
# It takes ROOST_BINARY or the release build where there is one, else it makes the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"

scripts/install-deps.sh build
if [ -z "${ROOST_BINARY:-}" ] && [ ! -x .build-release/release/roost ]; then swift build; fi
roost=$(scripts/roost-binary.sh)
scripts/venv.sh
scripts/runtimes.sh onnx xgboost

folder=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ] && kill "$server" 2>/dev/null; then wait "$server" || true; fi
    rm -rf "$folder"
}
trap finish EXIT
# A signal ends the script by way of EXIT.
trap 'exit 130' INT
trap 'exit 143' TERM

"$roost" serve --port 0 --data "$folder/data" >"$folder/output" 2>"$folder/log" </dev/null &
server=$!
url=
for _ in $(seq 300); do
    url=$(sed -n 's/^Roost listens on //p' "$folder/output")
    if [ -n "$url" ] || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
if [ -z "$url" ]; then
    echo "The server did not start:" >&2
    cat "$folder/log" >&2
    exit 1
fi

if ! ROOST_URL=$url PYTHONPATH=python/src .venv/bin/python Examples/demo.py; then
    echo "The demo failed. The last lines of the server's log:" >&2
    tail -n 20 "$folder/log" >&2
    exit 1
fi
