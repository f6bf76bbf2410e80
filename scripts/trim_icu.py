"""Writes Foundation's Unicode data without the languages, character sets and dictionaries that Roost does not use.

Usage: trim_icu.py LIB_FOUNDATIONICU.A DATA ASSEMBLY

The static library of Swift's Foundation contains ICU's data for all languages: 34 MB, a third of the program. Roost prints in English
and reads UTF-8. ASSEMBLY defines the symbol `roost_icu_data` with what is kept, which is in DATA. Prints the name of the symbol that
it replaces. The format is that of ICU's `udata.h` and `ucmndata.cpp`: a header, then a table of contents, then the items.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

MEMBER = "icu_packaged_data.cpp.o"
# Collation, names of languages and regions, numbers in words, transliteration. Formatting numbers and dates fails without the others.
UNUSED_FOLDERS = {"coll", "lang", "rbnf", "region", "translit"}
KEPT_LOCALES = {"root", "en", "en_001", "en_US", "en_US_POSIX"}
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|\d{3}))?(_[A-Z]+)?")
# Every item starts at a multiple of this.
ALIGNMENT = 16


def is_kept(name: str) -> bool:
    """Tells whether an item, such as `icudt76l/zone/de.res`, is kept."""
    _, *folders, file = name.split("/")
    stem, _, kind = file.rpartition(".")
    if kind in ("cnv", "dict") or (folders and folders[0] in UNUSED_FOLDERS):
        return False
    if folders == ["brkitr"] and kind == "brk":
        return "_cj" not in stem and "phrase" not in stem
    return kind != "res" or stem in KEPT_LOCALES or not LOCALE.fullmatch(stem)


def trimmed(package: bytes) -> bytes:
    """Returns the package with the items that are kept."""
    (header,) = struct.unpack_from("<H", package, 0)
    if package[2:4] != b"\xda\x27" or package[12:16] != b"CmnD" or package[8] != 0:
        raise ValueError("the data are not a little-endian package of ICU")
    (count,) = struct.unpack_from("<I", package, header)
    entries = [struct.unpack_from("<II", package, header + 4 + 8 * index) for index in range(count)]
    names = [package[header + at : package.index(b"\0", header + at)].decode() for at, _ in entries]
    ends = [at for _, at in entries[1:]] + [len(package) - header]
    kept = [
        (name, package[header + at : header + end])
        for name, (_, at), end in zip(names, entries, ends, strict=True)
        if is_kept(name)
    ]

    # Names follow the table, and items follow the names, in the order of the names.
    table, text, items = bytearray(struct.pack("<I", len(kept))), bytearray(), bytearray()
    first_name = 4 + 8 * len(kept)
    first_item = aligned(first_name + sum(len(name) + 1 for name, _ in kept))
    for name, item in kept:
        table += struct.pack("<II", first_name + len(text), first_item + len(items))
        text += name.encode() + b"\0"
        items += item.ljust(aligned(len(item)), b"\0")
    body = (table + text).ljust(first_item, b"\xaa") + items
    return package[:header] + bytes(body)


def aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def main(library: str, data: str, assembly: str) -> None:
    """Reads the library and writes the two files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ar", "x", library, MEMBER], cwd=folder, check=True)
        symbols = subprocess.run(["nm", "-g", "--defined-only", MEMBER], cwd=folder, check=True, capture_output=True)
        (symbol,) = re.findall(r"\b(icudt\d+_dat)\b", symbols.stdout.decode())
        subprocess.run(["objcopy", "-O", "binary", "--only-section=.rodata", MEMBER, "data"], cwd=folder, check=True)
        package = (Path(folder) / "data").read_bytes()
    kept = trimmed(package)
    Path(data).write_bytes(kept)
    Path(assembly).write_text(
        f".section .rodata\n.balign {ALIGNMENT}\n.globl roost_icu_data\n.type roost_icu_data, %object\n"
        f'roost_icu_data:\n.incbin "{data}"\n.size roost_icu_data, . - roost_icu_data\n'
        '.section .note.GNU-stack, "", %progbits\n'
    )
    print(symbol)


if __name__ == "__main__":
    main(*sys.argv[1:])
