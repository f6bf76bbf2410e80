#!/usr/bin/env bash
# Makes a virtual environment from a requirements file. Does nothing if the environment is up to date.
#
# Usage: scripts/venv.sh [NAME]...
# Without a name, makes .venv from requirements-dev.txt. NAME makes .venv-NAME from requirements-NAME.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "Roost's tools need Python 3.10 or newer, but '$python' is $("$python" --version). Set PYTHON to a newer one." >&2
    exit 1
fi

make_environment() {
    local folder=$1 requirements=$2 wanted
    # The Python version is part of the stamp, because each version needs its own wheels.
    wanted=$("$python" --version && sha256sum "$requirements")
    if [ -f "$folder/requirements.stamp" ] && [ "$(cat "$folder/requirements.stamp")" = "$wanted" ]; then
        return
    fi
    echo "Making $folder from $requirements"
    rm -rf "$folder"
    if ! "$python" -m venv "$folder"; then
        rm -rf "$folder"
        scripts/install-deps.sh build
        "$python" -m venv "$folder"
    fi
    local options=(--quiet --disable-pip-version-check)
    # A requirements file that mentions --no-deps lists all dependencies itself.
    if grep -q '^#.*--no-deps' "$requirements"; then options+=(--no-deps); fi
    "$folder/bin/python" -m pip install "${options[@]}" --requirement "$requirements"
    echo "$wanted" >"$folder/requirements.stamp"
}

if [ "$#" -eq 0 ]; then make_environment .venv requirements-dev.txt; fi
for name in "$@"; do make_environment ".venv-$name" "requirements-$name.txt"; done
