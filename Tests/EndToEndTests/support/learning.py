"""Helpers shared by the tests of the built-in algorithms: a job's folder, data, and the metrics in its output."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from harness import BINARY

Array = np.ndarray[Any, Any]


class Job:
    """The folder of a training job."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("input/config", "input/data", "model", "output", "checkpoints"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.channels: dict[str, dict[str, str]] = {}

    def channel(self, name: str, text: str | Array, content_type: str | None = "text/csv", file: str = "a.csv") -> None:
        path = self.root / "input/data" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, str):
            path.write_text(text)
        else:
            np.savetxt(path, text, delimiter=",", fmt="%.9g")
        self.channels[name] = {"ContentType": content_type} if content_type else {}

    def start(self, algorithm: str, hyperparameters: dict[str, object], threads: int = 2) -> subprocess.Popen[str]:
        config = self.root / "input/config"
        (config / "hyperparameters.json").write_text(json.dumps({k: str(v) for k, v in hyperparameters.items()}))
        (config / "inputdataconfig.json").write_text(json.dumps(self.channels))
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(self.root), "OMP_NUM_THREADS": str(threads)}
        return subprocess.Popen(
            [str(BINARY), "learn", algorithm],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, algorithm: str, hyperparameters: dict[str, object], threads: int = 2) -> str:
        process = self.start(algorithm, hyperparameters, threads)
        output, errors = process.communicate(timeout=300)
        assert process.returncode == 0, output + errors
        return output

    def failure(self, algorithm: str, hyperparameters: dict[str, object]) -> str:
        process = self.start(algorithm, hyperparameters)
        process.communicate(timeout=300)
        assert process.returncode == 1
        assert not (self.root / "model").exists() or not any((self.root / "model").iterdir())
        return (self.root / "output/failure").read_text()

    def booster(self) -> xgboost.Booster:
        booster = xgboost.Booster()
        booster.load_model(bytearray((self.root / "model/xgboost-model").read_bytes()))
        return booster

    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = json.loads((self.root / "model/model.json").read_text())
        return model


def regression(rows: int = 1200, columns: int = 8, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, columns)).astype("f4")
    y = (3 * x[:, 0] + x[:, 1] ** 2 + x[:, 2] * x[:, 3] + 0.1 * random.normal(size=rows)).astype("f4")
    return x, y


def classes(rows: int = 1200, count: int = 2, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 6)).astype("f4")
    y = np.argmax(x[:, :count] + 0.7 * random.normal(size=(rows, count)), axis=1).astype("f4")
    return x, y


def standardized(x: Array) -> Array:
    wide = x.astype("f8")
    scaled: Array = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    return scaled


def metric_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("[")]


def last_metric(output: str, name: str) -> float:
    return float(re.findall(rf"#011{re.escape(name)}:(\S+?)(?=#011|$)", output, re.MULTILINE)[-1])


def quality(output: str, name: str) -> float:
    return float(re.findall(rf"#quality_metric: host=\S+, {re.escape(name)} <\w+>=(\S+)", output)[-1])


# XGBoost
