#!/usr/bin/env bash
# Runs the README's two commands on a bare Debian 12 in a chroot: the base system, the packages that swift.org lists for the
# toolchain, python3, and nothing else. Clones the committed state into it. Requires root.
#
# Usage: scripts/fresh.sh [COMMAND]...
# Without commands, runs ./demo and ./test. If ROOST_FRESH names a folder, the chroot is made there and kept.
#
# The chroot uses this machine's settings for apt, pip, git and certificates.
set -euo pipefail
cd "$(dirname "$0")/.."
commands=("$@")
if [ "${#commands[@]}" -eq 0 ]; then commands=(./demo ./test); fi
if [ "$(id -u)" -ne 0 ]; then
    echo "This script must run as root, because it makes a chroot. Run it with sudo." >&2
    exit 1
fi
scripts/install-deps.sh fresh

# https://www.swift.org/install/linux/tarball/, Debian 12. They include python3 indirectly; it is listed because Roost needs it.
packages=(
    binutils-gold gcc git libcurl4-openssl-dev libedit-dev libicu-dev libncurses-dev libpython3-dev libsqlite3-dev
    libstdc++-12-dev libxml2-dev pkg-config tzdata unzip uuid-dev zlib1g-dev python3
)

if [ -n "${ROOST_FRESH:-}" ]; then
    root=$ROOST_FRESH
    mkdir -p "$root"
else
    root=$(mktemp -d)
    trap 'rm -rf --one-file-system "$root"' EXIT
fi
echo "Making a bare Debian 12 in $root"

# A separate mount namespace, so that nothing stays mounted, however this ends.
export ROOST_FRESH_ROOT=$root ROOST_FRESH_PACKAGES="${packages[*]}" ROOST_FRESH_SOURCE=$PWD
unshare --mount --pid --fork --kill-child bash -euo pipefail -s -- "${commands[@]}" <<'INSIDE'
root=$ROOST_FRESH_ROOT

if [ ! -e "$root/usr/bin/apt-get" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 2>/dev/null | head -n 1)
    debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
    rm -f "$root.log"
fi

copy() {
    for place in "$@"; do
        if [ -e "$place" ]; then
            mkdir -p "$root$(dirname "$place")"
            rm -rf "${root:?}$place"
            cp -aL "$place" "$root$place"
        fi
    done
}
copy /etc/apt /etc/pip.conf /root/.config/pip /etc/gitconfig /root/.gitconfig /etc/gitignore /etc/resolv.conf /etc/hosts
copy /etc/ssl/certs /usr/local/share/ca-certificates /usr/share/keyrings

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
for place in "$toolchain" /opt; do
    if [ -d "$place" ]; then
        mkdir -p "$root$place"
        mount --bind --read-only "$place" "$root$place" 2>/dev/null || mount --bind "$place" "$root$place"
    fi
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"

variables=(HOME=/root LANG=C.UTF-8 "PATH=$toolchain/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
while IFS= read -r name; do variables+=("$name=${!name}"); done < <(
    compgen -e | grep -iE '^(PIP_|SSL_|GIT_SSL)|CERT|_proxy$|^CI$' || true
)
inside() { env -i "${variables[@]}" chroot "$root" bash -c "$1"; }

echo "Installing the packages that swift.org lists, and python3"
inside "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $ROOST_FRESH_PACKAGES >/dev/null"
rm -rf "$root/root/roost"
git clone --quiet --no-local "$ROOST_FRESH_SOURCE" "$root/root/roost"

status=0
for command in "$@"; do
    echo "$command"
    start=$SECONDS
    if inside "cd /root/roost && $command" >"$root/output" 2>&1 </dev/null; then outcome=passed; else outcome=FAILED status=1; fi
    tail -n 25 "$root/output" | sed 's/^/    /'
    echo "$command $outcome, after $((SECONDS - start)) s"
done
exit "$status"
INSIDE
