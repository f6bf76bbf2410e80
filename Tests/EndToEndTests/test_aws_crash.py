"""The server is killed again and again amid uploads, training, tuning, transforms and updates of endpoints.

What it had acknowledged has to be there and whole afterwards, what it had not is there whole or not at all, and no process
of it lives on.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import socket
import sqlite3
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from aws import FINAL, ROLE, XGBOOST, artifact, channel, client, csv, ended, regression
from botocore.exceptions import BotoCoreError, ClientError
from harness import Server, answered, until

KILLS = int(os.environ.get("ROOST_AWS_KILLS", "50"))
BUCKET = "crash"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/digest:1"

# An algorithm in a few lines: the model is a digest of the data, and the metric a function of a hyperparameter.
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


class Life:
    """The server through all its lives: always at one address, so that clients go on."""

    def __init__(self, server: Server, url: str) -> None:
        self.server = server
        self.s3 = client("s3", url, max_pool_connections=20)
        self.sagemaker = client("sagemaker", url, max_pool_connections=20)
        self.runtime = client("sagemaker-runtime", url, max_pool_connections=20)


class Work:
    """Something that is done without a pause until the server is gone, and checked once it is back."""

    def __init__(self, life: Life, seed: int) -> None:
        self.life = life
        self.chance = random.Random(seed)
        self.number = 0

    def step(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        """What holds after every restart."""

    def finish(self) -> None:
        """What holds in the end."""

    def run(self, wrong: list[str], is_over: threading.Event) -> None:
        while not is_over.is_set():
            self.number += 1
            try:
                self.step()
            except BotoCoreError:
                return
            except (ClientError, AssertionError, KeyError, pytest.fail.Exception) as error:
                wrong.append(f"{type(self).__name__}: {error!r}")
                return


class Objects(Work):
    """PUT and DELETE of few keys, so that they are often replaced."""

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        #: What each key may be: the digests of what was acknowledged last, and of what was on its way.
        self.allowed: dict[str, set[str | None]] = {}

    def step(self) -> None:
        key = f"objects/{self.chance.randrange(12)}"
        if self.chance.random() < 0.15:
            self.allowed.setdefault(key, {None}).add(None)
            self.life.s3.delete_object(Bucket=BUCKET, Key=key)
            self.allowed[key] = {None}
            return
        content = self.chance.randbytes(self.chance.choice([1, 1000, 70_000, 1_500_000]))
        digest = hashlib.md5(content).hexdigest()
        self.allowed.setdefault(key, {None}).add(digest)
        put = self.life.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        assert put["ETag"] == f'"{digest}"'
        self.allowed[key] = {digest}

    def check(self) -> None:
        for key, allowed in self.allowed.items():
            found = digest_of(self.life.s3, key)
            assert found in allowed, f"{key} is {found}, not one of {allowed}"
            self.allowed[key] = {found}


def digest_of(s3: Any, key: str) -> str | None:
    try:
        answer = s3.get_object(Bucket=BUCKET, Key=key)
    except s3.exceptions.NoSuchKey:
        return None
    digest = hashlib.md5(answer["Body"].read()).hexdigest()
    assert "-" in answer["ETag"] or answer["ETag"] == f'"{digest}"'
    return digest


class Multiparts(Work):
    """Uploads in parts; those that a kill interrupted are gone on with."""

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        #: The key of each upload, its parts' entity tags, and whether its completion was asked for.
        self.uploads: dict[str, tuple[str, dict[int, str]]] = {}
        self.asked: set[str] = set()
        self.whole: dict[str, str] = {}
        self.contents = [self.chance.randbytes(5 << 20), self.chance.randbytes(100_000)]

    def step(self) -> None:
        if not self.uploads:
            key = f"multipart/{self.number % 5}-{self.number}"
            upload = self.life.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
            self.uploads[upload] = (key, {})
        upload, (key, parts) = next(iter(self.uploads.items()))
        place = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
        for number, content in enumerate(self.contents, 1):
            if number not in parts:
                parts[number] = self.life.s3.upload_part(PartNumber=number, Body=content, **place)["ETag"]
        self.asked.add(upload)
        listed = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(parts.items())]
        self.life.s3.complete_multipart_upload(MultipartUpload={"Parts": listed}, **place)
        self._complete(upload)

    def _complete(self, upload: str) -> None:
        key, _ = self.uploads.pop(upload)
        self.whole[key] = hashlib.md5(b"".join(self.contents)).hexdigest()

    def check(self) -> None:
        for upload, (key, parts) in list(self.uploads.items()):
            try:
                listed = self.life.s3.list_parts(Bucket=BUCKET, Key=key, UploadId=upload).get("Parts", [])
            except self.life.s3.exceptions.NoSuchUpload:
                assert upload in self.asked, f"the upload of {key} is lost"
                self._complete(upload)
                continue
            assert digest_of(self.life.s3, key) is None, f"{key} is there, and its upload too"
            found = {part["PartNumber"]: part["ETag"] for part in listed}
            assert parts.items() <= found.items()
        for key, digest in list(self.whole.items())[-3:]:
            assert digest_of(self.life.s3, key) == digest

    def finish(self) -> None:
        for key, digest in self.whole.items():
            assert digest_of(self.life.s3, key) == digest
        listed = self.life.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        assert {each["UploadId"] for each in listed} >= set(self.uploads)
        for each in listed:
            self.life.s3.abort_multipart_upload(Bucket=BUCKET, Key=each["Key"], UploadId=each["UploadId"])


def request(name: str, **hyperparameters: str) -> dict[str, Any]:
    """A training job of the algorithm above."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+);"}],
        },
        "RoleArn": ROLE,
        "HyperParameters": hyperparameters,
        "InputDataConfig": [channel("train", f"s3://{BUCKET}/data/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


class Trainings(Work):
    """Training jobs, some of which are stopped."""

    def __init__(self, life: Life, seed: int, digest: str) -> None:
        super().__init__(life, seed)
        self.digest = digest
        self.names: list[str] = []
        self.stopped: set[str] = set()
        self.over: dict[str, str] = {}

    def step(self) -> None:
        name = f"train-{self.number}"
        pause = self.chance.choice(["0", "0.2", "0.6"])
        self.life.sagemaker.create_training_job(**request(name, pause=pause, x=str(self.chance.random())))
        self.names.append(name)
        if self.chance.random() < 0.2:
            # Where the answer does not come any more, it may have been stopped or not.
            self.stopped.add(name)
            try:
                self.life.sagemaker.stop_training_job(TrainingJobName=name)
            except ClientError as error:
                if "in status Completed" not in str(error):
                    raise
        until(lambda: len(self._unfinished()) < 3, "jobs are done", limit=60)

    def _unfinished(self) -> list[str]:
        for name in self.names:
            if name not in self.over:
                status = self.life.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
                if status in FINAL:
                    self.over[name] = status
        return [name for name in self.names if name not in self.over]

    def check(self) -> None:
        for name in self.names[-8:]:
            job = self.life.sagemaker.describe_training_job(TrainingJobName=name)
            assert job["TrainingJobStatus"] in ("InProgress", "Stopping", "Completed", "Stopped"), job
            if name in self.over:
                assert job["TrainingJobStatus"] == self.over[name]

    def finish(self) -> None:
        for name in self.names:
            job = ended(self.life.sagemaker, name)
            expected = ("Stopped", "Completed") if name in self.stopped else ("Completed",)
            assert job["TrainingJobStatus"] in expected, job
            assert self.over.get(name, job["TrainingJobStatus"]) == job["TrainingJobStatus"]
            phases = [phase["Status"] for phase in job["SecondaryStatusTransitions"]]
            assert phases[0] == "Pending"
            assert phases[-1] == job["SecondaryStatus"]
            assert all("EndTime" in phase for phase in job["SecondaryStatusTransitions"])
            if job["TrainingJobStatus"] == "Completed":
                files = artifact(self.life.s3, job["ModelArtifacts"]["S3ModelArtifacts"])
                assert files == {"digest": self.digest.encode()}
                assert [metric["MetricName"] for metric in job["FinalMetricDataList"]] == ["score"]


class Tunings(Work):
    """Searches of a few trials each."""

    trials = 3

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        self.names: list[str] = []

    def step(self) -> None:
        name = f"tune-{self.number}"
        job = request("unused", pause="0.1")
        definition = {
            "StaticHyperParameters": job["HyperParameters"],
            **{member: job[member] for member in job if member not in ("TrainingJobName", "HyperParameters")},
        }
        self.life.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": self.chance.choice(["Bayesian", "Random"]),
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "score"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": self.trials, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": {
                    "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
                },
            },
            TrainingJobDefinition=definition,
        )
        self.names.append(name)
        until(lambda: self._describe(name)["HyperParameterTuningJobStatus"] in FINAL, f"{name} is done", limit=60)

    def _describe(self, name: str) -> Any:
        return self.life.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def check(self) -> None:
        for name in self.names[-3:]:
            assert self._describe(name)["HyperParameterTuningJobStatus"] in ("InProgress", "Completed")

    def finish(self) -> None:
        for name in self.names:

            def done(name: str = name) -> Any:
                job = self._describe(name)
                return job if job["HyperParameterTuningJobStatus"] in FINAL else None

            job = until(done, f"{name} is done", limit=60)
            assert job["HyperParameterTuningJobStatus"] == "Completed", job
            listed = self.life.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=name, MaxResults=100
            )["TrainingJobSummaries"]
            assert [trial["TrainingJobStatus"] for trial in listed] == ["Completed"] * self.trials
            assert job["TrainingJobStatusCounters"]["Completed"] == self.trials
            values = [
                trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
                for trial in [*listed, job["BestTrainingJob"]]
            ]
            assert values[-1] == min(values)


