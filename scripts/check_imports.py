"""Checks that each target imports what Package.swift declares for it, and nothing else of the package or its dependencies.

Package.swift itself refuses a dependency on a higher layer. This script finds what it cannot see:

- a declared dependency that no file of the target imports
- an import that is not declared
- an import that only one target may have: see ONLY
- a folder in Sources that is not a target, or a target there that is not declared by layer() or system()

    check_imports.py [FOLDER] [--dump FILE]    checks the package in a folder (default: this repository); prints what it finds, and
                                               exits with status 1 if there is anything. FILE replaces the output of
                                               `swift package dump-package`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]

# The targets that may import a module: the catalog is for services. Tests may import what they need.
ONLY = {
    "ArgumentParser": ["roost"],
    "AsyncHTTPClient": ["Outgoing", "RoostClient"],
    "CArchive": ["Archives"],
    "CProcesses": ["Processes"],
    "CRuntimes": ["Runtimes"],
    "CZlib": ["Archives"],
    "Catalog": [
        "Access",
        "Analyses",
        "Backups",
        "Buckets",
        "DataFolder",
        "Endpoints",
        "Events",
        "Functions",
        "Jobs",
        "Loops",
        "Monitoring",
        "Platform",
        "Serving",
        "Suites",
        "TimeSeries",
    ],
    "Database": ["Catalog"],
    "GRDB": ["Database"],
    "Hummingbird": ["ServerApp"],
    "HummingbirdCore": ["ServerApp"],
    "HummingbirdTLS": ["ServerApp"],
    "Yams": ["APIGateway", "NativeAPI", "roost"],
}

LAYERS = ["Foundations", "Core", "Services", "APIs", "App"]

# `import X`, `@testable import X`, `package import X`, `import struct X.Y` and any mixture of these.
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+(?:\([^)\n]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)[ \t]+)?"
    r"import[ \t]+(?:(?:typealias|struct|class|enum|protocol|let|var|func)[ \t]+)?(\w+)",
    re.MULTILINE,
)
DECLARATION = re.compile(r'\b(?:layer|system)\(\s*\.\w+,\s*"(\w+)"')


@dataclass
class PackageTarget:
    """A target as `swift package dump-package` describes it."""

    name: str
    is_test: bool
    folder: Path
    dependencies: set[str] = field(default_factory=set)

    @cached_property
    def imports(self) -> dict[str, Path]:
        """The modules that its files import, each with the first file that does."""
        found: dict[str, Path] = {}
        for path in sorted(self.folder.rglob("*.swift")):
            for module in IMPORT.findall(path.read_text()):
                found.setdefault(module, path)
        return found


def targets(dump: dict[str, Any], package: Path) -> Iterator[PackageTarget]:
    """Yields the targets of a package."""
    for target in dump["targets"]:
        name, is_test = target["name"], target["type"] == "test"
        folder = package / (target.get("path") or f"{'Tests' if is_test else 'Sources'}/{name}")
        # A dependency is {"byName": [name, …]}, {"target": [name, …]} or {"product": [name, package, …]}.
        dependencies = {value[0] for each in target["dependencies"] for value in each.values()}
        yield PackageTarget(name, is_test, folder, dependencies)


def found_in(target: PackageTarget, known: set[str], package: Path) -> Iterator[str]:
    """Yields what is wrong with the imports of a target."""
    for name in sorted(target.dependencies - set(target.imports)):
        yield f"Package.swift: {target.name} depends on {name}, but does not import it."
    in_sources = target.folder.is_relative_to(package / "Sources")
    for module, path in sorted(target.imports.items()):
        shown = path.relative_to(package)
        if module in known - target.dependencies - {target.name}:
            yield f"{shown}: {target.name} imports {module}, but does not depend on it in Package.swift."
        if in_sources and module in ONLY and target.name not in ONLY[module]:
            yield f"{shown}: {target.name} imports {module}. Only {', '.join(ONLY[module])} may import it."


def found_in_sources(all_targets: list[PackageTarget], package: Path) -> Iterator[str]:
    """Yields the targets in Sources that are not in a layer, and the files that are not in a target."""
    declared = set(DECLARATION.findall((package / "Package.swift").read_text()))
    sources = package / "Sources"
    folders = [target.folder for target in all_targets]
    for target in all_targets:
        if not target.folder.is_relative_to(sources):
            continue
        if target.name not in declared or target.folder.relative_to(sources).parts[0] not in LAYERS:
            yield f"Package.swift: {target.name} is in Sources, but is not declared by layer() or system()."
    for path in sorted(sources.rglob("*.swift")):
        if not any(path.is_relative_to(folder) for folder in folders):
            yield f"{path.relative_to(package)}: The file does not belong to a target."


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY)
    parser.add_argument("--dump", type=Path)
    options = parser.parse_args()
    package = options.folder.resolve()
    if options.dump:
        dump = options.dump.read_text()
    else:
        command = ["swift", "package", "--package-path", str(package), "dump-package"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        # Swift says why the manifest does not load.
        if done.returncode != 0:
            return 1
        dump = done.stdout

    all_targets = list(targets(json.loads(dump), package))
    # A module that no target declares is one of the system, such as Foundation.
    known = {target.name for target in all_targets}.union(*(target.dependencies for target in all_targets))
    lines = [line for target in all_targets for line in found_in(target, known, package)]
    lines += found_in_sources(all_targets, package)
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
