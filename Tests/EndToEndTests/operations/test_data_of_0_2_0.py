"""A data folder of release 0.2.0, whose server was killed, opens and keeps working.

`data-0.2.0.tar.gz` is the folder that the release left; `data-0.2.0.json` has its responses.
"""

from __future__ import annotations

import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws
from harness import Server, until

HERE = Path(__file__).parent
EXPECTED: dict[str, Any] = json.loads((HERE / "data-0.2.0.json").read_text())


def kept(old: Any, new: Any) -> bool:
    """Returns whether a response still has everything that the old one had. Newer releases may add members."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and kept(value, new[name]) for name, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(kept, old, new))
    return bool(old == new)


def test_everything_is_there_and_answers(tmp_path: Path, start_server: Callable[..., Server]) -> None:
    folder = tmp_path / "server"
    with tarfile.open(HERE / "data-0.2.0.tar.gz") as archive:
        archive.extractall(folder / "data", filter="data")
    for _ in range(2):
        server = start_server(folder=folder)
        check(server)
        server.kill()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [server.data, *server.data.rglob("*")]}
    assert not [path for path, mode in modes.items() if mode & 0o077], modes


def check(server: Server) -> None:
    api = server.api
    listing = json.loads(json.dumps(api.listing()))
    assert kept(EXPECTED["listing"], listing), listing
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
