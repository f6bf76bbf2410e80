"""scripts/check_language.py finds banned phrases in prose, across line ends too, and passes files that have none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

GOOD = "'x' is not a number. Expected one of: 1, 2.\n"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the script on a git work tree."""
    script = REPOSITORY / "scripts" / "check_language.py"
    return subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A new git repository with one good file."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "good.md").write_text(GOOD)
    return tmp_path


def write(path: Path, lines: list[str]) -> None:
    path.write_text(spaced("".join(f"{line}\n" for line in lines)))


def spaced(text: str) -> str:
    """Returns a text with spaces for `_`, which keep the check from finding the phrases in this file."""
    return text.replace("_", " ")


def test_good_prose_passes(repository: Path) -> None:
    done = check(repository)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("name", "lines", "shown"),
    [
        ("text.md", ["It", "is_no_number"], "text.md:2: is_no_number"),
        ("wrapped.md", ["It is", "no_number"], "wrapped.md:1: is_no_number"),
        ("capitals.md", ["KNOWN_ARE"], "capitals.md:1: KNOWN_ARE"),
        ("comment.swift", ["    /// What is", "    /// no_number"], "comment.swift:1: is_no_number"),
        ("pieces.swift", ['    "It is "', '        + "no_number"'], "pieces.swift:1: is_no_number"),
        ("long.swift", ['    """', "    It is \\", "    no_number", '    """'], "long.swift:2: is_no_number"),
        ("comment.py", ["x = 1", "# It is", "# no_number"], "comment.py:2: is_no_number"),
        ("pieces.py", ['("It is "', 'f"no_number")'], "pieces.py:1: is_no_number"),
        ("script.sh", ["echo 'known_are'"], "script.sh:1: known_are"),
        ("Makefile", ["help: ## known_are"], "Makefile:1: known_are"),
        ("CHANGELOG.md", ["## 2", "known_are", "## 1", "known_are"], "CHANGELOG.md:2: known_are"),
    ],
)
def test_a_banned_phrase_is_found(repository: Path, name: str, lines: list[str], shown: str) -> None:
    write(repository / name, lines)
    done = check(repository)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:-1] == [spaced(shown)]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("ordinary.md", ["There_is_no_number."]),
        ("paragraphs.md", ["It is", "", "no_number"]),
        ("code.md", ["```text", "it is", "no_number", "```"]),
        ("model.pb.swift", ["// known_are"]),
        ("data.json", ["known_are"]),
    ],
)
def test_what_is_not_prose_passes(repository: Path, name: str, lines: list[str]) -> None:
    write(repository / name, lines)
    assert check(repository).returncode == 0
