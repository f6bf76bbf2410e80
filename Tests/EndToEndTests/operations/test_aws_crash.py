"""The server is killed repeatedly during uploads, training, tuning, transforms and updates of endpoints.

Everything that it acknowledged must exist and be complete afterwards. Everything else must be complete or absent, and none of its
processes may survive.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import sqlite3
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xgboost
from aws import ROLE, XGBOOST, csv, regression
from crash_jobs import Invocations, Trainings, Transforms, Tunings, Updates
from crash_objects import BUCKET, Life, Multiparts, Objects, Work
from harness import Server, answered, free_port, until

KILLS = int(os.environ.get("ROOST_AWS_KILLS", "50"))

# A minimal algorithm: its model is a digest of the data, and its metric is a function of a hyperparameter.
TRAIN = """#!/usr/bin/env python3
import hashlib, json, os, pathlib, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
given = json.loads((root / "input/config/hyperparameters.json").read_text())
digest = hashlib.sha256()
for path in sorted((root / "input/data/train").rglob("*")):
    if path.is_file():
        digest.update(path.read_bytes())
    time.sleep(float(given.get("pause", "0")) / 4)
(root / "model/digest").write_text(digest.hexdigest())
print("score=%.6f;" % (float(given.get("x", "0")) - 0.3) ** 2, flush=True)
"""


def packed(files: dict[str, bytes]) -> bytes:
    """Returns a tar.gz archive of files, all of them executable."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def trained(seed: int) -> Any:
    rows = regression(300, seed)
    data = xgboost.DMatrix(rows[:, 1:], rows[:, 0])
    return xgboost.train({"objective": "reg:squarederror", "nthread": 1}, data, 5)


def prepare(life: Life) -> list[Work]:
    """Creates data, models and an endpoint, and returns the work to do with them."""
    s3, sagemaker = life.s3, life.sagemaker
    answered(life.server.api.put("/v1/algorithms/digest", data=packed({"train": TRAIN.encode()})), 200)
    s3.create_bucket(Bucket=BUCKET)
    digest = hashlib.sha256()
    for number in range(4):
        content = random.Random(number).randbytes(20_000)
        digest.update(content)
        s3.put_object(Bucket=BUCKET, Key=f"data/{number}", Body=content)
    rows = regression(50, seed=9)[:, 1:]
    s3.put_object(Bucket=BUCKET, Key="rows/rows.csv", Body=csv(rows))
    answers: dict[str, float] = {}
    expected: Any = None
    for letter in "ab":
        booster = trained(ord(letter))
        predicted = booster.predict(xgboost.DMatrix(rows))
        answers[f"config-{letter}"] = float(predicted[0])
        expected = predicted if expected is None else expected
        key = f"artifacts/{letter}.tar.gz"
        s3.put_object(Bucket=BUCKET, Key=key, Body=packed({"xgboost-model": bytes(booster.save_raw("ubj"))}))
        container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/{key}"}
        sagemaker.create_model(ModelName=f"model-{letter}", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        variant = {"VariantName": letter, "ModelName": f"model-{letter}", "InitialVariantWeight": 1}
        variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        sagemaker.create_endpoint_config(EndpointConfigName=f"config-{letter}", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=Updates.name, EndpointConfigName="config-a")
    updates = Updates(life, 4, answers, csv(rows[:1]))
    updates.settled()
    return [
        Objects(life, 1),
        Multiparts(life, 2),
        Trainings(life, 3, digest.hexdigest()),
        updates,
        Invocations(life, 5, updates),
        Tunings(life, 6),
        Transforms(life, 7, expected),
    ]


def processes_of(data: Path) -> list[str]:
    """Returns the command lines of processes that work in a server's folder."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (process / "environ").read_bytes()
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        is_of_server = str(data) in command or f"={data}".encode() in environment
        if state != "Z" and is_of_server and int(process.name) != os.getpid():
            found.append(f"{process.name}: {command}")
    return found


def files(folder: Path) -> set[Path]:
    # Ignore files that running jobs remove in the meantime.
    return {Path(place, name) for place, _, names in os.walk(folder) for name in names}


def temporary_files(data: Path) -> set[Path]:
    """Returns the files of unfinished uploads and running jobs."""
    places = ("objects/incoming", "objects/incoming-blobs", "jobs", "scratch")
    return {path for place in places for path in files(data / place)}


def blobs(data: Path) -> tuple[set[str], set[str]]:
    """Returns the stored blobs, and the blobs that the catalog refers to."""
    with sqlite3.connect(f"file:{data / 'roost.sqlite'}?mode=ro", uri=True) as catalog:
        named = catalog.execute("SELECT blob FROM object UNION SELECT blob FROM upload_part").fetchall()
    catalog.close()
    return {path.name for path in files(data / "objects" / "blobs")}, {row[0] for row in named}


def test_what_was_acknowledged_survives_every_kill(start_server: Callable[..., Server]) -> None:
    chance = random.Random(11)
    port = free_port()
    server = start_server("--port", str(port))
    life = Life(server, server.url)
    works = prepare(life)
    for turn in range(KILLS):
        wrong: list[str] = []
        is_over = threading.Event()
        threads = [threading.Thread(target=work.run, args=(wrong, is_over), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.02, 1.5))
        assert wrong == []
        server.kill()
        is_over.set()
        until(lambda: not processes_of(server.data), f"all processes are gone after kill {turn}", limit=5)
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert wrong == [], f"turn {turn}"
        if chance.random() < 0.3:
            server.kill_while_it_starts(chance.uniform(0.02, 0.8))
            until(lambda: not processes_of(server.data), "all processes of the start are gone", limit=5)
        left = temporary_files(server.data)
        server.start_soon()
        assert left & temporary_files(server.data) == set()
        for work in works:
            work.check()
    for work in works:
        work.finish()
    assert sum(work.number for work in works) > KILLS
    until(lambda: not files(server.data / "jobs"), "the folders of jobs are gone")
    stored, named = blobs(server.data)
    assert stored == named
    assert not files(server.data / "objects" / "incoming")
    assert not files(server.data / "objects" / "incoming-blobs")
    assert server.stop() == 0
    assert processes_of(server.data) == []
