"""scripts/check_imports.py finds imports that are not declared, declared ones that are not used, and targets outside the layers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from conftest import REPOSITORY

# Each target of a sound package: what it depends on, and its one file.
SOUND: dict[str, tuple[list[str], str]] = {
    "Sources/Core/Database": (["GRDB"], "package import GRDB\n"),
    "Sources/Core/Catalog": (
        ["Database", "Logging"],
        "@preconcurrency package import Database\nimport struct Logging.Logger\n",
    ),
    "Sources/Services/Access": (["Catalog"], "import Catalog\nimport Foundation\n"),
    "Tests/CatalogTests": (["Catalog", "GRDB"], "import GRDB\n@testable import Catalog\n// import Logging\n"),
}


def check(
    package: Path, targets: Mapping[str, tuple[list[str], str]], undeclared: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Writes a package and runs the script on it."""
    described, manifest = [], []
    for path, (dependencies, text) in targets.items():
        (package / path).mkdir(parents=True)
        (package / path / "File.swift").write_text(text)
        name, is_test = Path(path).name, path.startswith("Tests/")
        described.append(
            {
                "name": name,
                "type": "test" if is_test else "regular",
                "path": None if is_test else path,
                "dependencies": [
                    {"product": [each, "a-package", None, None]}
                    if each in ("GRDB", "Logging")
                    else {"byName": [each, None]}
                    for each in dependencies
                ],
            }
        )
        manifest.append(f'.target(name: "{name}")' if name in undeclared else f'layer(\n    .core,\n    "{name}")')
    (package / "Package.swift").write_text("\n".join(manifest))
    (package / "dump.json").write_text(json.dumps({"targets": described}))
    script = REPOSITORY / "scripts" / "check_imports.py"
    command = [sys.executable, str(script), str(package), "--dump", str(package / "dump.json")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_sound_package_passes(tmp_path: Path) -> None:
    done = check(tmp_path, SOUND)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "dependencies", "text", "shown"),
    [
        (
            "Sources/Services/Access",
            ["Catalog", "Database"],
            "import Catalog\n",
            "Package.swift: Access depends on Database, but does not import it.",
        ),
        (
            "Sources/Services/Access",
            ["Catalog", "Logging"],
            "import Catalog\n",
            "Package.swift: Access depends on Logging, but does not import it.",
        ),
        (
            "Tests/CatalogTests",
            ["Catalog", "Database"],
            "@testable import Catalog\n",
            "Package.swift: CatalogTests depends on Database, but does not import it.",
        ),
        (
            "Sources/Services/Access",
            [],
            "import Catalog\n",
            "Sources/Services/Access/File.swift: Access imports Catalog, but does not depend on it in Package.swift.",
        ),
        (
            "Sources/Services/Access",
            ["Catalog"],
            "import Catalog\npublic import struct Logging.Logger\n",
            "Sources/Services/Access/File.swift: Access imports Logging, but does not depend on it in Package.swift.",
        ),
        (
            "Tests/CatalogTests",
            ["Catalog"],
            "import Catalog\n@testable import Database\n",
            "Tests/CatalogTests/File.swift: CatalogTests imports Database, but does not depend on it in Package.swift.",
        ),
        (
            "Sources/Services/Access",
            ["Catalog", "GRDB"],
            "import Catalog\ninternal import GRDB\n",
            "Sources/Services/Access/File.swift: Access imports GRDB. Only Database may import it.",
        ),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, path: str, dependencies: list[str], text: str, shown: str) -> None:
    done = check(tmp_path, {**SOUND, path: (dependencies, text)})
    assert (done.returncode, done.stdout.splitlines()) == (1, [shown])


def test_a_target_outside_the_layers_is_found(tmp_path: Path) -> None:
    done = check(tmp_path, {**SOUND, "Sources/Extra": ([], "")}, undeclared=["Catalog"])
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"Package.swift: {name} is in Sources, but is not declared by layer() or system()."
        for name in ("Catalog", "Extra")
    ]


def test_a_file_outside_the_targets_is_found(tmp_path: Path) -> None:
    stray = tmp_path / "Sources" / "Core" / "Stray.swift"
    stray.parent.mkdir(parents=True)
    stray.write_text("")
    done = check(tmp_path, SOUND)
    assert (done.returncode, done.stdout) == (1, "Sources/Core/Stray.swift: The file does not belong to a target.\n")
