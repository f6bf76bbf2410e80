"""A booster that stopped early reports it, and predicts with all its trees or with those up to the best iteration."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from harness import BINARY, Api, answered, refused

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.random((300, 4)).astype(np.float32)
SAMPLE = ROWS[:20]


def trained(objective: str, classes: int = 0) -> Any:
    labels = RANDOM.integers(0, classes or 2, len(ROWS))
    parameters: dict[str, Any] = {"objective": objective, "max_depth": 3, "seed": 1}
    if classes:
        parameters["num_class"] = classes
    seen, unseen = (xgboost.DMatrix(ROWS[part], labels[part]) for part in (slice(0, 200), slice(200, 300)))
    booster = xgboost.train(
        parameters, seen, 40, evals=[(unseen, "unseen")], early_stopping_rounds=5, verbose_eval=False
    )
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    return booster


@pytest.mark.parametrize(("objective", "classes"), [("binary:logistic", 0), ("multi:softprob", 3)])
@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("trees", ["all", "best"])
def test_a_booster_answers_with_the_trees_that_were_chosen(
    api: Api, objective: str, classes: int, form: str, trees: str
) -> None:
    booster = trained(objective, classes)
    name = f"early-{objective.partition(':')[0]}-{form}-{trees}"
    version = api.upload(name, bytes(booster.save_raw(form)), trees=trees)
    rounds, best = booster.num_boosted_rounds(), booster.best_iteration
    assert version["boosting"] == {"rounds": rounds, "best_iteration": best, "trees": trees}
    api.serve(name, [name])
    answer = api.infer(name, {"input": SAMPLE.tolist()})["outputs"][0]["Float"]
    wanted = booster.predict(
        xgboost.DMatrix(SAMPLE), iteration_range=(0, best + 1) if trees == "best" else (0, 0), strict_shape=True
    )
    assert answer["dim"] == list(wanted.shape)
    np.testing.assert_allclose(np.array(answer["data"]).reshape(wanted.shape), wanted, rtol=1e-6)
    other = booster.predict(xgboost.DMatrix(SAMPLE), iteration_range=(0, best + 1 if trees == "all" else rounds))
    assert not np.allclose(np.array(answer["data"]), other.ravel())


def test_the_command_chooses_and_says_how_many_trees_answer(api: Api, tmp_path: Path) -> None:
    booster = trained("binary:logistic")
    path = tmp_path / "model.json"
    booster.save_model(path)
    arguments = [str(BINARY), "model", "upload", "chosen", str(path), "--trees", "best", "--url", api.url]
    printed = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60).stdout
    assert f"{booster.best_iteration + 1} of {booster.num_boosted_rounds()} boosting rounds" in printed


def test_what_has_no_best_iteration_cannot_stop_at_it(api: Api) -> None:
    plain = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(ROWS, ROWS[:, 0]), 3)
    content = bytes(plain.save_raw("json"))
    upload = "/v1/models/plain/versions?trees="
    refused(api.post(upload + "best", data=content), 400, "body", "no best iteration", "trees=all")
    refused(api.post(upload + "some", data=content), 400, "trees", "'some'")
    refused(api.post(upload + "best", data=b"\x08\x07"), 400, "trees", "XGBoost")
    version = answered(api.post(upload + "all", data=content), 201)
    assert version["boosting"] == {"rounds": 3, "trees": "all"}
    # Implausible values in the file are ignored.
    document = json.loads(content)
    document["learner"]["attributes"]["best_iteration"] = "99999999999"
    assert "best_iteration" not in api.upload("plain", json.dumps(document).encode())["boosting"]
