#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing; does nothing, quickly, where all are there.
#
# Usage: scripts/install-deps.sh GROUP...
#   build    what the build and the demo need
#   test     what the tests need beside that
#   browser  a browser, for the tests of what web pages can do
#   bench    what the benchmarks need
#   lint     what the checks need
#   fresh    what it takes to make a bare machine
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "Roost needs Swift 6.2 or newer, and 'swift' is not in the PATH. See https://www.swift.org/install/linux/" >&2
    exit 1
fi

# A package for each thing that is not there.
missing=()
need_command() { command -v "$1" >/dev/null || missing+=("$2"); }
need_file() { compgen -G "$1" >/dev/null || missing+=("$2"); }

for group in "$@"; do
    case $group in
    build)
        need_command git git
        need_command pkg-config pkg-config
        need_command python3 python3
        need_file "/etc/ssl/certs/ca-certificates.crt" ca-certificates
        need_file "/usr/include/c++/*/vector" g++
        need_file "/usr/include/sqlite3.h" libsqlite3-dev
        need_file "/usr/include/archive.h" libarchive-dev
        need_file "/usr/include/zlib.h" zlib1g-dev
        # Debian ships Python without the part that makes virtual environments.
        python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
        ;;
    test)
        # The examples of the documents use it.
        need_command curl curl
        need_file "/usr/lib/*/faketime/libfaketime.so.1" faketime
        ;;
    browser)
        # Ubuntu's package of this name is an installer of another one; a browser that is there is as good.
        if ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
            need_command chromium chromium
        fi
        ;;
    bench)
        need_command curl curl
        need_command make make
        need_command wrk wrk
        need_file "/usr/sbin/nginx" nginx-light
        ;;
    lint)
        need_command shellcheck shellcheck
        ;;
    fresh)
        need_command debootstrap debootstrap
        ;;
    *)
        echo "Unknown group '$group'. Expected one of: build, test, browser, bench, lint, fresh." >&2
        exit 2
        ;;
    esac
done

[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These are missing, by their names in Debian: ${missing[*]}. Install them, and run this again." >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "As root, run: apt-get update && apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" </dev/null

# The package starts a web server on port 80; the benchmarks start their own.
if [[ " ${missing[*]} " == *" nginx-light "* ]]; then
    "${as_root[@]}" service nginx stop >/dev/null 2>&1 || true
fi
