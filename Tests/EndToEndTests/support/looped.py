"""Pipelines with a trained model, data that drifts, and loops that train it again."""

from __future__ import annotations

import io
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import requests
from harness import Api, answered, until
from monitored import labels
from released import ok

TRAINING = {
    "algorithm": "xgboost",
    "output": "s3://looped/models",
    "hyperparameters": {"objective": "reg:squarederror", "num_round": "20", "max_depth": "3"},
    "channels": [{"name": "train", "uri": "s3://looped/first/", "content_type": "text/csv"}],
}


def put(api: Api, key: str, content: str | bytes, bucket: str = "looped") -> None:
    body = content.encode() if isinstance(content, str) else content
    answered(api.put(f"/v1/buckets/{bucket}/object", params={"key": key}, data=body), 200, 201)


def get(api: Api, uri: str) -> str:
    """Returns an object by its S3 URI."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    answer = api.get(f"/v1/buckets/{bucket}/object", params={"key": key})
    assert answer.status_code == 200, answer.text
    return answer.text


def bucket(api: Api, name: str = "looped") -> None:
    answered(api.put(f"/v1/buckets/{name}"), 200, 201)


def price(row: list[float], drifted: bool = False) -> float:
    """What is true of a row: the market has changed if it has drifted."""
    return (5.0 if drifted else 2.0) * row[0] + row[1]


def rows(count: int, seed: int = 1) -> list[list[float]]:
    dice = random.Random(seed)
    return [[round(dice.uniform(0, 10), 3), round(dice.uniform(0, 1), 3)] for _ in range(count)]


def train_first(api: Api, pipeline: str, **more: Any) -> Any:
    """Trains the first model, and serves it."""
    bucket(api)
    text = io.StringIO()
    for row in rows(400):
        text.write(f"{price(row)},{row[0]},{row[1]}\n")
    put(api, "first/train.csv", text.getvalue())
    name = f"{pipeline}-first"
    answered(api.post("/v1/training-jobs", json=TRAINING | {"name": name}), 201)

    def done() -> Any:
        job = ok(api.get(f"/v1/training-jobs/{name}"))
        return job if job["state"]["status"] not in ("InProgress", "Stopping") else None

    job = until(done, "the first model is trained", 60)
    assert job["state"]["status"] == "Completed", job
    uploaded = api.post(f"/v1/models/{pipeline}/versions", params={"source": f"job:{name}"})
    version = answered(uploaded, 200, 201)
    api.serve(pipeline, [{"model": pipeline}], **more)
    return version


def ask(api: Api, pipeline: str, asked: Iterable[list[float]], drifted: bool = False, prefix: str = "r") -> int:
    """Sends rows, and labels them with what is true. Returns how many."""
    found: dict[str, float] = {}
    for number, row in enumerate(asked):
        id = f"{prefix}-{number}"
        api.infer(pipeline, {"input": [row]}, headers={"X-Roost-Inference-Id": id})
        found[id] = price(row, drifted)
    labels(api, pipeline, found)
    return len(found)


class Customers:
    """A thread that sends about fifty rows a second, and labels them with what is true by then.

    A request that no server accepts is sent again until one does, as clients of a server that restarts do. Every other answer counts.
    """

    def __init__(self, url: Callable[[], str], pipeline: str, drifted: bool = True, labeled: bool = False) -> None:
        self.answers: Counter[int] = Counter()
        #: The requests that were sent again because no server was there.
        self.repeated = 0
        self.drifted, self._labeled = drifted, labeled
        self._url, self._pipeline = url, pipeline
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        session = requests.Session()
        for number, row in enumerate(itertools.cycle(rows(500, seed=9))):
            if self._end.wait(0.02):
                return
            id = f"c-{number}"
            self._send(session, "infer", {"input": [row]}, {"X-Roost-Inference-Id": id})
            if self._labeled:
                self._send(session, "ground-truth", {"id": id, "label": price(row, self.drifted)})

    def _send(self, session: requests.Session, what: str, body: Any, headers: dict[str, str] | None = None) -> None:
        while not self._end.is_set():
            try:
                address = f"{self._url()}/v1/pipelines/{self._pipeline}/{what}"
                answer = session.post(address, json=body, headers=headers, timeout=30)
            except requests.ConnectionError:
                self.repeated += 1
                self._end.wait(0.05)
                continue
            self.answers[answer.status_code] += 1
            return

    def __enter__(self) -> Customers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(60)


def put_loop(api: Api, name: str, pipeline: str, when: Any, then: Any, **more: Any) -> Any:
    body = {"pipeline": pipeline, "when": when, "then": then, **more}
    return answered(api.put(f"/v1/loops/{name}", json=body), 200, 201)


def runs(api: Api, loop: str) -> list[Any]:
    found: list[Any] = ok(api.get(f"/v1/loops/{loop}/runs"))["runs"]
    return found


def ended(api: Api, run: str, limit: float = 90.0) -> Any:
    """Waits until a run, by its ID or the name of its loop, has ended."""

    def found() -> Any:
        answer = api.get(f"/v1/loop-runs/{run}")
        if answer.status_code == 404:
            return None
        it = ok(answer)
        return it if it["state"] not in ("running", "aborting") else None

    return until(found, "the run ends", limit)


def events(api: Api, loop: str) -> list[str]:
    """Returns the kinds of the events about a loop, the oldest first."""
    found = ok(api.get("/v1/events", params={"subject": f"loop:{loop}", "limit": 1000}))["events"]
    return [event["kind"] for event in found][::-1]
