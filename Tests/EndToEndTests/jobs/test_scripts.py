"""Users' scripts find the same environment variables and packages as in AWS's containers."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from harness import REPOSITORY, Api, Server, answered, until
from own_algorithms import ROLE, Account, serve, tarball

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
MODEL = REPOSITORY / "Examples" / "models" / "fraud-binary.tar.gz"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A server whose scripts run with the Python of the tests, which has NumPy and XGBoost."""
    server = Server(tmp_path_factory.mktemp("scripts"), "--python", sys.executable)
    server.start()
    found = Account(server.url)
    found.put("data/train/a.csv", "1,2\n3,4\n")
    found.put("data/train/deep/b.csv", "5,6\n")
    yield found
    server.stop()


def ended(account: Account, name: str) -> Any:
    def look() -> Any:
        job = account.sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return until(look, f"{name} is over", 60)


def output(account: Account, name: str) -> Any:
    """Returns what the job `name` has written to `output/data/seen.json`."""
    archive = io.BytesIO(account.get(f"s3://jobs/out/{name}/output/output.tar.gz"))
    with tarfile.open(fileobj=archive) as files:
        file = files.extractfile("seen.json")
        assert file is not None
        return json.load(file)


def run(account: Account, name: str, files: dict[str, str], program: str, **hyperparameters: str) -> Any:
    """Runs a script in the XGBoost image on the data under `data/train`."""
    account.put(f"code/{name}.tar.gz", tarball(files))
    account.train(
        name,
        XGBOOST,
        {
            "sagemaker_program": program,
            "sagemaker_submit_directory": f"s3://jobs/code/{name}.tar.gz",
            **hyperparameters,
        },
        {"train": "data/train"},
    )
    return ended(account, name)


SEES = """\
import json, os, sys
from sagemaker_containers.beta.framework import env
from sagemaker_training import environment

training = environment.Environment()
seen = {name: value for name, value in os.environ.items() if name.startswith("SM_")}
seen["arguments"] = sys.argv[1:]
seen["attributes"] = [training.job_name, training.channel_input_dirs, env.training_env().hyperparameters["depth"]]
seen["configuration"] = json.load(open(os.environ["SM_INPUT_CONFIG_DIR"] + "/resourceconfig.json"))
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
"""


def test_a_script_finds_the_variables_of_sagemakers_toolkit(account: Account) -> None:
    job = run(
        account, "sees", {"deep/train.py": SEES}, "deep/train.py", depth="3", **{"learning-rate": '"0.5"'}, v="true"
    )
    assert job["TrainingJobStatus"] == "Completed", job
    seen = output(account, "sees")
    root = seen["SM_MODEL_DIR"].removesuffix("/model")
    hyperparameters = {"depth": 3, "learning-rate": "0.5", "v": True}
    arguments = ["--depth", "3", "--learning-rate", "0.5", "-v", "True"]
    channel = {"RecordWrapperType": "None", "S3DistributionType": "FullyReplicated", "TrainingInputMode": "File"}
    expected = {
        "SM_CHANNELS": ["train"],
        "SM_CHANNEL_TRAIN": f"{root}/input/data/train",
        "SM_HPS": hyperparameters,
        "SM_HP_DEPTH": "3",
        "SM_HP_LEARNING-RATE": "0.5",
        "SM_HP_LEARNING_RATE": "0.5",
        "SM_USER_ARGS": arguments,
        "SM_USER_ENTRY_POINT": "deep/train.py",
        "SM_MODULE_NAME": "deep/train",
        "SM_MODULE_DIR": "s3://jobs/code/sees.tar.gz",
        "SM_FRAMEWORK_MODULE": "sagemaker_xgboost_container.training:main",
        "SM_FRAMEWORK_PARAMS": {},
        "SM_INPUT_DIR": f"{root}/input",
        "SM_INPUT_CONFIG_DIR": f"{root}/input/config",
        "SM_OUTPUT_DIR": f"{root}/output",
        "SM_OUTPUT_DATA_DIR": f"{root}/output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": f"{root}/output/intermediate",
        "SM_INPUT_DATA_CONFIG": {"train": channel},
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": ["algo-1"],
        "SM_NUM_GPUS": "0",
        "SM_NUM_NEURONS": "0",
        "SM_LOG_LEVEL": "20",
        "SM_NETWORK_INTERFACE_NAME": "lo",
        "SM_CURRENT_INSTANCE_TYPE": "local",
        "SM_CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "SM_INSTANCE_GROUPS": ["homogeneousCluster"],
        "SM_IS_HETERO": "false",
    }
    for name, value in expected.items():
        found = seen[name]
        assert (found if isinstance(value, str) else json.loads(found)) == value, name
    resources = json.loads(seen["SM_RESOURCE_CONFIG"])
    assert resources == seen["configuration"]
    assert resources["instance_groups"][0]["hosts"] == ["algo-1"]
    everything = json.loads(seen["SM_TRAINING_ENV"])
    assert everything["hyperparameters"] == hyperparameters
    assert everything["resource_config"] == resources
    assert everything["channel_input_dirs"] == {"train": f"{root}/input/data/train"}
    assert everything["user_entry_point"] == "deep/train.py"
    assert seen["arguments"] == arguments
    assert seen["attributes"] == ["sees", {"train": f"{root}/input/data/train"}, 3]


