#!/usr/bin/env bash
# Follows the README on bare Debian systems in chroots. Clones the committed state. Requires root.
#
# Usage: scripts/fresh.sh [STEP]...
# Steps, in this order by default:
#   source      On Debian 12 with Swift: ./demo, ./test and make dist.
#   wheel       On Debian 12 and 13 with nothing but Python: installs the wheel with pip, and runs roost demo.
#   package     On Debian 12: installs the Debian package.
#   dockerfile  On Debian 12: the steps of the Dockerfile's last stage.
# The last three use the packages that 'source' made, or those in ROOST_DIST. Other words are run as commands in the sources, on
# Debian 12 with Swift. If ROOST_FRESH names a folder, the systems are made there and kept.
#
# The systems use this machine's settings for apt, pip, git and certificates.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=("$@")
if [ "${#steps[@]}" -eq 0 ]; then steps=(source wheel package dockerfile); fi
if [ "$(id -u)" -ne 0 ]; then
    echo "This script must run as root, because it makes a chroot. Run it with sudo." >&2
    exit 1
fi
scripts/install-deps.sh fresh

if [ -n "${ROOST_FRESH:-}" ]; then
    roots=$ROOST_FRESH
    mkdir -p "$roots"
else
    roots=$(mktemp -d)
    trap 'rm -rf --one-file-system "$roots"' EXIT
fi
dist=${ROOST_DIST:-}
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")

# https://www.swift.org/install/linux/tarball/, Debian 12. They include python3 indirectly; it is listed because Roost needs it.
swift_packages=(
    binutils-gold gcc git libcurl4-openssl-dev libedit-dev libicu-dev libncurses-dev libpython3-dev libsqlite3-dev
    libstdc++-12-dev libxml2-dev pkg-config tzdata unzip uuid-dev zlib1g-dev python3
)

# make_root NAME SUITE PACKAGE...: makes the root $roots/NAME, unless it is there.
make_root() {
    local root=$roots/$1 suite=$2 mirror place
    shift 2
    if [ ! -e "$root/usr/bin/apt-get" ]; then
        echo "Making a bare Debian $suite"
        # shellcheck disable=SC2016  # apt expands it.
        mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $(lsb)" 2>/dev/null | head -n 1)
        debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
        rm -f "$root.log"
    fi
    for place in /etc/apt /etc/pip.conf /root/.config/pip /etc/gitconfig /root/.gitconfig /etc/gitignore /etc/resolv.conf \
        /etc/hosts /etc/ssl/certs /usr/local/share/ca-certificates /usr/share/keyrings; do
        if [ -e "$place" ]; then
            mkdir -p "$root$(dirname "$place")"
            rm -rf "${root:?}$place"
            cp -aL "$place" "$root$place"
        fi
    done
    # This machine's sources, for the other release.
    find "$root/etc/apt" -type f \( -name '*.list' -o -name '*.sources' \) -exec sed -i "s/\b$(lsb)\b/$suite/g" {} +
    run "$(basename "$root")" "apt-get update -qq"
    if [ "$#" -gt 0 ]; then
        run "$(basename "$root")" "apt-get install -y -qq --no-install-recommends $* >/dev/null"
    fi
}

# The code name of this machine's Debian.
lsb() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# run NAME COMMAND: runs a command in a root, in namespaces of its own, so that nothing stays mounted or running, however it ends.
run() {
    ROOT=$roots/$1 COMMAND=$2 TOOLCHAIN=$toolchain unshare --mount --pid --fork --kill-child bash -euo pipefail -s <<'INSIDE'
variables=(HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
if [ -e "$ROOT/root/roost" ]; then
    path=$TOOLCHAIN/bin:$path
    for place in "$TOOLCHAIN" /opt; do
        if [ -d "$place" ]; then
            mkdir -p "$ROOT$place"
            mount --bind --read-only "$place" "$ROOT$place" 2>/dev/null || mount --bind "$place" "$ROOT$place"
        fi
    done
fi
variables+=("PATH=$path")
while IFS= read -r name; do variables+=("$name=${!name}"); done < <(
    compgen -e | grep -iE '^(PIP_|SSL_|GIT_SSL)|CERT|_proxy$|^CI$' || true
)
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/tmp"
env -i "${variables[@]}" chroot "$ROOT" bash -c "$COMMAND" </dev/null
INSIDE
}

status=0
# try WHAT NAME COMMAND: runs a command in a root, prints the end of its output, and notes whether it passed.
try() {
    local what=$1 start=$SECONDS outcome=passed
    echo "$what"
    if ! run "$2" "$3" >"$roots/output" 2>&1; then outcome=FAILED status=1; fi
    tail -n 30 "$roots/output" | sed 's/^/    /'
    echo "$what $outcome, after $((SECONDS - start)) s"
}

source_system() {
    if [ -e "$roots/source/root/roost" ]; then return; fi
    make_root source bookworm "${swift_packages[@]}"
    git clone --quiet --no-local . "$roots/source/root/roost"
}

for step in "${steps[@]}"; do
    case $step in
    source)
        source_system
        for command in ./demo ./test; do try "$command" source "cd /root/roost && $command"; done
        try "make dist" source "apt-get install -y -qq make >/dev/null && cd /root/roost && make dist"
        dist=$roots/source/root/roost/dist
        ;;
    wheel)
        for suite in bookworm trixie; do
            make_root "wheel-$suite" "$suite" python3 python3-venv ca-certificates
            cp "$dist"/roost-*.whl "$roots/wheel-$suite/root"
            # What the README says: an environment, and two commands in it. The server ends with the namespace.
            try "The wheel on Debian $suite" "wheel-$suite" \
                "cd && python3 -m venv try && . try/bin/activate && pip install -q roost-*.whl && roost demo && roost pipeline list"
        done
        ;;
    package)
        make_root package bookworm
        cp "$dist"/roost_*.deb "$roots/package/root"
        try "The Debian package" package \
            "cd && apt-get install -y -qq ./roost_*.deb >/dev/null && roost --version && id -nu roost && roost demo --stop"
        ;;
    dockerfile)
        make_root dockerfile bookworm
        mkdir -p "$roots/dockerfile/source/dist"
        cp "$dist"/* "$roots/dockerfile/source/dist"
        try "The steps of the Dockerfile" dockerfile "$(python3 scripts/dockerfile_steps.py)"
        ;;
    *)
        source_system
        try "$step" source "cd /root/roost && $step"
        ;;
    esac
done
exit "$status"
