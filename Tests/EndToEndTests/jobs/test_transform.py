"""Batch transform: objects in, predictions out, compared with XGBoost's own."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from typing import Any

import boto3
import numpy
import pytest
import xgboost
from botocore.config import Config
from harness import MODELS, Api, Server, answered, until

import roost

MODEL = MODELS / "housing-regression.json"
WIDTH = 13


def s3_of(url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    return s3_of(server)


@pytest.fixture(scope="module")
def model(api: Api) -> str:
    api.upload("transformed", MODEL.name)
    return "transformed"


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = "t-" + hashlib.md5(request.node.nodeid.encode()).hexdigest()
    s3.create_bucket(Bucket=name)
    return name


def rows(count: int, seed: int = 1) -> Any:
    return numpy.random.default_rng(seed).normal(size=(count, WIDTH)).round(4)


def csv(data: Any) -> bytes:
    return "".join(",".join(map(repr, row)) + "\n" for row in data.tolist()).encode()


def predicted(data: Any) -> Any:
    booster = xgboost.Booster(model_file=str(MODEL))
    return booster.predict(xgboost.DMatrix(data))


def start(api: Api, bucket: str, model: str, **more: Any) -> str:
    """Starts a job, and returns its name."""
    name = f"{bucket}-{len(api.get('/v1/transform-jobs').json()['jobs'])}"
    content_type = more.pop("content_type", "text/csv")
    selected = more.pop("select", "in/")
    definition = {
        "name": name,
        "model": model,
        "input": {"name": "input", "uri": f"s3://{bucket}/{selected}", "content_type": content_type}
        | more.pop("input", {}),
        "output": f"s3://{bucket}/out",
        "split": "Line",
        "assemble": "Line",
    }
    job = answered(api.post("/v1/transform-jobs", json=definition | more), 201)
    assert job["state"]["status"] == "InProgress"
    return name


def ended(api: Api, name: str) -> Any:
    def final() -> Any:
        job = answered(api.get(f"/v1/transform-jobs/{name}"), 200)
        return job if job["state"]["status"] in ("Completed", "Failed", "Stopped") else None

    return until(final, f"the end of {name}", 60)


def completed(api: Api, name: str) -> Any:
    job = ended(api, name)
    assert job["state"]["status"] == "Completed", job["state"]
    return job


def read(s3: Any, bucket: str, key: str) -> str:
    text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


def keys(s3: Any, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="out").get("Contents", [])]


def test_each_object_becomes_one_of_predictions(api: Api, s3: Any, bucket: str, model: str) -> None:
    files = {"a.csv": rows(2000), "deep/er/b.csv": rows(3, 2), "empty.csv": rows(0)}
    for name, data in files.items():
        s3.put_object(Bucket=bucket, Key=f"in/{name}", Body=csv(data))
    job = completed(api, start(api, bucket, model))
    assert keys(s3, bucket) == ["out/a.csv.out", "out/deep/er/b.csv.out", "out/empty.csv.out"]
    for name, data in files.items():
        text = read(s3, bucket, f"out/{name}.out")
        answers = [float(line) for line in text.split("\n")[:-1]]
        assert answers == pytest.approx(predicted(data).tolist(), rel=1e-6)
    progress = job["progress"]
    assert (progress["objects"], progress["objects_done"]) == (3, 3)
    assert (progress["records"], progress["records_failed"]) == (2003, 0)
    assert progress["bytes"] == progress["bytes_done"] == sum(len(csv(data)) for data in files.values())
    events = answered(api.get(f"/v1/transform-jobs/{job['definition']['name']}/logs"), 200)["events"]
    assert any("2000 records" in event["message"] for event in events)


def test_the_sdk_shows_how_far_a_job_is(server: str, s3: Any, bucket: str, model: str) -> None:
    data = rows(20_000)
    for number in range(4):
        s3.put_object(Bucket=bucket, Key=f"in/{number}.csv", Body=csv(data))
    client = roost.Client(server)
    job = client.transform(bucket, model, f"s3://{bucket}/in/", f"s3://{bucket}/out", max_payload=1)
    shown = [job.progress()]
    while not job.is_over():
        shown.append(job.refresh().progress())
    size = 4 * len(csv(data))
    whole = {"objects": 4, "objects_done": 4, "bytes": size, "bytes_done": size}
    assert shown[-1] == whole | {"records": 80_000, "records_failed": 0}
    assert set(shown[0]) == set(shown[-1])
    for name in ("objects_done", "bytes_done", "records"):
        values = [progress[name] for progress in shown]
        assert values == sorted(values), name
    assert any(0 < progress["bytes_done"] < size for progress in shown), "nothing was shown on the way"
    assert client.transform_job(bucket).wait().progress() == shown[-1]
    assert job.logs()


def test_a_single_object_keeps_its_name(api: Api, s3: Any, bucket: str, model: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/test.csv", Body=csv(rows(5)))
    completed(api, start(api, bucket, model, select="in/test.csv"))
    assert keys(s3, bucket) == ["out/test.csv.out"]


def test_an_identifier_passes_the_model_by(api: Api, s3: Any, bucket: str, model: str) -> None:
    data = rows(50)
    lines = [f"id-{index},{line}" for index, line in enumerate(csv(data).decode().splitlines())]
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body="\n".join(lines).encode())
    completed(api, start(api, bucket, model, input_filter="$[1:]", join="Input", output_filter="$[0,-1]"))
    got = [line.split(",") for line in read(s3, bucket, "out/a.csv.out").splitlines()]
    assert [name for name, _ in got] == [f"id-{index}" for index in range(50)]
    assert [float(value) for _, value in got] == pytest.approx(predicted(data).tolist(), rel=1e-6)


def test_json_lines_get_the_prediction_in_them(api: Api, s3: Any, bucket: str, model: str) -> None:
    data = rows(20)
    lines = [json.dumps({"id": index, "features": row}) for index, row in enumerate(data.tolist())]
    s3.put_object(Bucket=bucket, Key="in/a.jsonl", Body="\n".join(lines).encode())
    name = start(
        api,
        bucket,
        model,
        content_type="application/jsonlines",
        join="Input",
        output_filter="$['id','SageMakerOutput']",
    )
    completed(api, name)
    got = [json.loads(line) for line in read(s3, bucket, "out/a.jsonl.out").splitlines()]
    assert [entry["id"] for entry in got] == list(range(20))
    scores = [entry["SageMakerOutput"]["score"] for entry in got]
    assert scores == pytest.approx(predicted(data).tolist(), rel=1e-6)


def test_gzip_is_unpacked(api: Api, s3: Any, bucket: str, model: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/a.csv.gz", Body=gzip.compress(csv(rows(100))))
    completed(api, start(api, bucket, model, input={"compressed": True}))
    answers = [float(line) for line in read(s3, bucket, "out/a.csv.gz.out").splitlines()]
    assert answers == pytest.approx(predicted(rows(100)).tolist(), rel=1e-6)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda lines: lines.__setitem__(7, "1,2,3"), "record 8: Feature size of csv inference data 3 is not"),
        (
            lambda lines: lines.__setitem__(0, "a,b,c,d,e,f,g,h,i,j,k,l,m"),
            "record 1: Unreadable csv: column 1 is not a number: 'a'",
        ),
        (
            lambda lines: lines.__setitem__(99, "0,0,0,oops,0,0,0,0,0,0,0,0,0"),
            "record 100: Unreadable csv: column 4 is not a number",
        ),
    ],
)
def test_a_bad_record_is_named_and_leaves_no_output(
    api: Api, s3: Any, bucket: str, model: str, spoil: Any, reason: str
) -> None:
    lines = csv(rows(100)).decode().splitlines()
    s3.put_object(Bucket=bucket, Key="in/good.csv", Body="\n".join(lines).encode())
    spoil(lines)
    s3.put_object(Bucket=bucket, Key="in/bad.csv", Body="\n".join(lines).encode())
    job = ended(api, start(api, bucket, model))
    assert job["state"]["status"] == "Failed"
    assert job["state"]["failure_reason"].startswith(f"ClientError: s3://{bucket}/in/bad.csv, {reason}")
    assert job["progress"]["records_failed"] == 1
    assert keys(s3, bucket) == ["out/good.csv.out"]


def test_a_record_beyond_the_payload_fails_the_object(api: Api, s3: Any, bucket: str, model: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=csv(rows(2)) + b"1," * 2_000_000)
    job = ended(api, start(api, bucket, model, max_payload=1))
    assert "a record is larger than 1 MB" in job["state"]["failure_reason"]
    assert keys(s3, bucket) == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"model": "nope"}, 404, "model"),
        ({"output": "s3://no-such-bucket/x"}, 404, "output"),
        ({"select": "nothing/"}, 404, "input.uri"),
        ({"input_filter": "$["}, 400, "input_filter"),
        ({"input_filter": "$.name"}, 400, "input_filter"),
        ({"max_payload": 101}, 400, "max_payload"),
        ({"splitt": "Line"}, 400, None),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    api: Api, s3: Any, bucket: str, model: str, change: dict[str, Any], status: int, field: str | None
) -> None:
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=csv(rows(2)))
    definition = {
        "name": "never",
        "model": change.get("model", model),
        "input": {"name": "input", "uri": f"s3://{bucket}/{change.pop('select', 'in/')}", "content_type": "text/csv"},
        "output": f"s3://{bucket}/out",
    }
    answer = api.post("/v1/transform-jobs", json=definition | change)
    assert answer.status_code == status, answer.text
    assert field is None or answer.json()["error"].get("field") == field
    assert api.get("/v1/transform-jobs/never").status_code == 404


def test_a_job_can_be_stopped_and_lists_find_it(api: Api, s3: Any, bucket: str, model: str) -> None:
    body = csv(rows(20_000)) * 20
    for index in range(10):
        s3.put_object(Bucket=bucket, Key=f"in/{index}.csv", Body=body)
    name = start(api, bucket, model)
    until(lambda: api.get(f"/v1/transform-jobs/{name}").json()["progress"]["bytes_done"], "progress")
    stopped = answered(api.post(f"/v1/transform-jobs/{name}/stop"), 202)
    assert stopped["state"]["status"] in ("Stopping", "Stopped")
    assert ended(api, name)["state"]["status"] == "Stopped"
    assert api.post(f"/v1/transform-jobs/{name}/stop").status_code == 409
    listed = api.get("/v1/transform-jobs", params={"status": "Stopped", "name_contains": name, "limit": 1}).json()
    assert [job["definition"]["name"] for job in listed["jobs"]] == [name]
    assert len(keys(s3, bucket)) < 10


def test_a_job_goes_on_after_a_crash(start_server: Any) -> None:
    server: Server = start_server()
    s3 = s3_of(server.url)
    server.api.upload("m", MODEL.name)
    s3.create_bucket(Bucket="crash")
    body = csv(rows(20_000)) * 10
    for index in range(6):
        s3.put_object(Bucket="crash", Key=f"in/{index}.csv", Body=body)
    name = start(server.api, "crash", "m")
    until(lambda: server.api.get(f"/v1/transform-jobs/{name}").json()["progress"]["objects_done"], "an object's end")
    os.kill(server.pid, 9)
    server.wait()
    server.start()
    s3 = s3_of(server.url)
    before = {entry["Key"]: entry["LastModified"] for entry in s3.list_objects_v2(Bucket="crash")["Contents"]}
    job = completed(server.api, name)
    assert "Interrupted" in [phase["name"] for phase in job["state"]["phases"]]
    after = {entry["Key"]: entry["LastModified"] for entry in s3.list_objects_v2(Bucket="crash")["Contents"]}
    assert len(keys(s3, "crash")) == 6
    assert "out/0.csv.out" in before
    assert before["out/0.csv.out"] == after["out/0.csv.out"]
    expected = predicted(rows(20_000)).tolist() * 10
    for index in range(6):
        answers = [float(line) for line in read(s3, "crash", f"out/{index}.csv.out").splitlines()]
        assert answers == pytest.approx(expected, rel=1e-6)
