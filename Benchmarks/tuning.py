"""Compares tuning strategies on known functions of the hyperparameters, with tuning jobs on a release build.

Each job has 20 trials, three at a time. Each trial is a training job of a custom algorithm that computes the function and prints
its value. Bayesian and Random run with the same ten seeds. The claim is that Bayesian has the better median of best values.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench import ROOT, call, roost
from claims import Claim, show

TRIALS, WIDTH = 20, 3
ACCOUNT, REGION = "000000000000", "us-east-1"
SIGNED = f"AWS4-HMAC-SHA256 Credential=bench/20260101/{REGION}/{{}}/aws4_request, SignedHeaders=host, Signature=0"

# Branin and Hartmann 6: https://www.sfu.ca/~ssurjano/optimization.html. The third mixes the kinds of hyperparameters that XGBoost has.
TRAIN = """#!/usr/bin/env python3
import json, math, os
root = os.environ["SAGEMAKER_BASE_DIR"]
given = json.load(open(root + "/input/config/hyperparameters.json"))
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991], [2348, 1451, 3522, 2883, 3047, 6650],
     [4047, 8828, 8732, 5743, 1091, 381]]
def branin():
    x, y = float(given["x"]), float(given["y"])
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
def hartmann6():
    x = [float(given[f"x{i}"]) for i in range(6)]
    return -sum(c * math.exp(-sum(a * (v - p / 1e4) ** 2 for a, v, p in zip(row, x, place)))
                for c, row, place in zip([1, 1.2, 3, 3.2], A, P))
def mixed():
    rate, depth, weight = math.log10(float(given["eta"])), int(given["max_depth"]), float(given["lambda"])
    kind = {"gbtree": 0, "dart": 0.15, "gblinear": 0.6 + 0.3 * weight}[given["booster"]]
    return (rate + 1.3) ** 2 + 0.04 * (depth - 6) ** 2 + 0.3 * (weight - 0.4) ** 2 + kind
print(f"objective={globals()[given['function']]():.12f};")
open(root + "/model/model", "w").write("none")
"""


def continuous(name: str, low: float, high: float, scaling: str = "Linear") -> dict[str, str]:
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scaling}


FUNCTIONS: dict[str, dict[str, Any]] = {
    "branin": {"ContinuousParameterRanges": [continuous("x", -5, 10), continuous("y", 0, 15)]},
    "hartmann6": {"ContinuousParameterRanges": [continuous(f"x{index}", 0, 1) for index in range(6)]},
    "mixed": {
        "ContinuousParameterRanges": [continuous("eta", 0.0001, 1, "Logarithmic"), continuous("lambda", 0, 5)],
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "20", "ScalingType": "Linear"}],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "gblinear", "dart"]}],
    },
}


def signed(method: str, url: str, service: str, body: bytes, **headers: str) -> bytes:
    """Sends a request as AWS clients do. The server accepts any signature on loopback."""
    fields = {"Authorization": SIGNED.format(service)} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    request = urllib.request.Request(url, data=body, method=method, headers=fields)
    with urllib.request.urlopen(request, timeout=60) as response:
        return bytes(response.read())


def sagemaker(url: str, operation: str, body: dict[str, Any]) -> Any:
    answer = signed(
        "POST",
        url,
        "sagemaker",
        json.dumps(body).encode(),
        X_Amz_Target=f"SageMaker.{operation}",
        Content_Type="application/x-amz-json-1.1",
    )
    return json.loads(answer or b"{}")


def prepare(url: str) -> None:
    """Creates a bucket for the trials' artifacts, and adds the algorithm."""
    signed("PUT", f"{url}/bench", "s3", b"")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("train")
        entry.size, entry.mode = len(TRAIN), 0o755
        tar.addfile(entry, io.BytesIO(TRAIN.encode()))
    call("PUT", f"{url}/v1/algorithms/known-function", archive.getvalue(), "application/octet-stream")


def start(url: str, function: str, strategy: str, seed: int) -> str:
    name = f"{function}-{strategy[:5].lower()}-{seed}"
    metrics = [{"Name": "objective", "Regex": "objective=(.*);"}]
    sagemaker(
        url,
        "CreateHyperParameterTuningJob",
        {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "objective"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": TRIALS, "MaxParallelTrainingJobs": WIDTH},
                "ParameterRanges": FUNCTIONS[function],
                "RandomSeed": seed,
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": {"function": function},
                "AlgorithmSpecification": {
                    "TrainingImage": "known-function",
                    "TrainingInputMode": "File",
                    "MetricDefinitions": metrics,
                },
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/bench-mark",
                "OutputDataConfig": {"S3OutputPath": "s3://bench/output"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            },
        },
    )
    return name


def best(url: str, name: str) -> float:
    """Waits until a job is over, and returns its best value."""
    while True:
        job = sagemaker(url, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name})
        if job["HyperParameterTuningJobStatus"] == "Completed":
            if job["ObjectiveStatusCounters"]["Succeeded"] != TRIALS:
                raise SystemExit(f"Trials of {name} failed: {job}")
            return float(job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
        if job["HyperParameterTuningJobStatus"] != "InProgress":
            raise SystemExit(f"Tuning job {name} did not complete: {job}")
        time.sleep(0.2)


def measure(binary: Path, seeds: int, folder: Path) -> list[Claim]:
    """Prints the table, and returns the claims: description, value, bound, and whether it holds."""
    claims = []
    print(f"\nBest of {TRIALS} trials, {WIDTH} at once: median over {seeds} seeds")
    print(f"{'':12} {'Bayesian':>10} {'Random':>10} {'won':>6} {'seconds':>9}")
    with roost(binary, folder / "tuning") as (url, _, _):
        prepare(url)
        for function in FUNCTIONS:
            before = time.monotonic()
            names = {
                strategy: [start(url, function, strategy, seed) for seed in range(1, seeds + 1)]
                for strategy in ("Bayesian", "Random")
            }
            found = {strategy: [best(url, name) for name in each] for strategy, each in names.items()}
            ours, random = (statistics.median(found[strategy]) for strategy in ("Bayesian", "Random"))
            won = sum(mine < other for mine, other in zip(found["Bayesian"], found["Random"], strict=True))
            print(f"{function:12} {ours:10.4f} {random:10.4f} {won:3}/{seeds:<2} {time.monotonic() - before:9.1f}")
            claims.append((f"{function}: Bayesian's median best", ours, f"< {random:.2f}", ours < random))
    return claims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        claims = measure(options.binary, options.seeds, Path(folder))
    show("tuning", claims)


if __name__ == "__main__":
    main()
