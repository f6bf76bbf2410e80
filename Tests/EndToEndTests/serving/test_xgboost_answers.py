"""The responses of endpoints and transform jobs with XGBoost models, depending on the image's tag and environment."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
import xgboost
from aws import ROLE, XGBOOST
from endpoint_clients import AWS, csv, tar, variant
from harness import until

REGISTRY = XGBOOST.rsplit("/", 1)[0]
NEWER = [
    "sagemaker-xgboost:1.2-2",
    "sagemaker-xgboost:1.5-1",
    "sagemaker-xgboost:1.7-1-cpu-py3",
    "sagemaker-xgboost:3.0-5",
]
#: Images whose responses are CSV whatever the caller accepts.
CSV_ONLY = ["sagemaker-xgboost:0.90-2-cpu-py3", "sagemaker-xgboost:1.0-1-cpu-py3", "sagemaker-xgboost:1.2-1"]
OLDER = ["xgboost:1", "xgboost:latest", "xgboost", *CSV_ONLY]
OBJECTIVES: dict[str, dict[str, Any]] = {
    "squares": {"objective": "reg:squarederror"},
    "logistic": {"objective": "binary:logistic"},
    "raw": {"objective": "binary:logitraw"},
    "hinge": {"objective": "binary:hinge"},
    "softprob": {"objective": "multi:softprob", "num_class": 3},
    "softmax": {"objective": "multi:softmax", "num_class": 3},
    "poisson": {"objective": "count:poisson"},
}


class Served:
    """Models of all objectives, and endpoints that are created on demand."""

    def __init__(self, url: str) -> None:
        self.aws = AWS(url)
        random = np.random.default_rng(3)
        rows = random.normal(size=(200, 4))
        self.rows: list[list[float]] = rows[:3].tolist()
        self.boosters: dict[str, xgboost.Booster] = {}
        self.aws.s3.create_bucket(Bucket="answers")
        for name, parameters in OBJECTIVES.items():
            labels = (rows[:, 0] > 0).astype(int) + (rows[:, 1] > 0 if "num_class" in parameters else 0)
            booster = xgboost.train(parameters | {"max_depth": 2}, xgboost.DMatrix(rows, labels), num_boost_round=4)
            self.boosters[name] = booster
            archive = tar({"xgboost-model": bytes(booster.save_raw("ubj"))})
            self.aws.s3.put_object(Bucket="answers", Key=f"{name}.tar.gz", Body=archive)
        self.aws.s3.put_object(Bucket="answers", Key="in/rows.csv", Body=(csv(self.rows) + "\n").encode())
        self.made: dict[str, str] = {}
        self.jobs = 0

    def model(self, objective: str, image: str, **environment: str) -> str:
        key = json.dumps([objective, image, environment])
        if key not in self.made:
            name = f"answers-{len(self.made)}"
            self.aws.sagemaker.create_model(
                ModelName=name,
                ExecutionRoleArn=ROLE,
                PrimaryContainer={
                    "Image": f"{REGISTRY}/{image}",
                    "ModelDataUrl": f"s3://answers/{objective}.tar.gz",
                    "Environment": environment,
                },
            )
            self.aws.sagemaker.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[variant("main", name, 1)]
            )
            self.aws.serve(name, name)
            self.made[key] = name
        return self.made[key]

    def answer(self, objective: str, image: str, accept: str | None = None, **environment: str) -> tuple[str, str]:
        name = self.model(objective, image, **environment)
        answer = self.aws.invoke(name, csv(self.rows), **({"Accept": accept} if accept else {}))
        return answer["Body"].read().decode(), answer["ContentType"]

    def transformed(self, objective: str, image: str, accept: str | None = None, **environment: str) -> str:
        """Returns the output of a transform job that sets the environment itself, with a model that has none."""
        model = self.model(objective, image)
        self.jobs += 1
        name = f"answers-{objective}-{self.jobs}"
        self.aws.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=model,
            Environment=environment,
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://answers/in/"}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            TransformOutput={"S3OutputPath": f"s3://answers/{name}", "AssembleWith": "Line"}
            | ({"Accept": accept} if accept else {}),
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )

        def look() -> Any:
            job = self.aws.sagemaker.describe_transform_job(TransformJobName=name)
            return job if job["TransformJobStatus"] in ("Completed", "Failed") else None

        job = until(look, f"the end of {name}", 60)
        assert job["TransformJobStatus"] == "Completed", job
        body: bytes = self.aws.s3.get_object(Bucket="answers", Key=f"{name}/rows.csv.out")["Body"].read()
        return body.decode()

    def predicted(self, objective: str) -> Any:
        return self.boosters[objective].predict(xgboost.DMatrix(np.array(self.rows)))


@pytest.fixture(scope="module")
def served(server: str) -> Served:
    return Served(server)


def close(text: str, expected: Any) -> None:
    np.testing.assert_allclose(np.array(json.loads(text), dtype=float), expected, rtol=1e-6)


@pytest.mark.parametrize("image", NEWER)
def test_newer_images_write_a_row_each(served: Served, image: str) -> None:
    text, content_type = served.answer("squares", image)
    assert content_type == "text/csv; charset=utf-8"
    assert text.endswith("\n")
    close("[" + ",".join(text.splitlines()) + "]", served.predicted("squares"))
    text, _ = served.answer("softprob", image, "text/csv")
    assert "[" not in text
    close(f"[[{text.strip().replace(chr(10), '],[')}]]", served.predicted("softprob"))
    for name in ("squares", "softprob"):
        text, content_type = served.answer(name, image, "application/json")
        assert content_type == "application/json"
        scores = [list(prediction.items()) for prediction in json.loads(text)["predictions"]]
        assert all(keys == ["score"] for keys in [[key for key, _ in row] for row in scores])
        np.testing.assert_allclose([row[0][1] for row in scores], served.predicted(name), rtol=1e-6)
        text, _ = served.answer(name, image, "application/jsonlines")
        lines = [json.loads(line)["score"] for line in text.splitlines()]
        np.testing.assert_allclose(lines, served.predicted(name), rtol=1e-6)


@pytest.mark.parametrize("image", OLDER)
def test_older_images_write_all_rows_in_one_line(served: Served, image: str) -> None:
    text, _ = served.answer("squares", image)
    assert "\n" not in text
    close(f"[{text}]", served.predicted("squares"))
    text, _ = served.answer("softprob", image)
    assert text.startswith("[")
    close(f"[{text}]", served.predicted("softprob"))
    text, content_type = served.answer("softprob", image, "application/json")
    if image in CSV_ONLY:
        assert (text, content_type) == served.answer("softprob", image)
        assert served.answer("squares", image, "image/png") == served.answer("squares", image)
    else:
        close(text, served.predicted("softprob"))


def test_the_environment_gives_older_images_a_content_type(served: Served) -> None:
    chosen = {
        "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json",
    }
    for image, kind in zip(CSV_ONLY, ("text/csv; charset=utf-8", "application/json", "application/json"), strict=True):
        assert served.answer("logistic", image, **chosen)[1] == kind
    without = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    assert served.answer("logistic", CSV_ONLY[1], **without)[1] == "text/csv; charset=utf-8"


def test_batches_are_the_same_whatever_the_image(served: Served) -> None:
    for image in (NEWER[0], OLDER[0], CSV_ONLY[1]):
        for accept in (None, "application/json", *(["application/jsonlines"] if image != OLDER[0] else [])):
            text = served.transformed("squares", image, accept)
            close("[" + ",".join(text.splitlines()) + "]", served.predicted("squares"))
            text = served.transformed("softprob", image, accept)
            close("[" + ",".join(text.splitlines()) + "]", served.predicted("softprob"))


KEYS = "predicted_label,labels,probability,probabilities,raw_score,raw_scores"


def expected(served: Served, objective: str) -> list[dict[str, Any]]:
    """Returns the container's response for each row."""
    answers = []
    for value in served.predicted(objective):
        if objective == "softprob":
            highest, every = float(max(value)), [float(it) for it in value]
            label, labels = int(np.argmax(value)), [0, 1, 2]
        else:
            highest, every = float(value), [1 - float(value), float(value)]
            labeled: dict[str, Any] = {"logistic": int(value > 0.5), "raw": int(value > 0)}
            label = labeled.get(objective, float(value))
            labels = [0, 1, 2] if objective == "softmax" else [0, 1]
        has_probabilities = objective in ("softprob", "logistic")
        answers.append(
            {
                "predicted_label": label,
                "labels": labels,
                "probability": highest if has_probabilities else None,
                "probabilities": every if has_probabilities else None,
                "raw_score": highest,
                "raw_scores": every,
            }
        )
    return answers