class Updates(Work):
    """An endpoint goes to and fro between two models, while it is invoked."""

    name = "crash"

    def __init__(self, life: Life, seed: int, answers: dict[str, float], row: bytes) -> None:
        super().__init__(life, seed)
        self.answers = answers
        self.row = row
        self.allowed = {"config-a"}

    def step(self) -> None:
        wanted = "config-b" if self.number % 2 else "config-a"
        self.allowed.add(wanted)
        self.life.sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=wanted)
        described = self.settled()
        assert described["EndpointConfigName"] == wanted, described
        assert "FailureReason" not in described, described
        self.allowed = {wanted}
        self._answers_as(wanted)

    def settled(self) -> Any:
        def look() -> Any:
            described = self.life.sagemaker.describe_endpoint(EndpointName=self.name)
            return described if described["EndpointStatus"] not in ("Creating", "Updating") else None

        described = until(look, "the endpoint is settled")
        assert described["EndpointStatus"] == "InService", described
        return described

    def _answers_as(self, config: str) -> None:
        answer = self.life.runtime.invoke_endpoint(EndpointName=self.name, ContentType="text/csv", Body=self.row)
        assert float(answer["Body"].read()) == pytest.approx(self.answers[config], rel=1e-5)

    def check(self) -> None:
        # The first answer of this life comes while an update may be under way.
        answer = self.life.runtime.invoke_endpoint(EndpointName=self.name, ContentType="text/csv", Body=self.row)
        assert float(answer["Body"].read()) in [pytest.approx(value, rel=1e-5) for value in self.answers.values()]
        described = self.settled()
        config = described["EndpointConfigName"]
        assert config in self.allowed, f"{config} is not one of {self.allowed}"
        assert [variant["VariantName"] for variant in described["ProductionVariants"]] == [config[-1]]
        self._answers_as(config)
        self.allowed = {config}


