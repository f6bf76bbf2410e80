#!/usr/bin/env bash
# Makes .venv with what requirements-dev.txt pins; does nothing where that is what it has.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "Roost's tools need Python 3.10 or newer; '$python' is $("$python" --version). Set PYTHON to another." >&2
    exit 1
fi

# The interpreter counts too: another release of Python takes other wheels.
wanted=$("$python" --version && sha256sum requirements-dev.txt)
stamp=.venv/requirements.stamp
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

echo "Making .venv from requirements-dev.txt"
rm -rf .venv
if ! "$python" -m venv .venv; then
    rm -rf .venv
    scripts/install-deps.sh build
    "$python" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
echo "$wanted" >"$stamp"
