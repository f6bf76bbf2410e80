"""Prints the licenses of everything that is linked into the roost program.

Usage: notices.py CHECKOUTS, the folder of the Swift packages' sources. Packages with the same license text share it.
"""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from pathlib import Path

# The Debian packages of the libraries that scripts/release.sh links.
SYSTEM_LIBRARIES = [
    "libarchive-dev",
    "libbz2-dev",
    "liblzma-dev",
    "libsqlite3-dev",
    "libzstd-dev",
    "nettle-dev",
    "zlib1g-dev",
]


def license_files(folder: Path) -> list[Path]:
    """Returns the files in a package's root that state its license."""
    return sorted(file for file in folder.iterdir() if file.name.lower().startswith(("license", "notice", "copying")))


def main(checkouts: str) -> None:
    """Prints each text once, under the names of what it covers."""
    swift = shutil.which("swift")
    assert swift, "swift is in the PATH of every build"
    files = {"Swift, with Foundation and ICU": [Path(swift).resolve().parents[1] / "share" / "swift" / "LICENSE.txt"]}
    files |= {folder.name: license_files(folder) for folder in sorted(Path(checkouts).iterdir())}
    files |= {name: [Path("/usr/share/doc") / name / "copyright"] for name in SYSTEM_LIBRARIES}

    covered: dict[str, list[str]] = defaultdict(list)
    for name, paths in files.items():
        if not paths:
            sys.exit(f"{name} has no license file.")
        for path in paths:
            covered[path.read_text(encoding="utf-8").strip()].append(name)
    print("The roost program contains the following software.")
    for text, names in covered.items():
        print(f"\n{'=' * 78}\n{', '.join(names)}\n{'=' * 78}\n\n{text}")


if __name__ == "__main__":
    main(sys.argv[1])
