"""Python SDK for Roost: deploy models, compare them on live traffic, and validate and log every inference.

>>> import roost
>>> client = roost.Client()
>>> model = client.upload_model("housing", "models/housing.zip")
>>> pipeline = client.build_pipeline("prices").add_model_step(model)
>>> pipeline = pipeline.add_validation("too high", model.outputs[0][0] < 100).deploy()
>>> pipeline.infer({"tensor": [[1.0, 2.0]]})[0].data()
"""

from . import object
from .client import Client
from .errors import (
    APIError,
    DeploymentError,
    EntityNotFoundError,
    InvalidInputError,
    JobError,
    MissingFileError,
    RequestTimeoutError,
    RoostError,
    ServerUnreachableError,
)
from .expressions import Expression
from .job import Job, TrainingJob, TransformJob, TuningJob
from .logs import LogEntries, LogEntry
from .model import Model
from .pipeline import Pipeline
from .pipeline_version import PipelineVersion
from .references import inputs
from .results import InferenceResult
from .shadow_logs import ShadowLogEntries, ShadowLogEntry
from .workspace import Workspace

__all__ = [
    "APIError",
    "Client",
    "DeploymentError",
    "EntityNotFoundError",
    "Expression",
    "InferenceResult",
    "InvalidInputError",
    "Job",
    "JobError",
    "LogEntries",
    "LogEntry",
    "MissingFileError",
    "Model",
    "Pipeline",
    "PipelineVersion",
    "RequestTimeoutError",
    "RoostError",
    "ServerUnreachableError",
    "ShadowLogEntries",
    "ShadowLogEntry",
    "TrainingJob",
    "TransformJob",
    "TuningJob",
    "Workspace",
    "inputs",
    "object",
]
