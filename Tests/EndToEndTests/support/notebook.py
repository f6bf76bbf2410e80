"""Runs the code blocks of a document as a notebook does: one after the other, in one namespace.

notebook.py FILE.ipynb    runs a notebook against the server at ROOST_URL, and saves its outputs in the file
"""

from __future__ import annotations

import json
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


def outputs(notebook: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Runs the code cells of a Jupyter notebook, and returns the outputs of each in the notebook's format."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell(config=config)
    found: list[list[dict[str, Any]]] = []
    for number, cell in enumerate(code_cells(notebook), 1):
        with capture_output(display=False) as captured:
            outcome = shell.run_cell("".join(cell["source"]))
        outcome.raise_error()
        result = outcome.result
        # The shell prints a result too, after what the cell printed.
        printed = re.split(r"^Out\[\d+\]: ", captured.stdout, maxsplit=1, flags=re.MULTILINE)[0]
        each: list[dict[str, Any]] = []
        if printed.strip():
            each.append({"name": "stdout", "output_type": "stream", "text": printed.rstrip("\n").splitlines(True)})
        if result is not None:
            assert shell.display_formatter is not None
            data, metadata = shell.display_formatter.format(result, include=["text/plain", "text/html"])
            data = {kind: text.splitlines(True) for kind, text in data.items()}
            each.append(
                {"data": data, "execution_count": number, "metadata": metadata, "output_type": "execute_result"}
            )
        found.append(each)
    return found


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the cells of a Jupyter notebook that have code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def save_outputs(path: Path) -> None:
    """Runs a Jupyter notebook, and saves its outputs in its file."""
    notebook = json.loads(path.read_text())
    for number, (cell, found) in enumerate(zip(code_cells(notebook), outputs(notebook), strict=True), 1):
        cell["outputs"], cell["execution_count"] = found, number
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


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


if __name__ == "__main__":
    save_outputs(Path(sys.argv[1]))
