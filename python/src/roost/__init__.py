"""Python SDK for Roost: deploy models, compare them on live traffic, and validate and log every inference.

>>> import roost
>>> client = roost.Client()
>>> model = client.upload_model("housing", "models/housing.zip")
>>> pipeline = client.build_pipeline("prices").add_model_step(model)
>>> pipeline = pipeline.add_validation("too high", model.outputs[0][0] < 100).deploy()
>>> pipeline.infer({"tensor": [[1.0, 2.0]]})[0].data()
"""

from . import object
from .assay import Assay
from .assay_builder import AssayBuilder
from .assay_config import AssayConfig
from .assay_preview import AssayPreview
from .assay_result import AssayBin, AssayResult, AssaySummary
from .assay_results import AssayResults
from .buckets import Buckets
from .charts import Chart
from .client import Client
from .comparisons import Arm, Comparison, Guardrail, ShadowComparison
from .counterfactual import Counterfactual
from .deletion import Deletion
from .diagnosis import DiagnosedElement, Diagnosis, ErrorRate, Example, Slice
from .errors import (
    APIError,
    DeploymentError,
    EntityNotFoundError,
    FunctionError,
    InvalidInputError,
    JobError,
    LoopError,
    MissingFileError,
    ReleaseError,
    RequestTimeoutError,
    RoostError,
    ServerUnreachableError,
    SuiteError,
)
from .estimates import Estimate, Evidence
from .event import Event
from .expressions import Expression
from .function import Function
from .gate import Gate, GateOverride, GateVerdict
from .job import Job, TrainingJob, TransformJob, TuningJob
from .learning_curve import CurvePoint, LearningCurve
from .lineage import Lineage, TrainingData
from .logs import LogEntries, LogEntry
from .loop import Loop, LoopRun
from .metrics import metric
from .model import Model
from .pipeline import Pipeline
from .pipeline_version import PipelineVersion
from .quality import Mistake, Quality, QualityGroup
from .references import inputs, label, outputs
from .release import Release, ReleasePlan
from .report import Report, ReportSummary
from .results import InferenceResult
from .series import Series
from .shadow_logs import ShadowLogEntries, ShadowLogEntry
from .simulation import SimulatedSubject, Simulation
from .suite import Suite, SuiteRun
from .training_set import TrainingSet
from .vocabulary import Vocabulary
from .webhook import Webhook
from .workspace import Workspace

__all__ = [
    "APIError",
    "Arm",
    "Assay",
    "AssayBin",
    "AssayBuilder",
    "AssayConfig",
    "AssayPreview",
    "AssayResult",
    "AssayResults",
    "AssaySummary",
    "Buckets",
    "Chart",
    "Client",
    "Comparison",
    "Counterfactual",
    "CurvePoint",
    "Deletion",
    "DeploymentError",
    "DiagnosedElement",
    "Diagnosis",
    "EntityNotFoundError",
    "ErrorRate",
    "Estimate",
    "Event",
    "Evidence",
    "Example",
    "Expression",
    "Function",
    "FunctionError",
    "Gate",
    "GateOverride",
    "GateVerdict",
    "Guardrail",
    "InferenceResult",
    "InvalidInputError",
    "Job",
    "JobError",
    "LearningCurve",
    "Lineage",
    "LogEntries",
    "LogEntry",
    "Loop",
    "LoopError",
    "LoopRun",
    "MissingFileError",
    "Mistake",
    "Model",
    "Pipeline",
    "PipelineVersion",
    "Quality",
    "QualityGroup",
    "Release",
    "ReleaseError",
    "ReleasePlan",
    "Report",
    "ReportSummary",
    "RequestTimeoutError",
    "RoostError",
    "Series",
    "ServerUnreachableError",
    "ShadowComparison",
    "ShadowLogEntries",
    "ShadowLogEntry",
    "SimulatedSubject",
    "Simulation",
    "Slice",
    "Suite",
    "SuiteError",
    "SuiteRun",
    "TrainingData",
    "TrainingJob",
    "TrainingSet",
    "TransformJob",
    "TuningJob",
    "Vocabulary",
    "Webhook",
    "Workspace",
    "inputs",
    "label",
    "metric",
    "object",
    "outputs",
]
