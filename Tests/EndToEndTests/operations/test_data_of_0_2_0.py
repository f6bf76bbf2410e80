"""A data folder of release 0.2.0, whose server was killed, opens and keeps working.

`data-0.2.0.tar.gz` is the folder that the release left; `data-0.2.0.json` has its responses. `support/old_data.py` made both.
"""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aws
import boto3
import pytest
from botocore.exceptions import ClientError
from harness import BINARY, Server, until
from old_data import LINEAR, ROW, listing, portable

HERE = Path(__file__).parent
EXPECTED: dict[str, Any] = json.loads((HERE / "data-0.2.0.json").read_text())


def kept(old: Any, new: Any) -> bool:
    """Returns whether a response still has everything that the old one had. Newer releases may add members."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and kept(value, new[name]) for name, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(kept, old, new))
    return bool(old == new)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder for a server, with the old data."""
    folder = tmp_path / "server"
    (folder / "data").mkdir(parents=True)
    # Python's own extraction has no filters in Debian 12, and asks for one in later releases.
    subprocess.run(["tar", "-xzf", HERE / "data-0.2.0.tar.gz", "-C", folder / "data"], check=True)
    return folder


def test_everything_is_there_and_answers(folder: Path, start_server: Callable[..., Server]) -> None:
    for _ in range(2):
        server = start_server(folder=folder)
        check(server)
        server.kill()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [server.data, *server.data.rglob("*")]}
    assert not [path for path, mode in modes.items() if mode & 0o077], modes


def test_an_endpoint_in_the_middle_of_a_roll_out_completes_it(
    folder: Path, start_server: Callable[..., Server]
) -> None:
    server = start_server(folder=folder)
    sagemaker = aws.client("sagemaker", server.url)
    found = portable(sagemaker.describe_endpoint(EndpointName="moving"))
    assert kept(EXPECTED["moving"], found), found
    # A restart in the middle of the first step, on the record in its new form.
    server.kill()
    server = start_server(folder=folder)
    sagemaker, runtime = (aws.client(service, server.url) for service in ("sagemaker", "sagemaker-runtime"))
    found = portable(sagemaker.describe_endpoint(EndpointName="moving"))
    assert kept(EXPECTED["moving"], found), found

    def score() -> float:
        answer = runtime.invoke_endpoint(EndpointName="moving", ContentType="text/csv", Body=ROW)
        return float(answer["Body"].read())

    old, new = (pytest.approx(float(EXPECTED[when]), rel=1e-6) for when in ("before", "after"))
    until(lambda: score() == new, "the new variants answer")
    until(lambda: score() == old, "the old variants still answer")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="moving", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    check_moved(server)
    server.kill()
    server = start_server(folder=folder)
    runtime = aws.client("sagemaker-runtime", server.url)
    assert {score() == new for _ in range(20)} == {True}
    check_moved(server)


def check_moved(server: Server) -> None:
    """Checks the description of the endpoint after its roll-out, its tags and its captures."""
    sagemaker = aws.client("sagemaker", server.url)
    found, old = portable(sagemaker.describe_endpoint(EndpointName="moving")), EXPECTED["moving"]
    assert found["EndpointStatus"] == "InService"
    assert "FailureReason" not in found
    assert "PendingDeploymentSummary" not in found
    assert found["EndpointConfigName"] == "after"
    assert found["LastDeploymentConfig"] == LINEAR
    # The update retained the configuration of captures, but neither the weights nor the instance counts.
    for member in ("EndpointArn", "CreationTime", "DataCaptureConfig"):
        assert found[member] == old[member]
    variants = [
        (it["VariantName"], it["CurrentWeight"], it["CurrentInstanceCount"]) for it in found["ProductionVariants"]
    ]
    assert variants == [("a", 3, 1), ("b", 1, 1)]
    tags = sagemaker.list_tags(ResourceArn=found["EndpointArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "fraud"}]
    s3 = aws.client("s3", server.url)

    def captures() -> set[str]:
        return {entry["Key"] for entry in s3.list_objects_v2(Bucket="captures")["Contents"]}

    assert set(EXPECTED["captures"]) <= captures()
    until(lambda: len(captures()) > len(EXPECTED["captures"]), "new requests are captured", limit=15)


def test_its_access_key_signs_requests(folder: Path, start_server: Callable[..., Server]) -> None:
    listed = subprocess.run(
        [str(BINARY), "aws", "keys", "list", "--data", str(folder / "data")], capture_output=True, text=True, check=True
    )
    assert EXPECTED["key"] in listed.stdout
    with closing(sqlite3.connect(folder / "data" / "roost.sqlite")) as database:
        query = "SELECT json_extract(document, '$.secret') FROM dialect_record WHERE kind = 'access-key'"
        ((secret,),) = database.execute(query).fetchall()
    server = start_server("--verify-signatures", folder=folder)

    def buckets(secret: str) -> list[str]:
        s3 = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name=aws.REGION,
            aws_access_key_id=EXPECTED["key"],
            aws_secret_access_key=secret,
        )
        return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]

    assert "kept" in buckets(secret)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        buckets(secret + "x")


def check(server: Server) -> None:
    api = server.api
    found = listing(server)
    assert kept(EXPECTED["listing"], found), found
    for name in ["fraud", "many", "houses"]:
        assert api.settled(name)["state"] == "Running"
    for name in ["fraud", "houses"]:
        assert api.infer(name, EXPECTED[name]["in"])["outputs"] == EXPECTED[name]["out"]
    assert api.infer("fraud", EXPECTED["fraud"]["in"])["check_failures"] == EXPECTED["fraud"]["failures"]
    assert api.infer_v2("many", EXPECTED["many"]["in"])["outputs"] == EXPECTED["many"]["out"]
    assert set(EXPECTED["logs"]) <= {entry["id"] for entry in api.logs("fraud", limit=1000)}

    s3, sagemaker = aws.client("s3", server.url), aws.client("sagemaker", server.url)
    assert s3.get_object(Bucket="kept", Key="notes/ünï.txt")["Body"].read() == b"kept"
    assert [upload["Key"] for upload in s3.list_multipart_uploads(Bucket="kept")["Uploads"]] == ["large"]
    runtime = aws.client("sagemaker-runtime", server.url)
    answer = runtime.invoke_endpoint(EndpointName="e", ContentType="text/csv", Body="1,2,3,4,5")
    assert float(answer["Body"].read()) == float(EXPECTED["score"])
    assert sagemaker.describe_training_job(TrainingJobName="job")["TrainingJobStatus"] == "Completed"
    # The job was running, and is resumed.
    job = sagemaker.describe_training_job(TrainingJobName="long")
    assert job["TrainingJobStatus"] == "InProgress"
    until(
        lambda: sagemaker.describe_training_job(TrainingJobName="long")["SecondaryStatus"] == "Training",
        "the job runs again",
    )
