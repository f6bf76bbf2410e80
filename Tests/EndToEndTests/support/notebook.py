"""Runs the code blocks of a document as a notebook does: one after the other, in one namespace."""

from __future__ import annotations

import re
import sys
import types
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

import roost

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PACKAGE = re.compile(r"^from (\w+)\.object import", re.MULTILINE)


class Shell(InteractiveShell):
    """IPython without a terminal, as in a notebook's kernel."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Does nothing, because there are no windows."""


@dataclass
class Cell:
    """A block that has run: its code, what it printed, and the value of its last expression."""

    code: str
    printed: str
    result: Any


class Notebook:
    """The cells of a document after they have run, and the names that they defined."""

    def __init__(self, cells: list[Cell], names: dict[str, Any]) -> None:
        self.cells = cells
        self.names = names

    def cell(self, code: str) -> Cell:
        """Returns the first cell whose code contains a string."""
        return next(cell for cell in self.cells if code in cell.code)


def blocks(document: Path) -> list[str]:
    """Returns the non-empty Python code blocks of a Markdown document, unchanged."""
    return [code for code in _BLOCK.findall(document.read_text()) if code.strip()]


def run(document: Path, before_each: Any = None) -> Notebook:
    """Runs a document's blocks in the current folder. Raises the first exception that a block raises."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with installed_as(package(document)):
        shell = Shell(config=config)
        cells: list[Cell] = []
        for code in blocks(document):
            if before_each is not None:
                before_each(code, shell.user_ns)
            with capture_output() as captured:
                outcome = shell.run_cell(code)
            if not outcome.success:
                print(captured.stdout)
            outcome.raise_error()
            cells.append(Cell(code, captured.stdout, outcome.result))
        return Notebook(cells, shell.user_ns)


def package(document: Path) -> str:
    """Returns the name under which a document imports the SDK."""
    found = _PACKAGE.search(document.read_text())
    assert found is not None, f"{document.name} does not import the SDK"
    return found[1]


@contextmanager
def installed_as(name: str) -> Any:
    """Makes the SDK importable under another name, and afterwards unloads the documents' own modules."""
    modules: dict[str, types.ModuleType] = {name: roost, f"{name}.object": roost.object}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for loaded in [*modules, *(other for other in sys.modules if other.split(".")[0] == "data")]:
            sys.modules.pop(loaded, None)
