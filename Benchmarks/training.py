"""Benchmarks training with the built-in xgboost on a release build against Python's xgboost on the same data and threads.

The data is a CSV file of 200,000 rows and 50 columns; training takes 200 rounds with the default tree method. Roost's time is that
of the whole process, from start to artifact. Python's is that of pandas.read_csv, DMatrix, train and save_model, without startup
and imports. Rounds alternate, and medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from claims import show

ROOT = Path(__file__).resolve().parents[1]
BINARY = Path(os.environ.get("ROOST_BINARY") or ROOT / ".build-release" / "release" / "roost")

MAKE_DATA = """
import sys
import numpy, pandas
rows, columns, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
random = numpy.random.default_rng(0)
x = random.normal(size=(rows, columns)).astype("f4")
y = x[:, 0] * 3 + x[:, 1] * x[:, 2] + numpy.sin(x[:, 3]) + random.normal(size=rows) * 0.1
pandas.DataFrame(numpy.column_stack([y, x])).to_csv(path, header=False, index=False, float_format="%.7g")
"""

TRAIN = """
import json, sys, time
import pandas, xgboost
path, model, rounds, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
start = time.perf_counter()
data = pandas.read_csv(path, header=None, dtype="f4")
matrix = xgboost.DMatrix(data.iloc[:, 1:], data.iloc[:, 0], nthread=threads)
read = time.perf_counter()
booster = xgboost.train({"nthread": threads}, matrix, rounds, evals=[(matrix, "train")], verbose_eval=False)
booster.save_model(model)
end = time.perf_counter()
print(json.dumps({"read": read - start, "all": end - start}))
"""


def train_here(root: Path, rounds: int, threads: int) -> float:
    environment = os.environ | {"SAGEMAKER_BASE_DIR": str(root), "OMP_NUM_THREADS": str(threads)}
    environment.setdefault("ROOST_RUNTIMES", str(ROOT / ".build/runtimes"))
    start = time.perf_counter()
    subprocess.run([str(BINARY), "learn", "xgboost"], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def train_there(csv: Path, model: Path, rounds: int, threads: int) -> dict[str, float]:
    arguments = [sys.executable, "-c", TRAIN, str(csv), str(model), str(rounds), str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    output = subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True).stdout
    times: dict[str, float] = json.loads(output)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=float, default=1.15, help="the highest ratio that is allowed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in ("input/config", "input/data/train", "model", "output"):
            (root / part).mkdir(parents=True)
        csv = root / "input/data/train/data.csv"
        subprocess.run([sys.executable, "-c", MAKE_DATA, str(options.rows), str(options.columns), str(csv)], check=True)
        (root / "input/config/hyperparameters.json").write_text(json.dumps({"num_round": str(options.rounds)}))
        (root / "input/config/inputdataconfig.json").write_text(json.dumps({"train": {"ContentType": "text/csv"}}))
        ours: list[float] = []
        theirs: list[dict[str, float]] = []
        for _ in range(options.repeats):
            ours.append(train_here(root, options.rounds, options.threads))
            theirs.append(train_there(csv, root / "model.ubj", options.rounds, options.threads))
        here = statistics.median(ours)
        there = statistics.median(each["all"] for each in theirs)
        read = statistics.median(each["read"] for each in theirs)
        print(
            f"training, {options.rows:,} rows x {options.columns} columns, {options.rounds} rounds, "
            f"{options.threads} threads ({csv.stat().st_size / 1e6:.0f} MB of CSV)"
        )
        print(f"  roost learn xgboost   {here:6.2f} s")
        print(f"  python xgboost        {there:6.2f} s, of which {read:.2f} s is reading")
        ratio = here / there
        show("training", [("training vs. Python: time", ratio, f"<= {options.most}", ratio <= options.most)])
        if ratio > options.most:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
