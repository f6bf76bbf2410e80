"""recordio-protobuf: the SDKs' estimators for SageMaker's built-in algorithms, and errors in records."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import REPOSITORY, Server
from learning import Job
from sagemaker_document.clusters import classes, clusters, products
from sagemaker_programs import run_program
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

TYPE = "application/x-recordio-protobuf"


@pytest.mark.parametrize("sdk", ["sagemaker1", "sagemaker2"])
def test_the_estimators_of_the_sdk(start_server: Callable[..., Server], tmp_path: Path, sdk: str) -> None:
    python = REPOSITORY / f".venv-{sdk}" / "bin" / "python"
    results = run_program(start_server(), tmp_path / "program", python, "own_estimators.py")

    x, y = classes()
    scaler = StandardScaler().fit(x[:500])
    reference = LogisticRegression(C=1 / (0.001 * 500), tol=1e-9).fit(scaler.transform(x[:500]), y[:500])
    scores = reference.predict_proba(scaler.transform(x[500:]))[:, 1]
    assert results["linear"]["score"] == pytest.approx(scores, abs=1e-3)
    assert results["linear_float64"] == results["linear"]["score"]
    assert results["linear_transform"] == results["linear"]["score"]
    assert np.mean(np.array(results["linear"]["predicted_label"]) == y[500:]) > 0.8
    for each, label in zip(
        json.loads(results["linear_json"])["predictions"], results["linear"]["predicted_label"][:3], strict=True
    ):
        assert type(each["predicted_label"]) is int
        assert each["predicted_label"] == label

    rows = clusters()
    best = KMeans(4, n_init=10, random_state=0).fit(rows)
    distances = np.min(best.transform(rows), axis=1)
    assert results["kmeans"]["distance_to_cluster"] == pytest.approx(distances, rel=2e-2)
    assert len(set(zip(results["kmeans"]["closest_cluster"], best.labels_, strict=True))) == 4

    x, y = products()
    design = np.column_stack([x, np.ones(len(x))])
    best_linear = np.std(design @ np.linalg.lstsq(design, y, rcond=None)[0] - y)
    assert np.std(results["factorization"] - y) < best_linear / 4
    if "sparse" in results:
        # The same rows in another encoding.
        assert results["sparse"] == pytest.approx(results["factorization"], abs=1e-6)


def field(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def record(values: list[float], label: float | None = None, more: bytes = b"") -> bytes:
    """Returns a record in its frame. `more` has additional fields of the features' tensor."""

    def entry(number: int, tensor: bytes) -> bytes:
        return field(number, field(1, b"values") + field(2, field(2, tensor)))

    content = entry(1, field(1, struct.pack(f"<{len(values)}f", *values)) + more)
    if label is not None:
        content += entry(2, field(1, struct.pack("<f", label)))
    return struct.pack("<II", 0xCED7230A, len(content)) + content + bytes(-len(content) % 4)


GOOD = record([1, 2], label=0) + record([3, 4], label=1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (GOOD[:-5], "train/rows.pbr, record 2: its frame has a length of"),
        (GOOD + b"junk", "train/rows.pbr, record 3: expected the magic number 0xced7230a"),
        (b"1,2,3\n", "train/rows.pbr, record 1: expected the magic number 0xced7230a of its frame at byte 0"),
        (GOOD + record([5, 6]), "train/rows.pbr, record 3: it has no label."),
        (GOOD + record([5], label=1), "record 3: it has 1 features, but the first record has 2."),
        (GOOD + record([5], label=1, more=field(3, b"\x07")), "record 3: it has 1 values for 7 columns"),
        (GOOD + record([5], label=1, more=field(2, b"\x00")), "record 3: it has keys but no shape"),
        (GOOD + record([5], label=1, more=field(2, b"\x02") + field(3, b"\x02")), "key 2 is out of range"),
        (GOOD + record([5], label=1, more=field(3, b"\xff" * 9 + b"\x01")), "more than 100000000 columns"),
        (b"", "its files are empty"),
    ],
)
@pytest.mark.parametrize(
    ("algorithm", "hyperparameters"),
    [
        ("linear-learner", {"predictor_type": "regressor"}),
        ("factorization-machines", {"predictor_type": "regressor", "feature_dim": 2, "num_factors": 2}),
    ],
)
def test_what_is_wrong_with_records_is_said(
    job: Job, algorithm: str, hyperparameters: dict[str, Any], content: bytes, reason: str
) -> None:
    job.channel("train", "", TYPE, file="rows.pbr")
    (job.root / "input/data/train/rows.pbr").write_bytes(content)
    failure = job.failure(algorithm, hyperparameters)
    assert failure.startswith("ClientError: ")
    assert reason in failure


def test_xgboost_learns_from_records_too(job: Job) -> None:
    chance = np.random.default_rng(3)
    x = chance.normal(size=(300, 2)).astype("f4")
    job.channel("train", "", TYPE, file="rows.pbr")
    rows = b"".join(record([float(a), float(b)], label=float(a > b)) for a, b in x)
    (job.root / "input/data/train/rows.pbr").write_bytes(rows)
    output = job.run("xgboost", {"objective": "binary:logistic", "num_round": 20, "eval_metric": "error"})
    assert float(output.strip().splitlines()[-1].split("train-error:")[1]) < 0.05
