#!/usr/bin/env bash
# Packages the program: a wheel with the roost command and the Python SDK, a tarball, and a Debian package.
#
# Usage: scripts/dist.sh [PROGRAM CHECKOUTS FOLDER]
# Without arguments, makes the release build and packages it into dist. CHECKOUTS has the sources of the packages in PROGRAM.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-.build-release/release/roost}
checkouts=${2:-.build-release/checkouts}
dist=${3:-dist}
if [ "$#" -eq 0 ]; then scripts/release.sh; fi
scripts/venv.sh

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' python/pyproject.toml)
# Equal sources give equal files.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$dist"
mkdir -p "$dist"

# The same files in each package: bin/roost, and what belongs to it in share.
stage=$work/roost-$version-linux-$(uname -m)
mkdir -p "$stage/bin" "$stage/share/roost" "$stage/share/doc/roost"
strip --strip-all "$program" -o "$stage/bin/roost"
git -c tar.umask=022 archive HEAD:Examples --prefix=examples/ models data pipeline.yaml first-pipeline.ipynb notebooks | tar -x -C "$stage/share/roost"
cp LICENSE CHANGELOG.md "$stage/share/doc/roost"
cp deploy/roost.service "$stage/share/roost"
python3 scripts/notices.py "$checkouts" >"$stage/share/doc/roost/THIRD-PARTY-NOTICES"
completions() {
    mkdir -p "$stage/share/$2"
    "$stage/bin/roost" --generate-completion-script "$1" >"$stage/share/$2/$3"
}
completions bash bash-completion/completions roost
completions zsh zsh/site-functions _roost
completions fish fish/vendor_completions.d roost.fish

# The newest version of the C library that the program needs is the one in the wheel's tag.
library=$(objdump -T "$stage/bin/roost" | grep -oP 'GLIBC_2\.\K\d+' | sort -n | tail -n 1)
ROOST_STAGE=$stage ROOST_PLATFORM=manylinux_2_${library}_$(uname -m) \
    .venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$dist" ./python

tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    -cf - "$(basename "$stage")" | gzip -9n >"$dist/$(basename "$stage").tar.gz"

package=$work/package
mkdir -p "$package/DEBIAN" "$package/usr" "$package/usr/lib/systemd/system"
cp -a "$stage/bin" "$stage/share" "$package/usr"
sed -i "s|/usr/local/bin|/usr/bin|" "$package/usr/share/roost/roost.service"
mv "$package/usr/share/roost/roost.service" "$package/usr/lib/systemd/system"
mv "$package/usr/share/doc/roost/LICENSE" "$package/usr/share/doc/roost/copyright"
mv "$package/usr/share/zsh/site-functions" "$package/usr/share/zsh/vendor-completions"
install -m 755 deploy/debian/postinst deploy/debian/postrm "$package/DEBIAN"
architecture=$(dpkg --print-architecture)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@GLIBC@/2.$library/" \
    -e "s/@SIZE@/$(du -sk "$package/usr" | cut -f 1)/" deploy/debian/control >"$package/DEBIAN/control"
dpkg-deb --root-owner-group --build "$package" "$dist/roost_${version}_$architecture.deb" >/dev/null

du --apparent-size --block-size=1M "$stage/bin/roost" "$dist"/* | awk '{ sub(".*/", "", $2); print $1 " MiB  " $2 }'