@pytest.mark.parametrize("objective", ["logistic", "raw", "hinge", "softprob", "softmax"])
def test_the_environment_selects_what_is_answered(served: Served, objective: str) -> None:
    chosen = {"SAGEMAKER_INFERENCE_OUTPUT": KEYS}
    wanted = expected(served, objective)
    text, content_type = served.answer(objective, NEWER[2], "application/json", **chosen)
    assert content_type == "application/json"
    assert alike(json.loads(text), {"predictions": wanted}), text
    text, _ = served.answer(objective, NEWER[2], "application/jsonlines", **chosen)
    assert alike([json.loads(line) for line in text.splitlines()], wanted)
    text, _ = served.answer(objective, NEWER[2], **chosen)
    lines = text.split("\n")
    assert len(lines) == 3
    for line, answer in zip(lines, wanted, strict=True):
        fields = json.loads(f"[{line.replace(chr(34), '').replace('nan', 'null')}]")
        assert alike(fields, list(answer.values())), line
        assert line.count('"[') == sum(isinstance(value, list) for value in answer.values())


def alike(found: Any, wanted: Any) -> bool:
    """Returns whether types and values are the same, apart from the last digits of floating-point numbers."""
    if isinstance(wanted, dict):
        return sorted(found) == sorted(wanted) and all(alike(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(alike, found, wanted))
    if isinstance(wanted, float):
        return isinstance(found, float) and abs(found - wanted) < 1e-6
    return bool(found == wanted and type(found) is type(wanted))


def test_csv_has_the_order_that_was_asked_for(served: Served) -> None:
    text, _ = served.answer("logistic", NEWER[1], SAGEMAKER_INFERENCE_OUTPUT="Probability, predicted_label,nonsense")
    for line, answer in zip(text.split("\n"), expected(served, "logistic"), strict=True):
        probability, label, nonsense = line.split(",")
        assert abs(float(probability) - answer["probability"]) < 1e-6
        assert label == str(answer["predicted_label"])
        assert nonsense == "nan"


def test_regressions_have_a_predicted_score(served: Served) -> None:
    text, _ = served.answer("squares", NEWER[1], "application/jsonlines", SAGEMAKER_INFERENCE_OUTPUT="predicted_score")
    scores = [json.loads(line)["predicted_score"] for line in text.splitlines()]
    np.testing.assert_allclose(scores, served.predicted("squares"), rtol=1e-6)


def test_what_cannot_be_selected_is_told(served: Served) -> None:
    with pytest.raises(served.aws.runtime.exceptions.ClientError, match=r"ModelError.*\(500\).*count:poisson"):
        served.answer("poisson", NEWER[1], SAGEMAKER_INFERENCE_OUTPUT="predicted_label")


def test_records_have_a_value_for_each_key(served: Served) -> None:
    name = served.model("softprob", NEWER[1], SAGEMAKER_INFERENCE_OUTPUT="probabilities,predicted_label")
    accept = "application/x-recordio-protobuf"
    body: bytes = served.aws.invoke(name, csv(served.rows), Accept=accept)["Body"].read()
    for answer in expected(served, "softprob"):
        assert struct.pack("<f", answer["predicted_label"]) in body
        assert struct.pack("<3f", *answer["probabilities"]) in body
    assert body.count(b"probabilities") == body.count(b"predicted_label") == 3


def test_the_environment_has_the_type_of_an_answer_that_is_left_open(served: Served) -> None:
    chosen = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    for accept, kind in (
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
    ):
        assert served.answer("squares", NEWER[1], accept, **chosen)[1] == kind
    assert served.answer("squares", OLDER[0], None, **chosen)[1] == "text/csv; charset=utf-8"
    odd = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "image/png"}
    with pytest.raises(served.aws.runtime.exceptions.ClientError, match=r"\(406\).*image/png"):
        served.answer("squares", NEWER[1], **odd)


def test_a_transform_job_selects_as_an_endpoint_does(served: Served) -> None:
    chosen = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probabilities"}
    wanted = [
        {key: row[key] for key in chosen["SAGEMAKER_INFERENCE_OUTPUT"].split(",")}
        for row in expected(served, "logistic")
    ]
    text = served.transformed("logistic", NEWER[1], **chosen)
    assert text.endswith("\n")
    lines = [json.loads(f"[{line.replace(chr(34), '')}]") for line in text.splitlines()]
    assert alike(lines, [list(row.values()) for row in wanted])
    chosen["SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"] = "application/jsonlines"
    text = served.transformed("logistic", NEWER[1], **chosen)
    assert alike([json.loads(line) for line in text.splitlines()], wanted)
