"""Calls the operations on jobs as the OpenAPI document describes them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from harness import until
from openapi_curves import curves
from openapi_walk import Walk
from test_s3 import connect

TRAIN = """#!/bin/sh
echo "loss: 0.5"
echo model > "$SAGEMAKER_BASE_DIR/model/weights"
grep -q wait "$SAGEMAKER_BASE_DIR/input/config/hyperparameters.json" && exec sleep 600
exit 0
"""


def algorithm(folder: Path) -> bytes:
    """Returns the archive of an algorithm that finishes at once, or waits forever if told to."""
    packed = folder / "algorithm.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("train", TRAIN)
        file.writestr("serve", "#!/bin/sh\n")
    return packed.read_bytes()


def jobs(walk: Walk, folder: Path) -> None:
    walk("PUT", "/v1/algorithms/{algorithm}", 200, "patience", data=algorithm(folder))
    walk("GET", "/v1/algorithms", 200)
    s3 = connect(walk.api.url)
    s3.create_bucket(Bucket="data")
    house = ",".join(["1"] * 13)
    s3.put_object(Bucket="data", Key="few", Body=house)
    s3.put_object(Bucket="data", Key="many", Body="\n".join([house] * 500_000))
    training = {
        "name": "one",
        "algorithm": "patience",
        "channels": [{"name": "train", "uri": "s3://data/few"}],
        "output": "s3://data/out",
        "metrics": [{"name": "loss", "pattern": "loss: (.*)"}],
    }
    wait = {"hyperparameters": {"wait": "yes"}}
    tuning = {
        "name": "one",
        "strategy": "Random",
        "objective": {"metric": "loss", "direction": "Minimize"},
        "ranges": [
            {"name": "depth", "type": "integer", "min": 2, "max": 5},
            {"name": "eta", "type": "continuous", "min": 0.1, "max": 0.5, "scaling": "Logarithmic"},
            {"name": "booster", "type": "categorical", "values": ["a", "b"]},
        ],
        "max_trials": 2,
        "training": training | {"name": "trial"},
    }
    houses = {"name": "input", "uri": "s3://data/few", "content_type": "text/csv"}
    transform = {"name": "one", "model": "housing-regression", "input": houses, "output": "s3://data/out"}
    slow = {"input": houses | {"uri": "s3://data/many"}, "split": "Line", "batching": "SingleRecord"}
    definitions: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "training": (training, wait),
        "tuning": (tuning, {"training": training | {"name": "trial"} | wait}),
        "transform": (transform, slow),
    }
    for kind, (definition, endless) in definitions.items():
        path = f"/v1/{kind}-jobs"
        walk("POST", path, 201, json=definition)
        walk("POST", path, 409, json=definition)
        walk("POST", path, 400, json=definition | {"nome": "x"})
        assert ended(walk, path, "one") == "Completed"
        query = {"name_contains": "one", "status": "Completed", "sort": "name", "order": "asc"}
        assert len(walk("GET", path, 200, params=query)["jobs"]) == 1
        walk("GET", path + "/{job}/logs", 200, "one", params={"from": "0", "limit": "10"})
        walk("GET", path + "/{job}", 404, "nope")
        walk("GET", path, 400, params={"sort": "size"})
        walk("POST", path + "/{job}/stop", 409, "one")
        walk("POST", path, 201, json=definition | endless | {"name": "two"})
        page = walk("GET", path, 200, params={"limit": "1"})
        assert page["next_offset"] == 1
        walk("GET", path, 200, params={"limit": "1", "offset": "1"})
        walk("POST", path + "/{job}/stop", 202, "two")
        assert ended(walk, path, "two") == "Stopped"
    metrics = "/v1/training-jobs/{job}/metrics"
    course = walk("GET", metrics, 200, "one", params={"name": "loss", "points": "2"})
    assert course["count"] == len(course["values"]) == len(course["times"]) == 1, course
    assert walk("GET", metrics, 200, "one", params={"name": "nope"})["count"] == 0
    walk("GET", metrics, 400, "one")
    walk("GET", metrics, 404, "nope", params={"name": "loss"})
    trials = walk("GET", "/v1/training-jobs", 200, params={"tuning_job": "one"})["jobs"]
    assert [trial["state"]["status"] for trial in trials] == ["Completed", "Completed"]
    curves(walk, training)
    walk("DELETE", "/v1/algorithms/{algorithm}", 200, "patience")


def ended(walk: Walk, path: str, name: str) -> Any:
    """Waits until a job is over, and returns its status."""

    def status() -> Any:
        status = walk("GET", path + "/{job}", 200, name)["state"]["status"]
        return None if status in ("InProgress", "Stopping") else status

    return until(status, f"the end of {name}")
