#!/usr/bin/env bash
# Simulates the sequential tests of Statistics: their false alarms and their power. Takes about a minute. Fails if a test does
# not keep its level.
set -euo pipefail
cd "$(dirname "$0")/.."

# Compiled directly: the debug build of the package is too slow for 2,000 runs of each.
binary=.build/simulations
mkdir -p .build
swiftc -O -parse-as-library -swift-version 6 -package-name roost -enable-upcoming-feature ExistentialAny \
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
    -o "$binary" Sources/Foundations/Statistics/*.swift Tests/Simulations/*.swift
"$binary"
