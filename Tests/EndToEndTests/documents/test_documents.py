"""The documents' code blocks run unchanged against the real server, and produce the numbers shown in the documents.

Each document runs twice on the same server, because a notebook can be run again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import matplotlib
import notebook
import pytest
from conftest import DOCUMENTS, TUTORIALS

import roost

os.environ.setdefault("MPLBACKEND", "agg")
matplotlib.use("agg")

AB, SHADOW, ANOMALY = "ab-testing.md", "shadow-deployment.md", "anomaly-detection.md"

pytestmark = pytest.mark.skipif(
    not (DOCUMENTS.is_dir() and TUTORIALS.is_dir()),
    reason=f"The documents are not at {DOCUMENTS}, or their data not at {TUTORIALS}; "
    "set ROOST_DOCUMENTS and ROOST_TUTORIALS.",
)

twice = pytest.mark.parametrize("attempt", ["the first time", "again"])

# As shown in the document on A/B testing. The last digit depends on the version of the runtime.
FIFTEEN_OUTPUTS = (
    "[array([[0.00151959]]), array([[0.98291481]]), array([[0.01209957]]), array([[4.75912966e-05]]), "
    "array([[2.02893716e-05]]), array([[0.00031977]]), array([[0.01102928]]), array([[0.99756402]]), "
    "array([[0.01034162]]), array([[0.00803896]]), array([[0.01615506]]), array([[0.00623623]]), "
    "array([[0.00099858]]), array([[1.79337805e-26]]), array([[1.38899512e-27]])]"
)
CHAMPION, FOREST, BOOSTED = 0.001497417688369751, 1.0, 0.0005066990852355957
NORMAL, TOO_HIGH = 10.349835395812988, 350.46990966796875
FAILURE = {"False": {"expr": "anomaly-housing-model.outputs[0][0] < 100"}}


_NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]\d+)?")


def numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text)]


@pytest.fixture
def folder(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook's folder, made current and importable, with the models and data of all documents."""
    (tmp_path / "models").mkdir()
    (tmp_path / "data").mkdir()
    for model in [*TUTORIALS.glob("*/*.zip"), *TUTORIALS.glob("*/*.onnx")]:
        shutil.copy(model, tmp_path / "models")
    shutil.copy(TUTORIALS / "abtest" / "data-1.json", tmp_path / "data")
    shutil.copy(TUTORIALS / "shadow" / "smoke_test.json", tmp_path)
    for data in (TUTORIALS / "abtest" / "test_data.json", TUTORIALS / "anomaly" / "test_data_anomaly.json"):
        rows = json.loads(data.read_text())
        (tmp_path / "data" / f"{data.stem}.py").write_text(f"data = {rows!r}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ROOST_URL", server)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    return tmp_path


def expected(tutorial: str) -> Any:
    return json.loads((TUTORIALS / tutorial / "expected_outputs.json").read_text())


def values(result: roost.InferenceResult) -> list[float]:
    """Returns the first value of each output, exactly as it was sent."""
    return [next(iter(output.values()))["data"][0] for output in result.raw["outputs"]]


@pytest.mark.parametrize(("name", "count"), [(AB, 13), (SHADOW, 13), (ANOMALY, 12)])
def test_every_block_is_found(name: str, count: int) -> None:
    assert len(notebook.blocks(DOCUMENTS / name)) == count
    assert "\n```" not in "".join(notebook.blocks(DOCUMENTS / name))


@twice
def test_shadow_deployment(folder: Path, attempt: str) -> None:
    document = notebook.run(DOCUMENTS / SHADOW)

    assert "<th>name</th> <td>cc-shadow</td>" in document.cell("pipeline = get_pipeline").result._repr_html_()
    deploy = document.cell("pipeline.add_shadow_deploy")
    assert deploy.printed.startswith("Waiting for deployment - this will take up to 45s ...")
    assert " ok\n" in deploy.printed
    (result,) = document.names["response"]
    assert values(result) == [CHAMPION]
    assert result.raw["outputs"] == [{"Float": {"data": [CHAMPION], "dim": [1, 1], "v": 1}}]
    assert result.raw["shadow_data"] == {
        "ccfraud-rf": [{"Float": {"data": [FOREST], "dim": [1, 1], "v": 1}}],
        "ccfraud-xgb": [{"Float": {"data": [BOOSTED], "dim": [1, 1], "v": 1}}],
    }
    assert result.model()[0] == "ccfraud-lstm"

    newest = document.cell("[(log.model_name, log.output)").result[:3]
    assert str(newest) == (
        "[('ccfraud-xgb', [array([[0.0005067]])]), ('ccfraud-rf', [array([[1.]])]), "
        "('ccfraud-lstm', [array([[0.00149742]])])]"
    )
    shown = document.cell("pipeline.logs()\n").result._repr_html_()
    assert shown.index("[array([[0.0005067]])]") < shown.index("[array([[1.]])]") < shown.index("0.00149742")
    group = document.cell("logs_shadow_deploy").result[0]
    assert group.id == result.id
    assert [entry.model_name for entry in group.entries()] == ["ccfraud-lstm", "ccfraud-rf", "ccfraud-xgb"]
    table = document.cell("logs_shadow_deploy").result._repr_html_()
    assert "<td>[{'Float': {'v': 1, 'dim': [1, 1], 'data': [0.0005066990852355957]}}]</td>" in table

    undeployed = document.cell("pipeline.undeploy()")
    assert undeployed.printed.startswith("Waiting for undeployment - this will take up to 45s ...")
    assert "<th>deployed</th> <td>False</td>" in undeployed.result._repr_html_()
    assert "<th>steps</th> <td>ccfraud-lstm</td>" in undeployed.result._repr_html_()


