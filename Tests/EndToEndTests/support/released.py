"""Pipelines with traffic, whose models are released."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from harness import Api, answered, until
from monitored import infer


class Traffic:
    """A thread that sends about a hundred requests a second. Each twentieth has a value that the failing model refuses."""

    def __init__(
        self, url: Callable[[], str], pipeline: str, rate: float = 100, bad: float = 0.05, keys: int = 0
    ) -> None:
        self.answers: Counter[int] = Counter()
        #: The value of a request that is not bad.
        self.value: Callable[[random.Random], float] = lambda dice: float(dice.random() < 0.5)
        self._end = threading.Event()
        self._arguments = (url, pipeline, rate, bad, keys)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        url, pipeline, rate, bad, keys = self._arguments
        dice = random.Random(7)
        session = requests.Session()
        begin = time.monotonic()
        for number in itertools.count():
            pause = begin + number / rate - time.monotonic()
            if self._end.wait(max(0.0, pause)):
                return
            value = 2.0 if dice.random() < bad else self.value(dice)
            headers = {"user": str(number % keys)} if keys else {}
            try:
                answer = session.post(
                    f"{url()}/v1/pipelines/{pipeline}/infer", json={"x": [[value]]}, headers=headers, timeout=30
                )
                self.answers[answer.status_code] += 1
            except requests.RequestException:
                # The server is not there.
                self.answers[0] += 1

    @contextmanager
    def running(self) -> Iterator[Traffic]:
        self._thread.start()
        try:
            yield self
        finally:
            self._end.set()
            self._thread.join(60)


def ok(answer: requests.Response) -> Any:
    return answered(answer, 200)


def stage(share: float | str, duration: str = "1s", units: int = 0) -> dict[str, Any]:
    return {"share": share, "duration": duration, "units": units}


def start(api: Api, pipeline: str, candidate: str, *stages: dict[str, Any], **more: Any) -> Any:
    body = {"pipeline": pipeline, "candidate": candidate, "stages": list(stages), **more}
    return answered(api.post("/v1/releases", json=body, params={"by": "tests"}), 201)


def status(api: Api, release: str) -> Any:
    return ok(api.get(f"/v1/releases/{release}"))


def counted(api: Api, release: str) -> Any:
    """Waits until all requests so far are counted, which is done each second, and returns the status."""

    def unchanged() -> Any:
        before = status(api, release)
        time.sleep(2.5)
        after = status(api, release)
        return after if before["stage"]["units"] == after["stage"]["units"] else None

    return until(unchanged, "all requests are counted")


def ended(api: Api, release: str, limit: float = 60.0) -> Any:
    def found() -> Any:
        it = status(api, release)["release"]
        return it if it["state"] not in ("running", "paused") else None

    return until(found, "the release ends", limit)


def events(api: Api, pipeline: str) -> list[Any]:
    return list(ok(api.get("/v1/events", params={"pipeline": pipeline, "limit": 1000}))["events"])[::-1]


def steady(value: float) -> Callable[[random.Random], float]:
    return lambda dice: value if dice.random() < 0.9 else 1 - value


def logged(client: Api, pipeline: str, value: float, count: int = 200) -> None:
    dice = random.Random(3)
    for number in range(count):
        infer(client, pipeline, f"{pipeline}-{number}", [steady(value)(dice)])


def version(api: Api, pipeline: str) -> Any:
    """Returns the deployment of a pipeline."""
    return ok(api.get(f"/v1/pipelines/{pipeline}/deployment"))
