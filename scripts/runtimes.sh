#!/usr/bin/env bash
# Installs runtimes into .build/runtimes (or ROOST_RUNTIMES), those that are not there yet.
#
# Usage: scripts/runtimes.sh [onnx] [xgboost] [tensorflow]
# Without arguments it installs all that are published for this machine's processor. The server must be built, and .venv made.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"

frameworks=("$@")
if [ "${#frameworks[@]}" -eq 0 ]; then
    frameworks=(onnx xgboost)
    # Its wheel is published for x86-64 only.
    if [ "$(uname -m)" = x86_64 ]; then frameworks+=(tensorflow); fi
fi

missing=()
for framework in "${frameworks[@]}"; do
    compgen -G "$ROOST_RUNTIMES/$framework-*" >/dev/null || missing+=("$framework")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

roost=$(scripts/roost-binary.sh)
"$roost" runtimes install --python "$PWD/.venv/bin/python" "${missing[@]}"
