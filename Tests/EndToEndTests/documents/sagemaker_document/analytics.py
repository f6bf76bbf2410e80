"""Reads the metrics of a finished training job, as each generation of the SDK shows them.

Writes its results to results.json in the working folder.
"""

from __future__ import annotations

import json

import sagemaker
from sagemaker.analytics import TrainingJobAnalytics

session = sagemaker.Session()
every = TrainingJobAnalytics("Curves", sagemaker_session=session).dataframe()
estimator = sagemaker.estimator.Estimator.attach("Curves", sagemaker_session=session)
one = TrainingJobAnalytics("Curves", metric_names=["validation:rmse"], sagemaker_session=session, period=1).dataframe()
results = {
    "every": every.to_dict("list"),
    "attached": estimator.training_job_analytics.dataframe().to_dict("list"),
    "one": one.to_dict("list"),
}
with open("results.json", "w") as file:
    json.dump(results, file)
