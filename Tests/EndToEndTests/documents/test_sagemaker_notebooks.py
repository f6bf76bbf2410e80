"""The notebooks for SageMaker's SDK run from the first cell to the last, and show what is committed with them.

Each response that they receive has the members that AWS's service models require.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import REPOSITORY, Server
from sagemaker_notebooks import PYTHON, code_cells, compared, execute, printed

NOTEBOOKS = sorted((REPOSITORY / "Examples" / "notebooks").glob("*.ipynb"))
#: The cells that print the log of a job, and the line of its last round.
LOGS = {
    "customer-churn": ("xgb.fit(", "[59]#011train-auc:"),
    "regression-with-libsvm": ("logs_for_job(", "[39]#011train-rmse:"),
}

pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason=f"{PYTHON} does not exist. Make it with scripts/venv.sh.")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def path(request: pytest.FixtureRequest) -> Path:
    """One of the notebooks."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def committed(path: Path) -> list[dict[str, Any]]:
    """The notebook's cells of code, as they are committed."""
    return code_cells(json.loads(path.read_text()))


@pytest.fixture(scope="module")
def ran(running_server: Server, tmp_path_factory: pytest.TempPathFactory, path: Path) -> list[dict[str, Any]]:
    """The notebook's cells of code after they have run."""
    return code_cells(execute(running_server, path, tmp_path_factory.mktemp(path.stem) / "notebook"))


def test_a_notebook_is_committed_as_it_ran(committed: list[dict[str, Any]]) -> None:
    assert [cell["execution_count"] for cell in committed] == list(range(1, len(committed) + 1))
    outputs = json.dumps([cell["outputs"] for cell in committed])
    assert str(REPOSITORY) not in outputs
    assert "Traceback" not in outputs


def test_a_notebook_shows_what_is_committed(ran: list[dict[str, Any]], committed: list[dict[str, Any]]) -> None:
    assert len(ran) == len(committed)
    for cell, shown in zip(ran, committed, strict=True):
        assert compared(cell) == compared(shown), "".join(cell["source"])


def test_a_log_is_printed_to_its_end(ran: list[dict[str, Any]], path: Path) -> None:
    if path.stem not in LOGS:
        return
    call, last = LOGS[path.stem]
    (log,) = [printed(cell) for cell in ran if call in "".join(cell["source"])]
    assert log.count(last) == 1
    _, training, seconds = log.partition("Training seconds: ")
    assert training, log[-500:]
    assert "Completed - Training job completed" in log
    assert seconds.splitlines()[1].startswith("Billable seconds: ")


def test_there_are_four() -> None:
    assert len(NOTEBOOKS) == 4