TRAINS = """\
import argparse, json, os
import numpy, xgboost
from sagemaker_xgboost_container import distributed
from sagemaker_xgboost_container.data_utils import get_dmatrix

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int)
arguments = parser.parse_args()


def train(params, data, rounds, is_master):
    model = xgboost.train(params, data, num_boost_round=rounds)
    if is_master:
        model.save_model(os.environ["SM_MODEL_DIR"] + "/xgboost-model")


data = get_dmatrix(os.environ["SM_CHANNEL_TRAIN"], "csv")
distributed.rabit_run(
    exec_fun=train,
    args={"params": {"max_depth": 1}, "data": data, "rounds": arguments.rounds},
    include_in_training=data is not None,
    hosts=json.loads(os.environ["SM_HOSTS"]),
    current_host=os.environ["SM_CURRENT_HOST"],
    update_rabit_args=True,
)
seen = {"rows": data.num_row(), "columns": data.num_col(), "labels": data.get_label().tolist()}
with open(os.environ["SM_OUTPUT_DATA_DIR"] + "/seen.json", "w") as file:
    json.dump(seen, file)
"""

SERVES = """\
import numpy, os, xgboost
from sagemaker_containers.beta.framework import worker
from sagemaker_inference import content_types, decoder, encoder, errors, utils
from sagemaker_xgboost_container import encoder as xgb_encoders


def model_fn(folder):
    model = xgboost.Booster()
    model.load_model(os.path.join(folder, "xgboost-model"))
    return model


def input_fn(body, content_type):
    if content_type == "text/libsvm":
        return xgb_encoders.libsvm_to_dmatrix(body)
    if content_type == content_types.NPZ:
        raise errors.GenericInferenceToolkitError(418, "no tea")
    return xgboost.DMatrix(numpy.atleast_2d(decoder.decode(body, content_type)))


def predict_fn(data, model):
    return ["mine"] * data.num_row()


def output_fn(prediction, accept):
    (accept,) = utils.parse_accept(accept)
    if accept == "text/plain":
        return worker.Response(",".join(prediction), mimetype=accept)
    return encoder.encode(prediction, accept), accept
"""


def test_a_script_in_the_image_of_an_algorithm_trains_and_serves(account: Account) -> None:
    """The user's script takes precedence over the image's algorithm, for each use of the image."""
    job = run(account, "trains", {"train.py": TRAINS}, "train.py", rounds="2")
    assert job["TrainingJobStatus"] == "Completed", job
    assert output(account, "trains") == {"rows": 3, "columns": 1, "labels": [1, 3, 5]}

    account.put("code/serving.tar.gz", tarball({"serving.py": SERVES}))
    environment = {"SAGEMAKER_PROGRAM": "serving.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://jobs/code/serving.tar.gz"}
    serve(account, "scripted", XGBOOST, job["ModelArtifacts"]["S3ModelArtifacts"], environment)

    def invoke(body: bytes, kind: str, accept: str) -> tuple[bytes, str]:
        answer = account.runtime.invoke_endpoint(EndpointName="scripted", ContentType=kind, Accept=accept, Body=body)
        return answer["Body"].read(), answer["ContentType"]

    assert invoke(b"1\n2\n", "text/csv", "application/json") == (b'["mine"]', "application/json")
    assert invoke(b"1:1\n1:2\n", "text/libsvm", "text/csv") == (b"mine\nmine\n", "text/csv")
    assert invoke(b"[[1], [2]]", "application/json", "text/plain") == (b"mine,mine", "text/plain")
    for kind, status in (("application/x-npz", 418), ("image/png", 415)):
        with pytest.raises(account.runtime.exceptions.ModelError) as caught:
            invoke(b"1", kind, "application/json")
        assert caught.value.response["OriginalStatusCode"] == status

    account.put("rows/a.csv", "1\n2\n3\n")
    account.sagemaker.create_transform_job(
        TransformJobName="scripted",
        ModelName="scripted",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://jobs/rows/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": "s3://jobs/transformed", "Accept": "text/csv", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        BatchStrategy="SingleRecord",
    )
    api = Api(account.url)

    def over() -> Any:
        state = answered(api.get("/v1/transform-jobs/scripted"), 200)["state"]
        return state if state["status"] not in ("InProgress", "Stopping") else None

    assert until(over, "the transform job is over", 60)["status"] == "Completed"
    assert account.get("s3://jobs/transformed/a.csv.out") == b"mine\nmine\nmine\n"
    account.sagemaker.delete_endpoint(EndpointName="scripted")


def test_the_image_without_a_script_is_the_algorithm(account: Account) -> None:
    account.put("models/fraud.tar.gz", MODEL.read_bytes())
    account.sagemaker.create_model(
        ModelName="built-in",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": XGBOOST,
            "ModelDataUrl": "s3://jobs/models/fraud.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": ""},
        },
    )
    model = answered(Api(account.url).get("/v1/models/built-in", params={"workspace": "sagemaker"}), 200)
    assert [version["framework"] for version in model["versions"]] == ["xgboost"]


def test_a_package_that_is_installed_comes_first(account: Account) -> None:
    """The package is next to the script, as if installed there."""
    files = {
        "train.py": "import json, os\nimport sagemaker_inference, sagemaker_inference.encoder as encoder\n"
        "import sagemaker_training.environment\n"
        "seen = [sagemaker_inference.ORIGIN, encoder.ORIGIN]\n"
        "json.dump(seen, open(os.environ['SM_OUTPUT_DATA_DIR'] + '/seen.json', 'w'))\n",
        "site/sagemaker_inference/__init__.py": "ORIGIN = 'installed'\n",
        "site/sagemaker_inference/encoder.py": "ORIGIN = 'installed too'\n",
    }
    files["train.py"] = "import sys, os\nsys.path.append(os.getcwd() + '/site')\n" + files["train.py"]
    job = run(account, "installed", files, "train.py")
    assert job["TrainingJobStatus"] == "Completed", job
    assert output(account, "installed") == ["installed", "installed too"]
