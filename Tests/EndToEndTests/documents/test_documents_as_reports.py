"""What the documents count by hand, as reports: the A/B test, the shadow deploy, and the accuracy on old and new reviews."""

from __future__ import annotations

import json
import shutil
import time
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import notebook
import numpy as np
import pytest
import xgboost
from conftest import DOCUMENTS, TUTORIALS
from endpoint_clients import AWS, tar
from harness import Api, answered
from sagemaker_document.data_set import reviews
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

import roost

needs_documents = pytest.mark.skipif(
    not (DOCUMENTS.is_dir() and TUTORIALS.is_dir()),
    reason=f"The documents are not at {DOCUMENTS}, or their data not at {TUTORIALS}; "
    "set ROOST_DOCUMENTS and ROOST_TUTORIALS.",
)


@pytest.fixture
def folder(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook's folder, made current and importable, with the models and data of the two documents."""
    (tmp_path / "models").mkdir()
    (tmp_path / "data").mkdir()
    for model in [*TUTORIALS.glob("*/*.zip"), *TUTORIALS.glob("*/*.onnx")]:
        shutil.copy(model, tmp_path / "models")
    shutil.copy(TUTORIALS / "abtest" / "data-1.json", tmp_path / "data")
    shutil.copy(TUTORIALS / "shadow" / "smoke_test.json", tmp_path)
    rows = json.loads((TUTORIALS / "abtest" / "test_data.json").read_text())
    (tmp_path / "data" / "test_data.py").write_text(f"data = {rows!r}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ROOST_URL", server)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    return tmp_path


def has_picture(shown: str) -> bool:
    picture = shown[shown.index("<svg") : shown.index("</svg>") + len("</svg>")]
    return ElementTree.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"


@needs_documents
def test_the_ab_test_needs_no_counting_by_hand(folder: Path, api: Api) -> None:
    # The same models under the same names continue an experiment, so that of other tests ends here.
    if api.get("/v1/pipelines/randomsplitpipeline-demo").status_code == 200:
        api.undeploy("randomsplitpipeline-demo")
        answered(api.delete("/v1/pipelines/randomsplitpipeline-demo", params={"force": "true", "log": "true"}), 200)
    names = notebook.run(DOCUMENTS / "ab-testing.md").names
    report = names["experiment_pipeline"].report(goal="outputs[7][0] > 0.5")

    # The document sends one row five times before the thousand.
    results = [*names["responses"], *(result for batch in names["results"] for result in batch)]
    counted = {"aloha-control": [0, 0], "aloha-challenger": [0, 0]}
    for result in results:
        counts = counted[result.raw["model_name"]]
        counts[0] += 1
        counts[1] += result.raw["outputs"][7]["Float"]["data"][0] > 0.5
    assert report.entries == len(results) == 1005
    assert {arm.name: arm.requests for arm in report.arms} == {name: counts[0] for name, counts in counted.items()}
    rates = {name: counts[1] / counts[0] for name, counts in counted.items()}
    assert {arm.name: arm.goal.value for arm in report.arms} == pytest.approx(rates)
    assert [arm.name for arm in report.arms] == ["aloha-control", "aloha-challenger"]
    (comparison,) = report.comparisons
    assert comparison.difference.value == pytest.approx(rates["aloha-challenger"] - rates["aloha-control"])
    assert comparison.difference.interval[0] < comparison.difference.value < comparison.difference.interval[1]
    # The two models hardly differ, and `alpha` is the share of such experiments with another verdict.
    assert report.verdict in ("not_enough_data", "better", "worse")

    shown = str(report)
    assert "outputs[7][0] > 0.5" in shown
    for name, (count, _) in counted.items():
        (line,) = [line for line in shown.splitlines() if line.startswith(name + " ")][:1]
        assert str(count) in line.split()
        assert f"{rates[name] * 100:.2f}" in line.split()
    assert f"{comparison.difference.value * 100:+.1f}".replace("-", "\u2212") in shown
    assert report.verdict.replace("_", " ").capitalize() + ". “outputs[7][0] > 0.5” holds for" in shown
    assert has_picture(report._repr_html_())
    assert report.verify()["is_reproduced"]

    # The thousand alone, as the document counts them.
    since = min(result.raw["time"] for result in names["responses"])
    window = names["experiment_pipeline"].report(goal="outputs[7][0] > 0.5", start=since)
    assert window.entries == 1000
    control, challenger = window.arms
    assert (control.requests, challenger.requests) == (names["control_count"], names["challenger_count"])
    assert control.goal.value == pytest.approx(names["control_success"] / names["control_count"])
    assert challenger.goal.value == pytest.approx(names["challenger_success"] / names["challenger_count"])


@needs_documents
def test_the_shadow_deploy_prints_a_report(folder: Path) -> None:
    names = notebook.run(DOCUMENTS / "shadow-deployment.md").names
    report = names["pipeline"].report(start=min(result.raw["time"] for result in names["response"]))
    assert report.kind == "shadow"
    assert {comparison.name: comparison.rows for comparison in report.comparisons} == {
        "ccfraud-rf": 1,
        "ccfraud-xgb": 1,
    }
    champion = names["response"][0].data()[0][0][0]
    for comparison in report.comparisons:
        challenger = names["response"][0].shadow_data()[comparison.name][0][0][0]
        assert comparison.champion == "ccfraud-lstm"
        assert comparison.agreement.value == float((challenger >= 0.5) == (champion >= 0.5))
        assert comparison.differences["largest"] == pytest.approx(abs(challenger - champion))
        assert f"{comparison.name} takes the same decision as ccfraud-lstm for" in str(report)
    assert has_picture(report._repr_html_())


def shifted(rows: int, seed: int) -> tuple[Any, Any]:
    """Returns reviews by people who use other words: what was positive is partly written with words for the film."""
    x, y = reviews(rows, seed)
    return x[:, [6, 1, 7, 3, 8, 5, 0, 2, 4, 9]], y


def test_the_accuracy_on_old_and_new_reviews_comes_from_the_log_of_the_endpoint(server: str) -> None:
    aws = AWS(server)
    train_x, train_y = reviews(800, seed=1)
    parameters = {"objective": "binary:logistic", "max_depth": 5, "eta": 0.2, "nthread": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(train_x, train_y), 30)
    aws.put_model("document-reviews", tar({"xgboost-model": bytes(booster.save_raw("ubj"))}))
    aws.put_config("document-reviews", ("XGB-Model", "document-reviews", 1))
    aws.serve("document-reviews", "document-reviews")

    def predict(name: str, rows: Any) -> Any:
        scores = []
        for number, row in enumerate(rows):
            body = ",".join(str(count) for count in row)
            scores.append(float(aws.predict("document-reviews", body, InferenceId=f"{name}-{number}")))
        return np.array(scores)

    old_x, old_y = reviews(300, seed=2)
    new_x, new_y = shifted(300, seed=3)
    old_scores = predict("old", old_x)
    # The log has whole milliseconds.
    time.sleep(0.01)
    changed = datetime.now(timezone.utc)
    time.sleep(0.01)
    new_scores = predict("new", new_x)

    pipeline = roost.Client(server).pipelines_by_name("document-reviews")[0]
    assert pipeline.add_labels([f"old-{number}" for number in range(300)], old_y) == 300
    assert pipeline.add_labels([f"new-{number}" for number in range(300)], new_y) == 300
    assert pipeline.ground_truth()["labels"] == 600

    old = pipeline.quality(end=changed, worst=1000)
    new = pipeline.quality(start=changed, worst=1000)
    for quality, y, scores, name in ((old, old_y, old_scores, "old"), (new, new_y, new_scores, "new")):
        # As the document rounds them.
        predictions = np.round(scores)
        (group,) = quality.groups
        assert (group.rows, group.labeled_rows) == (300, 300)
        assert group.metrics["accuracy"] == pytest.approx(accuracy_score(y, predictions))
        assert group.metrics["f1"] == pytest.approx(f1_score(y, predictions))
        assert group.metrics["roc_auc"] == pytest.approx(roc_auc_score(y, scores), abs=1e-6)
        wrong = {f"{name}-{number}" for number in np.flatnonzero(predictions != y)}
        assert {mistake.id for mistake in quality.mistakes} == wrong
    assert old.groups[0].metrics["accuracy"] > 0.85
    assert new.groups[0].metrics["accuracy"] < old.groups[0].metrics["accuracy"] - 0.1

    # The misclassified reviews themselves, which the document prints one by one.
    mistake = new.mistakes[0]
    (entry,) = pipeline.logs(id=mistake.id)
    assert entry.input["input"][0] == new_x[int(mistake.id.removeprefix("new-"))].tolist()
    assert mistake.label == str(new_y[int(mistake.id.removeprefix("new-"))])
    assert "The worst" in str(new)
