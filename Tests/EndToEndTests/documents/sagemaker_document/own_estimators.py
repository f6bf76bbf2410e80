"""The sagemaker SDK's estimators for SageMaker's built-in algorithms, as users call them; for both 1.72 and 2.x.

Without `logs=False`, they poll a job only every 30 seconds.
Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import sagemaker
from sagemaker import FactorizationMachines, KMeans, LinearLearner
from sagemaker.amazon.amazon_estimator import RecordSet
from sagemaker.amazon.common import read_records, write_numpy_to_dense_tensor, write_spmatrix_to_sparse_tensor

from sagemaker_document.clusters import classes, clusters, products

results: dict[str, Any] = {}
session = sagemaker.Session()
role = sagemaker.get_execution_role()
machine = "ml.m4.xlarge"
RECORDS = "application/x-recordio-protobuf"
runtime = session.sagemaker_runtime_client


def labels(records: list[Any], name: str) -> list[float]:
    """Returns an output of each record in an endpoint's response."""
    return [record.label[name].float32_tensor.values[0] for record in records]


def endpoint_name(predictor: Any) -> str:
    return str(getattr(predictor, "endpoint_name", None) or predictor.endpoint)


def end(predictor: Any) -> None:
    predictor.delete_model()
    predictor.delete_endpoint()


# With two instances, the records are in two files.
x, y = classes()
linear = LinearLearner(role, 2, machine, predictor_type="binary_classifier", wd=0.001, sagemaker_session=session)
linear.fit([linear.record_set(x[:500], y[:500]), linear.record_set(x[500:], y[500:], channel="test")], logs=False)
predictor = linear.deploy(1, machine)
answers = predictor.predict(x[500:])
results["linear"] = {name: labels(answers, name) for name in ("score", "predicted_label")}
results["linear_float64"] = labels(predictor.predict(x[500:].astype("float64")), "score")
text = io.StringIO()
np.savetxt(text, x[500:503], delimiter=",")
response = runtime.invoke_endpoint(
    EndpointName=endpoint_name(predictor), ContentType="text/csv", Accept="application/json", Body=text.getvalue()
)
results["linear_json"] = response["Body"].read().decode()
end(predictor)
file = io.BytesIO()
write_numpy_to_dense_tensor(file, x[500:])
bucket = session.default_bucket()
s3 = session.boto_session.client("s3")
s3.put_object(Bucket=bucket, Key="batch/rows.pbr", Body=file.getvalue())
transformer = linear.transformer(1, machine, strategy="SingleRecord", accept=RECORDS, output_path=f"s3://{bucket}/out")
transformer.transform(f"s3://{bucket}/batch/rows.pbr", content_type=RECORDS, split_type="RecordIO", logs=False)
transformer.wait(logs=False)
written = s3.get_object(Bucket=bucket, Key="out/rows.pbr.out")["Body"].read()
results["linear_transform"] = labels(read_records(io.BytesIO(written)), "score")

rows = clusters()
kmeans = KMeans(role, 1, machine, k=4, sagemaker_session=session)
kmeans.fit(kmeans.record_set(rows), logs=False)
predictor = kmeans.deploy(1, machine)
answers = predictor.predict(rows)
results["kmeans"] = {name: labels(answers, name) for name in ("closest_cluster", "distance_to_cluster")}
end(predictor)

x, y = products()
factorization = FactorizationMachines(
    role,
    1,
    machine,
    num_factors=4,
    predictor_type="regressor",
    epochs=150,
    linear_lr=0.01,
    factors_lr=0.01,
    factors_init_method="uniform",
    factors_init_scale=0.2,
    sagemaker_session=session,
)
factorization.fit(factorization.record_set(x, y), mini_batch_size=100, logs=False)
predictor = factorization.deploy(1, machine)
results["factorization"] = labels(predictor.predict(x), "score")
end(predictor)

if sagemaker.__version__.startswith("1."):
    # Version 2 of the SDK does not depend on scipy, which sparse records need.
    import scipy.sparse

    file = io.BytesIO()
    write_spmatrix_to_sparse_tensor(file, scipy.sparse.csr_matrix(x), y)
    s3.put_object(Bucket=bucket, Key="sparse/rows.pbr", Body=file.getvalue())
    source = f"s3://{bucket}/sparse/"
    records = RecordSet(source, num_records=len(x), feature_dim=x.shape[1], s3_data_type="S3Prefix")
    factorization.fit(records, mini_batch_size=100, logs=False)
    predictor = factorization.deploy(1, machine)
    response = runtime.invoke_endpoint(EndpointName=endpoint_name(predictor), ContentType=RECORDS, Body=file.getvalue())
    results["sparse"] = [each["score"] for each in json.loads(response["Body"].read())["predictions"]]
    end(predictor)

with open("results.json", "w") as results_file:
    json.dump(results, results_file)
