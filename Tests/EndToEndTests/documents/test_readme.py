"""The Python and bash blocks in the README and the guides run in order against the real server, and print the output shown.

Blocks marked `sh` do not run: they build, install or start something. A `text` block right after a block that runs is its
output, in which `…` stands for anything on that line.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import notebook
import pytest
from conftest import REPOSITORY
from harness import BINARY

README = REPOSITORY / "README.md"
GUIDES = [REPOSITORY / "docs" / "getting-started.md", *sorted((REPOSITORY / "docs" / "guides").glob("*.md"))]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
TESTED = ("python", "bash")
LIMIT = 300.0

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """A code block: its language, its text, its place, and the output that the page shows for it."""

    language: str
    code: str
    place: str
    shown: str | None = None


def blocks(page: Path) -> list[Block]:
    """Returns the blocks of a page that run, in order, each with the output that follows it."""
    text = page.read_text()
    found: list[Block] = []
    end_of_last = 0
    for match in _FENCE.finditer(text):
        language, code = match.groups()
        follows = bool(found) and not text[end_of_last : match.start()].strip()
        if language in TESTED:
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(language, code, f"{page.relative_to(REPOSITORY)}:{line}"))
            end_of_last = match.end()
        elif language == "text" and follows and found[-1].shown is None:
            found[-1].shown = code
    return found


def pattern(shown: str) -> str:
    """Returns a regular expression for an output in which `…` stands for anything on its line."""
    lines = [".*".join(re.escape(part) for part in line.split("…")) for line in shown.rstrip().splitlines()]
    if "…" in shown:
        # What stands for another text makes the columns of a table wider.
        lines = [re.sub(r"(?:\\ ){2,}", "[ ]{2,}", line) for line in lines]
    return r"\s*" + r"\n".join(line.rstrip() + r"[ \t]*" for line in lines) + r"\s*"


def check(block: Block, printed: str) -> None:
    """Fails if a block printed something other than its page shows."""
    if block.shown is not None and not re.fullmatch(pattern(block.shown), printed):
        pytest.fail(f"{block.place}: the block printed\n\n{printed}\nbut the page shows\n\n{block.shown}")


@pytest.fixture
def environment(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a reader has after the blocks that do not run: `roost` in the PATH, the server's address, the SDK, AWS settings.

    The current folder is a new one with the examples, which the blocks can write to.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "roost").symlink_to(BINARY)
    (tmp_path / "Examples").symlink_to(REPOSITORY / "Examples")
    monkeypatch.chdir(tmp_path)
    own = {
        **os.environ,
        "PATH": os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(REPOSITORY / "python" / "src"),
        "ROOST_URL": server,
    }
    shell = run(["bash", "-euo", "pipefail", "-c", 'settings=$(roost aws env); eval "$settings"; env -0'], own)
    assert shell.returncode == 0, shell.stderr
    return dict(line.split("=", 1) for line in shell.stdout.split("\0") if "=" in line)


def run_bash(block: Block, environment: dict[str, str]) -> None:
    """Runs a block in a new shell that exits at the first command that fails."""
    process = run(["bash", "-euo", "pipefail", "-c", block.code], environment)
    assert process.returncode == 0, f"{block.place}: {process.stdout}\n{process.stderr}"
    check(block, process.stdout)


def run_python(python: list[Block], environment: dict[str, str]) -> None:
    """Runs blocks in order in one interpreter, like the cells of a notebook."""
    mark = "\x1e"
    code = "\n".join(f"{block.code}\nprint({mark!r}, end='', flush=True)" for block in python)
    process = run([sys.executable, "-c", code], environment)
    assert process.returncode == 0, f"{python[0].place}: {process.stdout}\n{process.stderr}"
    printed = process.stdout.split(mark)
    assert len(printed) == len(python) + 1
    for block, output in zip(python, printed, strict=False):
        check(block, output)


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a command in the current folder."""
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def run_all(found: list[Block], environment: dict[str, str]) -> None:
    """Runs the blocks of a page in order. Adjacent Python blocks share their names."""
    while found:
        count = next((index for index, block in enumerate(found) if block.language != "python"), len(found))
        if count > 0:
            run_python(found[:count], environment)
        else:
            run_bash(found[0], environment)
        found = found[max(count, 1) :]


def test_the_readme_has_blocks_to_run() -> None:
    found = blocks(README)
    assert {block.language for block in found} == set(TESTED)
    assert sum(block.shown is not None for block in found) >= 3


@pytest.mark.parametrize("attempt", ["the first time", "again"])
def test_the_readme_does_what_it_says(environment: dict[str, str], attempt: str) -> None:
    run_all(blocks(README), environment)


@pytest.mark.parametrize("guide", GUIDES, ids=[guide.stem for guide in GUIDES])
def test_a_guide_does_what_it_says(environment: dict[str, str], guide: Path) -> None:
    run_all(blocks(guide), environment)
    run_all(blocks(guide), environment)


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\nc\n", False),
        ("[1.0]\n", "[1.0]\n", True),
        ("[1.0]\n", "[1x0]\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_an_output_must_fit_as_a_whole(shown: str, printed: str, fits: bool) -> None:
    assert bool(re.fullmatch(pattern(shown), printed)) is fits


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_links_lead_to_files(page: Path) -> None:
    missing = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not missing, f"{page.relative_to(REPOSITORY)} links to what is not there: {missing}"


def shapes(outputs: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Returns the kinds of a cell's outputs, without times and identifiers."""
    return [(output["output_type"], sorted(output.get("data", {}))) for output in outputs]


@pytest.mark.parametrize("attempt", ["the first time", "again"])
def test_the_notebook_runs_and_shows_what_it_prints(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, attempt: str
) -> None:
    monkeypatch.setenv("ROOST_URL", environment["ROOST_URL"])
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    page = json.loads((REPOSITORY / "Examples" / "first-pipeline.ipynb").read_text())
    committed = [cell["outputs"] for cell in notebook.code_cells(page)]
    assert [cell["execution_count"] for cell in notebook.code_cells(page)] == list(range(1, len(committed) + 1))
    assert str(REPOSITORY) not in json.dumps(committed)
    found = notebook.outputs(page)
    assert [shapes(outputs) for outputs in found] == [shapes(outputs) for outputs in committed]
    assert found[-2][-1]["data"]["text/plain"] == ["'fraud-trees'"]
