"""The algorithms kmeans and factorization-machines, from their data to an endpoint's predictions, compared with scikit-learn."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from aws import REGION, ROLE, channel, client, csv, ended, training_request
from harness import until
from sklearn.cluster import KMeans

IMAGES = f"382416733822.dkr.ecr.{REGION}.amazonaws.com"
BUCKET = "clusters-and-factors"


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    made = client("s3", server)
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture(scope="module")
def sagemaker(server: str) -> Any:
    return client("sagemaker", server)


def learn(sagemaker: Any, name: str, algorithm: str, hyperparameters: dict[str, Any], *channels: Any) -> Any:
    """Runs a training job, and returns its description once it is over."""
    request = training_request(
        name,
        BUCKET,
        AlgorithmSpecification={"TrainingImage": f"{IMAGES}/{algorithm}:1", "TrainingInputMode": "File"},
        HyperParameters={key: str(value) for key, value in hyperparameters.items()},
        InputDataConfig=list(channels),
    )
    sagemaker.create_training_job(**request)
    return ended(sagemaker, name)


def metrics(job: Any) -> dict[str, float]:
    return {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}


def predictions(server: str, sagemaker: Any, name: str, algorithm: str, job: Any, rows: Any) -> Any:
    """Returns the predictions of an endpoint with the job's model."""
    model = {"Image": f"{IMAGES}/{algorithm}:1", "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=model)
    variant = {"VariantName": "only", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    until(lambda: sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService", f"{name} answers")
    runtime = client("sagemaker-runtime", server)
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=csv(rows))
    sagemaker.delete_endpoint(EndpointName=name)
    return json.loads(answer["Body"].read())["predictions"]


def test_kmeans_finds_the_centres_that_scikit_learn_finds(server: str, s3: Any, sagemaker: Any) -> None:
    chance = np.random.default_rng(5)
    middles = np.array([[0, 0, 0], [8, 0, 1], [0, 8, 2], [8, 8, 3]], dtype=float)
    rows = np.concatenate([middle + chance.normal(size=(60, 3)) for middle in middles]).astype(np.float32)
    s3.put_object(Bucket=BUCKET, Key="clusters/rows.csv", Body=csv(rows))
    uri = f"s3://{BUCKET}/clusters/"
    job = learn(
        sagemaker,
        "kmeans-centres",
        "kmeans",
        {"k": 4, "feature_dim": 3},
        channel("train", uri, ContentType="text/csv;label_size=0"),
        channel("test", uri, ContentType="text/csv;label_size=0"),
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    reference = KMeans(4, n_init=10, random_state=0).fit(rows)
    assert metrics(job)["train:msd"] == pytest.approx(reference.inertia_ / len(rows), rel=1e-3)
    assert metrics(job)["test:ssd"] == pytest.approx(reference.inertia_, rel=1e-3)
    answers = predictions(server, sagemaker, "kmeans-centres", "kmeans", job, rows)
    distances = np.min(reference.transform(rows), axis=1)
    assert [each["distance_to_cluster"] for each in answers] == pytest.approx(distances, rel=2e-2)
    # The clusters are the same, although their numbers may differ.
    pairs = {(int(each["closest_cluster"]), label) for each, label in zip(answers, reference.labels_, strict=True)}
    assert len(pairs) == 4


def test_a_factorization_machine_learns_what_no_linear_model_can(server: str, s3: Any, sagemaker: Any) -> None:
    chance = np.random.default_rng(6)
    x = chance.choice([0.0, 1.0], size=(2000, 6)).astype(np.float32)
    # Products dominate, so a linear model would leave most of the variance unexplained.
    y = 2 * x[:, 0] * x[:, 1] - 3 * x[:, 2] * x[:, 3] + x[:, 4]
    s3.put_object(Bucket=BUCKET, Key="factors/rows.csv", Body=csv(np.column_stack([y, x])))
    job = learn(
        sagemaker,
        "factors-regressor",
        "factorization-machines",
        {
            "feature_dim": 6,
            "num_factors": 4,
            "predictor_type": "regressor",
            "epochs": 150,
            "mini_batch_size": 100,
            "linear_lr": 0.01,
            "factors_lr": 0.01,
            "factors_init_sigma": 0.1,
        },
        channel("train", f"s3://{BUCKET}/factors/"),
        channel("test", f"s3://{BUCKET}/factors/"),
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    design = np.column_stack([x, np.ones(len(x))])
    linear = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    best_linear = float(np.sqrt(np.mean((linear - y) ** 2)))
    assert metrics(job)["test:rmse"] < best_linear / 4
    rows = np.array(list(itertools.product([0, 1], repeat=6)), dtype=np.float32)
    answers = predictions(server, sagemaker, "factors-regressor", "factorization-machines", job, rows)
    truth = 2 * rows[:, 0] * rows[:, 1] - 3 * rows[:, 2] * rows[:, 3] + rows[:, 4]
    assert np.sqrt(np.mean((np.array([each["score"] for each in answers]) - truth) ** 2)) < best_linear / 4


@pytest.mark.parametrize(
    ("algorithm", "hyperparameters", "reason"),
    [
        ("kmeans", {"k": 4}, "Missing required hyperparameter: feature_dim"),
        ("kmeans", {"k": 9, "feature_dim": 2}, "needs at least 9 for k"),
        ("kmeans", {"k": 1, "feature_dim": 5}, "feature_dim is 5"),
        ("kmeans", {"k": 1, "feature_dim": 2, "color": 1}, "Extraneous hyperparameter found: color"),
        (
            "factorization-machines",
            {"feature_dim": 1, "num_factors": 2, "predictor_type": "binary_classifier"},
            "must be 0 or 1",
        ),
    ],
)
def test_what_cannot_be_learned_is_said(
    s3: Any, sagemaker: Any, algorithm: str, hyperparameters: dict[str, Any], reason: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key="few/rows.csv", Body=b"1,2\n3,4\n5,7\n")
    name = f"refused-{algorithm}-{abs(hash(reason)) % 10**6}"
    job = learn(sagemaker, name, algorithm, hyperparameters, channel("train", f"s3://{BUCKET}/few/"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]
