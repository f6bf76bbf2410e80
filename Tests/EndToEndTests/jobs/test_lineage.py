"""Where model versions come from: jobs, data, the version before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from aws import ROLE, XGBOOST
from command import Command
from gates import reference, scaled
from harness import Api, answered, refused
from own_algorithms import Account

import roost as sdk

ROWS = "".join(f"{2 * a - b},{a},{b}\n" for a in range(12) for b in range(12))


@pytest.fixture(scope="module")
def job(account: Account) -> Any:
    """A training job on two objects, in the form of /v1."""
    account.put("lineage/b.csv", ROWS)
    account.put("lineage/a.csv", ROWS + ROWS)
    api = Api(account.url)
    definition = {
        "name": "lineage",
        "algorithm": "xgboost",
        "hyperparameters": {"num_round": "3"},
        "channels": [{"name": "train", "uri": "s3://jobs/lineage/", "content_type": "text/csv"}],
        "output": "s3://jobs/out",
    }
    answered(api.post("/v1/training-jobs", json=definition), 201, 202)
    account.ended("lineage")
    return answered(api.get("/v1/training-jobs/lineage"), 200)


def digest(objects: dict[str, str]) -> str:
    """What `sha256sum --zero` prints for files of these names, digested."""
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {key}\0" for key, text in sorted(objects.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_job_records_its_data_and_its_artifact(account: Account, job: Any) -> None:
    assert job["state"]["status"] == "Completed", job
    assert job["model_sha256"] == hashlib.sha256(account.get(job["model"])).hexdigest()
    expected = digest({"lineage/a.csv": ROWS + ROWS, "lineage/b.csv": ROWS})
    assert job["data"] == [{"channel": "train", "uri": "s3://jobs/lineage/", "sha256": expected, "objects": 2}]


def test_every_way_of_uploading_has_the_lineage(
    account: Account, api: Api, job: Any, server: str, tmp_path: Path
) -> None:
    command = Command(server, tmp_path)
    artifact = account.get(job["model"])
    (tmp_path / "model.tar.gz").write_bytes(artifact)
    account.put("elsewhere/copy.tar.gz", artifact)
    client = sdk.Client(server)
    account.sagemaker.create_model(
        ModelName="lineage-sagemaker",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": XGBOOST, "ModelDataUrl": job["model"]},
    )
    (created,) = answered(api.get("/v1/models/lineage-sagemaker", params={"workspace": "sagemaker"}), 200)["versions"]
    versions = [
        command.json("model", "upload", "lineage-job", "job:lineage", "--by", "ann"),
        command.json("model", "upload", "lineage-uri", job["model"]),
        command.json("model", "upload", "lineage-file", "model.tar.gz", "--framework", "xgboost"),
        api.upload("lineage-v1", artifact, framework="xgboost"),
        answered(
            api.post(
                "/v1/models/lineage-copy/versions",
                params={"source": "s3://jobs/elsewhere/copy.tar.gz", "framework": "xgboost"},
            ),
            201,
        ),
        created,
    ]
    for version in versions:
        assert version["lineage"]["job"] == {"kind": "training", "name": "lineage"}, version
        assert version["lineage"]["data"] == job["data"]
        assert "parent" not in version["lineage"]
    assert versions[0]["lineage"]["by"] == "ann"
    assert "by" not in versions[3]["lineage"]
    lineage = client.upload_model("lineage-sdk", "job:lineage", by="bob").lineage()
    assert lineage is not None
    assert (lineage.job, lineage.job_kind, lineage.by, lineage.parent) == ("lineage", "training", "bob", None)
    assert [(one.channel, one.objects) for one in lineage.data] == [("train", 2)]
    shown = command("model", "show", "lineage-job")
    assert "training job lineage" in shown
    assert job["data"][0]["sha256"][:16] in shown
    assert "uploaded by  ann" in command("model", "show", reference(versions[0]))


def test_deployed_and_tuned_models_name_their_job(account: Account, server: str, tmp_path: Path, api: Api) -> None:
    command = Command(server, tmp_path)
    account.put("lineage-deploy/a.csv", ROWS)
    options = ["--set", "num_round=3", "--channel", "train=s3://jobs/lineage-deploy/", "--content-type", "text/csv"]
    done = command.run(
        "train", "--name", "deployed", "--algorithm", "xgboost", *options, "--output", "s3://jobs/out",
        "--deploy", "lineage-deployed",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (version,) = answered(api.get("/v1/models/lineage-deployed"), 200)["versions"]
    assert version["lineage"]["job"]["name"] == "deployed"


def test_a_version_follows_the_newest_one_or_the_one_that_is_named(api: Api, server: str) -> None:
    first = api.upload("line", scaled(1))
    second = api.upload("line", scaled(2))
    assert "lineage" not in first
    assert second["lineage"] == {"data": [], "parent": reference(first)}
    third = api.upload("line", scaled(3), parent=first["id"][:12], by="ann")
    assert third["lineage"] == {"data": [], "parent": reference(first), "by": "ann"}
    fine_tuned = api.upload("line-other", scaled(4), parent=reference(second))
    assert fine_tuned["lineage"]["parent"] == reference(second)
    # The same bytes are the same version, whatever is said about them.
    assert api.upload("line", scaled(2), parent=third["id"])["lineage"] == second["lineage"]
    model = sdk.Client(server).model_by_name("line", third["id"])
    lineage = model.lineage()
    assert lineage is not None
    assert lineage.describe() == {"parent": reference(first), "by": "ann"}
    path = "/v1/models/line/versions"
    refused(api.post(path, params={"parent": "nope1"}, data=scaled(5)), 404, "parent")
    refused(api.post(path, params={"parent": "a/b@x"}, data=scaled(5)), 400, "parent")
    refused(api.post(path, params={"by": "a\nb"}, data=scaled(5)), 400, "by")
    refused(api.post(path, params={"by": "x" * 129}, data=scaled(5)), 400, "by")


def test_an_artifact_that_was_replaced_is_not_the_jobs(account: Account, api: Api, job: Any) -> None:
    account.put("lineage-replaced/a.csv", ROWS)
    definition = {
        "name": "replaced",
        "algorithm": "xgboost",
        "hyperparameters": {"num_round": "2"},
        "channels": [{"name": "train", "uri": "s3://jobs/lineage-replaced/", "content_type": "text/csv"}],
        "output": "s3://jobs/out",
    }
    answered(api.post("/v1/training-jobs", json=definition), 201, 202)
    account.ended("replaced")
    ours = answered(api.get("/v1/training-jobs/replaced"), 200)["model"]
    account.put(ours.removeprefix("s3://jobs/"), account.get(job["model"]))
    version = answered(api.post("/v1/models/line-replaced/versions", params={"source": "job:replaced"}), 201)
    assert version["lineage"]["job"]["name"] == "lineage", json.dumps(version)
