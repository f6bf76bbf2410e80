"""Everything happens to one pipeline and its model at the same time. Nothing fails for another reason than what is there."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from harness import DATA, MODELS, Api, Server, answered, until

INPUT = {"tensor": json.loads((DATA / "fraud.json").read_text())["tensor"]}
EVERYTHING = {"force": "true", "log": "true"}
SECONDS = 8
# What shows that every kind of request succeeded at least once, and how long that may take on a busy machine.
WANTED = {200, 201, 202, 404, 409}
LIMIT = 60


def request(api: Api, dice: random.Random) -> Any:
    """Sends one of the requests that define, deploy, use or delete the pipeline `p` and the model `m`."""
    artifact = dice.choice(["fraud-dense.onnx", "fraud-dense-2.onnx"])
    validation = {"name": "v", "expression": f"m.outputs[0][0] < {dice.randint(1, 9)}"}
    definition = {"name": "p", "steps": [{"model": "m"}], "validations": [validation]}
    kinds: list[Callable[[], Any]] = [
        lambda: api.post("/v1/models/m/versions", data=(MODELS / artifact).read_bytes()),
        lambda: api.put("/v1/pipelines/p", json=definition),
        lambda: api.put("/v1/pipelines/p/deployment", json=dice.choice([{}, {"version": "previous"}])),
        lambda: api.post("/v1/pipelines/p/infer", json=INPUT),
        lambda: api.post("/v1/pipelines/p/ground-truth", json={"id": "x", "label": 1}),
        lambda: api.get("/v1/pipelines/p/logs"),
        lambda: api.delete("/v1/pipelines/p/logs"),
        lambda: api.delete("/v1/pipelines/p/deployment"),
        lambda: api.delete("/v1/pipelines/p", params=EVERYTHING),
        lambda: api.delete("/v1/models/m", params=EVERYTHING),
    ]
    return dice.choice(kinds)()


def test_deletions_among_everything_else(start_server: Callable[..., Server]) -> None:
    server = start_server()
    start = time.monotonic()
    statuses: Counter[int] = Counter()
    failures: list[str] = []

    def work(seed: int) -> None:
        api, dice = server.api, random.Random(seed)
        while (passed := time.monotonic() - start) < SECONDS or (passed < LIMIT and not set(statuses) >= WANTED):
            answer = request(api, dice)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                failures.append(answer.text[:300])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT + 60)
    assert failures == []
    assert set(statuses) >= WANTED, statuses

    api = server.api
    api.delete("/v1/pipelines/p/deployment")
    until(lambda: api.delete("/v1/pipelines/p", params=EVERYTHING).status_code in (200, 404), "p is gone")
    assert api.delete("/v1/models/m", params=EVERYTHING).status_code in (200, 404)
    assert answered(api.get("/v1/pipelines"), 200)["pipelines"] == []
    assert 'pipeline="p"' not in api.get("/metrics").text
    for folder in ("logs", "labels", "objects/sha256"):
        left = [path for path in (server.data / folder).rglob("*") if path.is_file()]
        assert left == [], folder
