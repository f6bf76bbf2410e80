#!/usr/bin/env bash
# Makes the release build, .build-release/release/roost. It needs only the C and C++ libraries of the system it runs on.
#
# SQLite, libarchive, zlib and Swift's own libraries are linked into the program. Unused code is left out, and so are Foundation's
# data for languages other than English.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build release

scratch=$PWD/.build-release
static=$scratch/static
mkdir -p "$static"

# Given a folder without shared libraries, the linker takes the static ones.
for library in archive sqlite3 z nettle lzma zstd bz2; do
    ln -sf "$(cc -print-file-name="lib$library.a")" "$static/lib$library.a"
done
# The data that ICU gets instead of its own, which the linker then leaves out.
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
icu=$toolchain/lib/swift_static/linux/lib_FoundationICU.a
data_symbol=$(python3 scripts/trim_icu.py "$icu" "$static/icu.dat" "$static/icu.s")
cc -c "$static/icu.s" -o "$static/icu.o"
cc -O2 -c scripts/arc4random_buf.c -o "$static/arc4random_buf.o"

# SwiftPM reads these files before those of the system, and the linker searches their folder first.
cat >"$static/libarchive.pc" <<PC
Name: libarchive
Description: libarchive as a static library, with what it needs to read and write tar, zip and gzip
Version: 3
Libs: -L$static -larchive -lnettle -llzma -lzstd -lbz2
PC
cat >"$static/zlib.pc" <<PC
Name: zlib
Description: zlib as a static library
Version: 1
Libs: -L$static -lz
PC
export PKG_CONFIG_PATH=$static${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}

# Each function has a section of its own, and none is for other programs, so that the linker can leave out what is not used.
swift build -c release --scratch-path "$scratch" --product roost --static-swift-stdlib \
    -Xswiftc -enforce-exclusivity=unchecked \
    -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -Xfrontend -Xswiftc -internalize-at-link \
    -Xcc -ffunction-sections -Xcc -fdata-sections \
    -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic -Xlinker --icf=safe \
    -Xlinker "$static/arc4random_buf.o" -Xlinker "$static/icu.o" -Xlinker "--defsym=$data_symbol=roost_icu_data"
