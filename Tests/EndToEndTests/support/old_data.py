"""Makes the data folder of an old release that `operations/test_data_of_0_2_0.py` opens.

    ROOST_BINARY=/path/to/0.2.0/roost ROOST_RUNTIMES=… .venv/bin/python Tests/EndToEndTests/support/old_data.py FOLDER

The release fills a folder through its APIs and is killed while a training job runs and an endpoint's traffic moves. FOLDER gets the
archive of that folder, and the release's responses as JSON. Release 0.2.0 is the commit 2b307e4.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from aws import channel, csv, regression, training_request
from endpoint_clients import AWS, Trained
from harness import BINARY, DATA, Server, answered, until
from own_algorithms import MEAN, Account, add, algorithm

VERSION = "0.2.0"
FRAUD: Any = json.loads((DATA / "fraud.json").read_text())
HOUSE = {"input": [[1.0] * 13]}
TEXT = [{"name": "text_input", "datatype": "FP32", "shape": [1, 10], "data": [0.5] * 10}]
ROW = "1,2,3,4,5"
#: Two steps. The server is killed during the first, and its successor begins again with it.
LINEAR = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "LINEAR",
            "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 5,
        }
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "error-rate>50%"}]},
}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://captures/kept",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


def portable(response: Any) -> Any:
    """Returns a response of boto3 as JSON has it."""
    response.pop("ResponseMetadata", None)
    return json.loads(json.dumps(response, default=datetime.isoformat))


def listing(server: Server) -> Any:
    """Returns what the server lists, but not what changes with a restart: deployments, and the pipeline of `moving`."""
    workspaces, models, pipelines = json.loads(json.dumps(server.api.listing()))
    for pipeline in pipelines["pipelines"]:
        pipeline.pop("deployment")
    return [workspaces, models, [it for it in pipelines["pipelines"] if it["name"] != "moving"]]


def pipelines(server: Server) -> dict[str, Any]:
    """Makes models and pipelines of all runtimes, and returns their responses."""
    api = server.api
    answered(api.post("/v1/workspaces", json={"name": "team"}), 201)
    for model, file in {"fraud-dense": "fraud-dense.onnx", "fraud-trees": "fraud-trees.onnx"}.items():
        api.upload(model, file)
    api.upload("many", "multi-output.zip")
    api.upload("houses", "housing-regression.json", workspace="team")
    shadow = {"shadow_deploy": {"champion": "fraud-dense", "challengers": ["fraud-trees"]}}
    api.serve("fraud", [shadow], [("suspicious", "fraud-dense.outputs[0][0] < 0.9")])
    answered(api.put("/v1/pipelines/fraud/tags/live"), 200)
    api.serve("many", ["many"])
    api.serve("houses", ["houses"], workspace="team")
    fraud = api.infer("fraud", FRAUD)
    return {
        "fraud": {"in": FRAUD, "out": fraud["outputs"], "failures": fraud["check_failures"]},
        "many": {"in": TEXT, "out": api.infer_v2("many", TEXT)["outputs"]},
        "houses": {"in": HOUSE, "out": api.infer("houses", HOUSE)["outputs"]},
        "logs": [entry["id"] for entry in until(lambda: api.logs("fraud"), "the request is logged")],
    }


def buckets(aws: AWS) -> None:
    s3 = aws.s3
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="train/a.csv", Body=csv(regression(60, seed=1)))
    s3.put_object(Bucket="kept", Key="notes/ünï.txt", Body=b"kept", Metadata={"a": "1"})
    upload = s3.create_multipart_upload(Bucket="kept", Key="large")["UploadId"]
    s3.upload_part(Bucket="kept", Key="large", UploadId=upload, PartNumber=1, Body=b"part")


def endpoints(aws: AWS, account: Account) -> dict[str, Any]:
    """Trains a model and serves it, and serves others by an endpoint with variants whose requests are captured."""
    sagemaker = aws.sagemaker
    sagemaker.create_training_job(**training_request("job", "kept"))
    model = account.ended("job")["ModelArtifacts"]["S3ModelArtifacts"]
    aws.put_model("m", account.get(model), bucket="models")
    aws.put_config("c", ("v", "m", 1))
    aws.serve("e", "c")

    aws.s3.create_bucket(Bucket="captures")
    aws.put_model("old", Trained(0).archive)
    aws.put_model("new", Trained(1).archive)
    aws.put_config("before", ("a", "old", 1), ("b", "old", 1), DataCaptureConfig=CAPTURE)
    aws.put_config("after", ("a", "new", 3), ("b", "new", 1))
    sagemaker.create_endpoint(
        EndpointName="moving", EndpointConfigName="before", Tags=[{"Key": "team", "Value": "fraud"}]
    )
    aws.settled("moving")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="moving",
        DesiredWeightsAndCapacities=[{"VariantName": "b", "DesiredWeight": 2, "DesiredInstanceCount": 3}],
    )
    aws.settled("moving")
    before = aws.predict("moving", ROW)
    captured = until(
        lambda: aws.s3.list_objects_v2(Bucket="captures").get("Contents"), "the request is captured", limit=15
    )
    return {
        "score": aws.predict("e", ROW),
        "before": before,
        "after": str(Trained(1).says([[float(value) for value in ROW.split(",")]])[0]),
        "captures": [entry["Key"] for entry in captured],
    }


def moving(aws: AWS) -> Any:
    """Moves traffic of an endpoint, and returns its description in the middle of that."""
    aws.sagemaker.update_endpoint(
        EndpointName="moving",
        EndpointConfigName="after",
        DeploymentConfig=LINEAR,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[
            {"VariantPropertyType": "DesiredWeight"},
            {"VariantPropertyType": "DesiredInstanceCount"},
        ],
    )
    until(lambda: len({aws.predict("moving", ROW) for _ in range(4)}) == 2, "the new variants answer")
    return portable(aws.sagemaker.describe_endpoint(EndpointName="moving"))


def key(server: Server) -> str:
    """Makes an access key, and returns its ID."""
    command = [str(BINARY), "aws", "keys", "make", "--data", str(server.data)]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"AKIA\w{16}", made)
    assert found, made
    return found[0]


def fill(server: Server, folder: Path) -> dict[str, Any]:
    """Fills the server's data folder, and returns the responses that it must still give."""
    aws, account = AWS(server.url), Account(server.url)
    responses = pipelines(server)
    buckets(aws)
    responses |= endpoints(aws, account)
    add(server.url, "mean", MEAN)
    add(server.url, "waits", algorithm(folder / "waits", "import time\ntime.sleep(600)\n"))
    long = {
        "AlgorithmSpecification": {"TrainingImage": "waits", "TrainingInputMode": "File"},
        "InputDataConfig": [channel("train", "s3://kept/train/")],
        "HyperParameters": {},
    }
    account.sagemaker.create_training_job(**training_request("long", "kept", **long))
    account.is_in("long", "Training")
    responses["key"] = key(server)
    responses["moving"] = moving(aws)
    return responses | {"listing": listing(server)}


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        server.start()
        try:
            responses = fill(server, Path(folder))
        finally:
            server.kill()
        (target / f"data-{VERSION}.json").write_text(json.dumps(responses, ensure_ascii=False) + "\n")
        with tarfile.open(target / f"data-{VERSION}.tar.gz", "w:gz") as archive:
            for path in sorted(server.data.iterdir()):
                # What a running server only uses to find or lock out others.
                if path.name not in ("lock", "roost.sqlite-shm"):
                    archive.add(path, path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