class Invocations(Work):
    """The endpoint answers by one of its models, always."""

    def __init__(self, life: Life, seed: int, updates: Updates) -> None:
        super().__init__(life, seed)
        self.updates = updates

    def step(self) -> None:
        updates = self.updates
        answer = self.life.runtime.invoke_endpoint(EndpointName=updates.name, ContentType="text/csv", Body=updates.row)
        config = "config-" + answer["InvokedProductionVariant"]
        assert float(answer["Body"].read()) == pytest.approx(updates.answers[config], rel=1e-5)
        time.sleep(0.005)


class Transforms(Work):
    """Batch transforms of a small object."""

    def __init__(self, life: Life, seed: int, expected: Any) -> None:
        super().__init__(life, seed)
        self.expected = expected
        self.names: list[str] = []

    def step(self) -> None:
        name = f"transform-{self.number}"
        self.life.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName="model-a",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}", "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        self.names.append(name)
        self._over(name)

    def _over(self, name: str) -> None:
        until(lambda: self._describe(name)["TransformJobStatus"] in FINAL, f"{name} is done", limit=60)

    def _describe(self, name: str) -> Any:
        return self.life.sagemaker.describe_transform_job(TransformJobName=name)

    def check(self) -> None:
        for name in self.names[-3:]:
            assert self._describe(name)["TransformJobStatus"] in ("InProgress", "Completed")

    def finish(self) -> None:
        for name in self.names:
            self._over(name)
            job = self._describe(name)
            assert job["TransformJobStatus"] == "Completed", job
            answer = self.life.s3.get_object(Bucket=BUCKET, Key=f"{name}/rows.csv.out")["Body"].read().decode()
            np.testing.assert_allclose(np.array(answer.split(), float), self.expected, rtol=1e-5, atol=1e-5)


def packed(files: dict[str, bytes]) -> bytes:
    """A tar.gz of files, all of them programs."""
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
    """Data, models and an endpoint; and the work that is done with them."""
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes_of(data: Path) -> list[str]:
    """The command lines of processes that work in a server's folder."""
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
    # Jobs that run come and go meanwhile; what is gone is passed over.
    return {Path(place, name) for place, _, names in os.walk(folder) for name in names}


def temporary_files(data: Path) -> set[Path]:
    """What is on its way into the stores, or belongs to a job that runs."""
    places = ("objects/incoming", "objects/incoming-blobs", "jobs", "scratch")
    return {path for place in places for path in files(data / place)}


def blobs(data: Path) -> tuple[set[str], set[str]]:
    """The blobs that are stored, and those that are named."""
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
        left = temporary_files(server.data)
        until(lambda: not processes_of(server.data), f"all processes are gone after kill {turn}", limit=5)
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert wrong == [], f"turn {turn}"
        server.start()
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
