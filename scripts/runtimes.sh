#!/usr/bin/env bash
# Installs missing runtimes into .build/runtimes (or ROOST_RUNTIMES).
#
# Usage: scripts/runtimes.sh [onnx] [xgboost] [tensorflow] [lambda]
# Without arguments, installs all that are published for this machine's processor. Requires the roost command and .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROOST_RUNTIMES="${ROOST_RUNTIMES:-$PWD/.build/runtimes}"

frameworks=("$@")
if [ "${#frameworks[@]}" -eq 0 ]; then
    frameworks=(onnx xgboost lambda)
    # TensorFlow's wheel is published only for x86-64.
    if [ "$(uname -m)" = x86_64 ]; then frameworks+=(tensorflow); fi
fi

missing=()
for framework in "${frameworks[@]}"; do
    compgen -G "$ROOST_RUNTIMES/$framework-*" >/dev/null || missing+=("$framework")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

roost=$(scripts/roost-binary.sh)
"$roost" runtimes install --python "$PWD/.venv/bin/python" "${missing[@]}"
