"""A loop that notices drift, trains again, tests, replays, shadows, canaries and promotes, while clients send requests.

    python Examples/closing_the_loop.py

It needs a running server (ROOST_URL, or http://127.0.0.1:8080) and the SDK, and takes about a minute. docs/guides/closing-the-loop.md
explains each part. The times are short, so that you can watch; a real loop takes hours or days for the same.

What counts as a failure: any answer but 200. While no server is there, because someone restarts it, or while it says that it is starting, a
client sends the same request again, as clients of any server do.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

import roost

Result = TypeVar("Result")

OLD_SIZES, NEW_SIZES = (30.0, 80.0), (100.0, 150.0)
LIMIT = 300.0


def true_price(size: float, age: float) -> float:
    return round(3 * size - age, 1)


def houses(dice: random.Random, count: int, sizes: tuple[float, float]) -> list[list[float]]:
    return [[round(dice.uniform(*sizes), 1), round(dice.uniform(0, 20), 1)] for _ in range(count)]


def patient(ask: Callable[[], Result]) -> Result:
    """Asks until a server is there, and has started."""
    while True:
        try:
            return ask()
        except roost.ServerUnreachableError:
            time.sleep(0.1)
        except roost.APIError as error:
            if "The server is starting" not in str(error):
                raise
            time.sleep(0.1)


class Clients:
    """People who ask for prices, some forty times a second, and later tell what a house was sold for."""

    def __init__(self, name: str) -> None:
        self.sizes = OLD_SIZES
        self.requests = 0
        self.failures: list[str] = []
        self.errors: list[float] = []
        self._name = name
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(seed,), daemon=True) for seed in (1, 2)]

    def _run(self, seed: int) -> None:
        client = roost.Client()
        pipeline = patient(lambda: client.pipelines_by_name(self._name)[0])
        dice = random.Random(seed)
        while not self._end.wait(0.05):
            (house,) = houses(dice, 1, self.sizes)
            try:
                result = patient(lambda house=house: pipeline.infer({"input": [house]}))[0]
                self.requests += 1
                price = true_price(*house)
                patient(lambda result=result, price=price: pipeline.add_label(result, price))
                self.errors.append(abs(result.data()[0].item() - price))
            except roost.RoostError as error:
                self.failures.append(str(error))

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(60)

    def error(self) -> float:
        """Returns the mean error of the last hundred answers."""
        last = self.errors[-100:]
        return sum(last) / max(1, len(last))


def serve_champion(client: roost.Client, name: str, bucket: str) -> None:
    """Trains the first model on small houses, and serves it."""
    client.buckets.create(bucket)
    lines = [f"{true_price(*house)},{house[0]},{house[1]}\n" for house in houses(random.Random(3), 800, OLD_SIZES)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "first.csv"
        file.write_text("".join(lines))
        client.buckets.upload(file, f"s3://{bucket}/first.csv")
    client.train(
        f"{name}-first",
        "xgboost",
        {"train": f"s3://{bucket}/first.csv"},
        f"s3://{bucket}/models",
        hyperparameters={"objective": "reg:squarederror", "num_round": 60},
        content_type="text/csv",
    ).wait()
    model = client.upload_model(name, f"job:{name}-first")
    client.build_pipeline(name).add_model_step(model).deploy()


def close_the_loop(client: roost.Client, name: str, bucket: str, begun: datetime) -> roost.Loop:
    """Watches the sizes, and says what is to happen if they drift."""
    client.put_suite(
        f"{name}-basics",
        {
            "model": name,
            "cases": [
                {
                    "name": "still-knows-small-houses",
                    "quality": {"metric": "rmse", "data": f"s3://{bucket}/first.csv", "maximum": 15},
                },
                {"name": "fast", "latency": {"budget_ms": 200, "runs": 20}},
                {"name": "small", "size": {"budget_bytes": 10_000_000}},
            ],
        },
    )
    client.add_assay(
        f"{name}-size",
        name,
        "inputs.input[0]",
        "6s",
        baseline={"start": begun, "end": datetime.now(timezone.utc)},
        every="2s",
        # Few values of a slow machine suffice for a drift as large as this one.
        bins={"count": 4},
        warn=0.5,
        alert=1,
        minimum=20,
        alerts=1,
        out_of=1,
    )
    close = "outputs[0][0] - label < 20 and label - outputs[0][0] < 20"
    return client.put_loop(
        f"{name}-loop",
        {
            "pipeline": name,
            "when": {"assay": f"{name}-size"},
            "cooldown": "1h",
            "then": {
                "build": {"output": f"s3://{bucket}/sets", "add_to": f"s3://{bucket}/first.csv"},
                "train": {
                    "algorithm": "xgboost",
                    "output": f"s3://{bucket}/models",
                    "hyperparameters": {"objective": "reg:squarederror", "num_round": "60"},
                },
                "test": [f"{name}-basics"],
                "replay": 200,
                "shadow": {"duration": "2s", "units": 50},
                "canary": {
                    "stages": [
                        {"share": "10%", "duration": "2s", "units": 5},
                        {"share": "50%", "duration": "2s", "units": 20},
                    ],
                    "goal": {"metric": close},
                },
                "promote": "better",
                "tell": "{{pipeline}} answers with {{version}} now. It has learned from {{rows}} rows.",
            },
        },
    )


def main() -> int:
    client = roost.Client()
    name = f"homes-{time.time_ns() // 10**6}"
    bucket = f"{name}-data"
    begun = datetime.now(timezone.utc) - timedelta(seconds=1)
    serve_champion(client, name, bucket)
    print(f"Pipeline {name} serves a model that has learned from small houses.", flush=True)
    with Clients(name) as clients:
        time.sleep(8)
        loop = close_the_loop(client, name, bucket, begun)
        print(f"The mean error is {clients.error():.1f}. Loop {loop.name()} is waiting.", flush=True)
        clients.sizes = NEW_SIZES
        deadline = time.monotonic() + LIMIT
        while patient(loop.refresh).last is None and time.monotonic() < deadline:
            time.sleep(0.5)
        print(f"Now people ask for large houses. The mean error is {clients.error():.1f}.", flush=True)
        run = patient(loop.refresh).last
        if run is None:
            last = patient(lambda: client.assay(f"{name}-size")).last
            print(f"The loop has not noticed it. The assay says: {last and last.reason}", flush=True)
            return 1
        print(run.cause(), flush=True)
        shown = 0
        while not patient(run.refresh).is_over() and time.monotonic() < deadline:
            time.sleep(0.5)
            for step in run.steps()[shown:]:
                if step.get("ended_at"):
                    print(f"{step['kind']}: {step['state']}. {step.get('finding', '')}", flush=True)
                    shown += 1
        for step in run.steps()[shown:]:
            print(f"{step['kind']}: {step['state']}. {step.get('finding', '')}", flush=True)
        time.sleep(4)
        print(f"The run has {run.state()}. The mean error is {clients.error():.1f}.", flush=True)
    print(f"{clients.requests} requests, {len(clients.failures)} failures", flush=True)
    for failure in clients.failures[:5]:
        print(failure, flush=True)
    return 0 if run.state() == "finished" and not clients.failures else 1


if __name__ == "__main__":
    sys.exit(main())
