"""Runs notebooks that use SageMaker's SDK with nbconvert, in the environment of the SDK.

sagemaker_notebooks.py FILE.ipynb...    runs notebooks against a new server, and saves their outputs in the files
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness import REPOSITORY, Server
from sagemaker_programs import SHORT_PAUSES, run

SUPPORT = Path(__file__).parent
PYTHON = REPOSITORY / ".venv-sagemaker2" / "bin" / "python"
#: The tag of cells whose output depends on chance or on the clock.
VARIES = "varies"

STARTUP = f"""{SHORT_PAUSES}
import sys
sys.path.insert(0, {str(SUPPORT)!r})
from answered import check_every_client
sys.path.pop(0)
check_every_client()
"""
# What the SDK says about its own configuration.
_NOISE = re.compile(r"^sagemaker\.config INFO - .*\n", re.MULTILINE)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?")


def execute(server: Server, notebook: Path, folder: Path) -> dict[str, Any]:
    """Runs a notebook in an empty folder, and returns it with its outputs. Fails if one of its cells does."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STARTUP)
    shutil.copy(notebook, folder)
    settings = [f"PYTHONPATH={folder}", f"IPYTHONDIR={folder}", f"PATH={PYTHON.parent}:/usr/bin:/bin"]
    convert = ["nbconvert", "--to", "notebook", "--inplace", "--execute", "--ExecutePreprocessor.timeout=300"]
    convert.append("--ExecutePreprocessor.startup_timeout=300")
    run(server, folder, "env", "-u", "MPLBACKEND", *settings, str(PYTHON), "-m", *convert, notebook.name)
    done: dict[str, Any] = json.loads((folder / notebook.name).read_text())
    for cell in code_cells(done):
        cell["outputs"] = list(tidied(cell["outputs"]))
        cell["metadata"].pop("execution", None)
    return done


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the cells that have code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tidied(outputs: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yields outputs without what the SDK logs, and with adjacent pieces of text as one."""
    text = ""
    for output in outputs:
        if output["output_type"] == "stream":
            text += "".join(output["text"]) if output["name"] == "stdout" else ""
            continue
        yield from stream(text)
        text = ""
        yield output
    yield from stream(text)


def stream(text: str) -> Iterable[dict[str, Any]]:
    """Yields the output for a text that was printed; nothing if it is empty."""
    if lines := _NOISE.sub("", text).strip("\n").splitlines(keepends=True):
        yield {"name": "stdout", "output_type": "stream", "text": lines}


def printed(cell: dict[str, Any]) -> str:
    """Returns what a cell printed."""
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


def compared(cell: dict[str, Any]) -> list[Any]:
    """Returns what must be the same whenever a cell runs: the kinds of its outputs, and their text with any numbers."""
    found: list[Any] = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = "".join(output.get("text", data.get("text/plain", "")))
        varies = VARIES in cell["metadata"].get("tags", [])
        words = "" if varies else " ".join(_NUMBER.sub("#", text).split())
        found.append((output["output_type"], sorted(data), words))
    return found


def main(notebooks: list[str]) -> None:
    """Runs notebooks, and saves their outputs in their files."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        server.start()
        try:
            for path in map(Path, notebooks):
                done = execute(server, path, Path(folder) / path.stem)
                path.write_text(json.dumps(done, indent=1, ensure_ascii=False) + "\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
