#!/usr/bin/env bash
# Installs missing Debian or Ubuntu packages. If none is missing, quickly does nothing.
#
# Usage: scripts/install-deps.sh GROUP...
#   build    for the build and the demo
#   test     additionally for the tests
#   browser  a browser, for the tests of what web pages can do
#   bench    for the benchmarks
#   lint     for the checks
#   release  additionally for the release build
#   fresh    for fresh.sh
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "Roost needs Swift 6.2 or newer, but 'swift' is not in the PATH. See https://www.swift.org/install/linux/" >&2
    exit 1
fi

# The package of each missing command or file.
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
        # Debian packages the modules for virtual environments separately.
        python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
        ;;
    test)
        # The examples in the documents use curl.
        need_command curl curl
        need_file "/usr/lib/*/faketime/libfaketime.so.1" faketime
        # A proxy in front of the server, with a certificate.
        need_file "/usr/sbin/nginx" nginx-light
        need_command openssl openssl
        need_command rclone rclone
        ;;
    browser)
        # Ubuntu's chromium package only installs a snap; an existing browser works as well.
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
    release)
        need_command ar binutils
        need_file "/usr/lib/*/libbz2.a" libbz2-dev
        need_file "/usr/lib/*/liblzma.a" liblzma-dev
        need_file "/usr/lib/*/libzstd.a" libzstd-dev
        need_file "/usr/lib/*/libnettle.a" nettle-dev
        ;;
    fresh)
        need_command debootstrap debootstrap
        ;;
    *)
        echo "Unknown group '$group'. Expected one of: build, test, browser, bench, lint, release, fresh." >&2
        exit 2
        ;;
    esac
done

[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing packages (by their Debian names): ${missing[*]}. Install them, then run this again." >&2
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

# The nginx package starts a web server on port 80, but the tests and the benchmarks start their own.
if [[ " ${missing[*]} " == *" nginx-light "* ]]; then
    "${as_root[@]}" service nginx stop >/dev/null 2>&1 || true
fi
