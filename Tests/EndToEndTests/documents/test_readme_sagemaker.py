"""The README's SageMaker script runs unchanged with the SDK that the README names, after the commands shown before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import REPOSITORY, Server
from sagemaker_programs import run

README = (REPOSITORY / "README.md").read_text()
SDK = REPOSITORY / ".venv-sagemaker2"
# The SDK polls every 5 to 30 seconds. Shorten its pauses, because the results are there sooner.
PAUSES = "import time\npause = time.sleep\ntime.sleep = lambda seconds: pause(min(seconds, 0.5))\n"


def block(language: str) -> str:
    """Returns the block in a language of the README's section on SageMaker."""
    section = README.split("## Your SageMaker script, unchanged")[1].split("\n## ")[0]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found, f"The section has no block in {language}."
    return found[1]


def test_the_script_trains_and_deploys(start_server: Callable[..., Server], tmp_path: Path) -> None:
    folder = tmp_path / "shell"
    folder.mkdir()
    (folder / "Examples").symlink_to(REPOSITORY / "Examples")
    (folder / "sitecustomize.py").write_text(PAUSES)
    (folder / "train.py").write_text(block("py"))
    shell = f"export PATH={SDK}/bin:$PATH PYTHONPATH=$PWD\n{block('sh')}"
    printed = run(start_server(), folder, "bash", "-euo", "pipefail", "-c", shell)
    assert float(re.findall(r"[0-9.]+", printed)[-1]) == pytest.approx(16.4, abs=0.5), (
        "the price of a house in the data"
    )


def test_the_readme_names_the_version_of_the_sdk() -> None:
    (version,) = re.findall(r"'sagemaker==([\d.]+)\.\*'", README)
    assert f"sagemaker=={version}." in (REPOSITORY / "requirements-sagemaker2.txt").read_text()