@twice
def test_ab_testing(folder: Path, attempt: str) -> None:
    document = notebook.run(DOCUMENTS / AB)

    assert repr(document.cell("get_workspace(workspace_name)").result).startswith("{'name': 'abtestworkspace', 'id': ")
    printed = document.cell("results = []").printed.splitlines()
    for line in printed[1::2]:
        assert _NUMBER.sub("#", line) == _NUMBER.sub("#", FIFTEEN_OUTPUTS)
        assert numbers(line) == pytest.approx(numbers(FIFTEEN_OUTPUTS), rel=2e-5)
    assert len(printed) == 10
    names = {result[0].model()[0] for result in document.names["results"]}
    assert names <= {"aloha-control", "aloha-challenger"}

    responses = document.names["responses"]
    assert len(responses) == 1000
    outputs = expected("abtest")
    columns = [outputs[name] for name in sorted(outputs)]
    for row, response in enumerate(responses):
        # The tolerance is relative, because most of the fifteen probabilities are tiny, down to 0.
        assert values(response) == pytest.approx([column[row] for column in columns], rel=1e-3, abs=1e-30)
    assert document.names["control_success"] + document.names["challenger_success"] == 977
    assert 600 <= document.names["control_count"] <= 730
    assert document.names["control_count"] + document.names["challenger_count"] == 1000
    assert dict(document.cell("value_counts").result) == {
        "aloha-control": document.names["control_count"],
        "aloha-challenger": document.names["challenger_count"],
    }
    rates = document.cell("control_count = 0").printed
    assert (
        f"control class 7 prediction rate: {document.names['control_success'] / document.names['control_count']}"
        in rates
    )
    assert "<th>steps</th> <td>aloha-control</td>" in document.cell("undeploy").result._repr_html_()


@twice
def test_anomaly_detection(folder: Path, attempt: str) -> None:
    earlier: set[str] = set()

    def note_earlier(code: str, names: dict[str, Any]) -> None:
        if "wl.build_pipeline" in code:
            earlier.update(failed_before(names["wl"]))

    document = notebook.run(DOCUMENTS / ANOMALY, before_each=note_earlier)

    (normal,), (trigger,) = document.names["response_normal"], document.names["response_trigger"]
    assert values(normal) == [pytest.approx(NORMAL, abs=1e-5)]
    assert normal.check_failures() == []
    assert values(trigger) == [pytest.approx(TOO_HIGH, abs=1e-4)]
    assert trigger.check_failures() == [FAILURE]
    assert "InferenceResult({'check_failures': [{'False': {'expr': 'anomaly-housing-model.outputs[0][0] < '\n" in (
        document.cell("response_trigger = ").printed
    )

    responses = document.names["responses_anomaly"]
    prices = expected("anomaly")[:400]
    assert [values(response)[0] for response in responses] == pytest.approx(prices, rel=1e-5)
    too_high = {trigger.id, *(response.id for response in responses if values(response)[0] >= 100)}
    assert too_high == {trigger.id, *(response.id for response in responses if response.check_failures())}
    assert len(too_high) == 1 + sum(price >= 100 for price in prices)

    logs = document.cell("logs(valid=False)").result
    assert {entry.id for entry in logs} == too_high | earlier
    assert len(logs) == len(too_high | earlier)
    assert all(not entry.valid and entry.check_failures == [FAILURE] for entry in logs)
    table = logs._repr_html_()
    assert table.count('<tr style="color: red;">') == len(logs)
    assert f"{TOO_HIGH:.4f}"[:8] in table
    assert "<th>steps</th> <td>anomaly-housing-model</td>" in document.cell("undeploy").result._repr_html_()


def failed_before(client: Any) -> set[str]:
    """Returns the IDs of the failures that an earlier run of the document left in the log."""
    try:
        pipeline = client.pipelines_by_name("anomaly-housing-pipeline")[0]
    except roost.EntityNotFoundError:
        return set()
    return {entry.id for entry in pipeline.logs(valid=False)}
