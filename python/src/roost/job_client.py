"""Starts jobs and finds them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .connection import Connection, path
from .curve_client import CurveClient
from .errors import InvalidInputError
from .html import Things
from .job import Job, TrainingJob, TransformJob, TuningJob
from .model import Model

Range = tuple[float, float] | Sequence[str]
AnyJob = TypeVar("AnyJob", bound=Job)


class JobClient(CurveClient):
    """The part of a client that handles jobs."""

    _connection: Connection

    def _in_workspace(self) -> dict[str, str]:
        raise NotImplementedError

    # Training

    def train(
        self,
        name: str,
        algorithm: str,
        channels: Mapping[str, str],
        output: str,
        *,
        hyperparameters: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        max_runtime: int | None = None,
        environment: Mapping[str, str] | None = None,
        metrics: Mapping[str, str] | None = None,
        checkpoints: str | None = None,
    ) -> TrainingJob:
        """Starts training a model. Use ``.wait()`` to wait for it.

        Args:
            name: The job's name, unique on the server: at most 63 letters, digits and ``-``.
            algorithm: ``xgboost``, ``linear-learner``, ``kmeans``, ``factorization-machines``, or a custom algorithm.
            channels: ``s3://BUCKET/PREFIX`` of the data by channel name, such as ``train`` and ``validation``.
            output: ``s3://BUCKET/PREFIX``. The artifact is stored as ``PREFIX/NAME/output/model.tar.gz``.
            hyperparameters: The algorithm's hyperparameters. Values are sent as strings.
            content_type: The format of the data, such as ``text/csv`` or ``text/libsvm``.
            max_runtime: Seconds that the job may run.
            environment: Environment variables for the job.
            metrics: Regular expressions by metric name. The first group matches the value in a line of the log.
            checkpoints: ``s3://BUCKET/PREFIX`` to store checkpoints under.

        Raises:
            APIError: If the definition is not valid or the name is taken (code ``conflict``).
        """
        body = training_definition(
            name,
            algorithm,
            channels,
            output,
            hyperparameters=hyperparameters,
            content_type=content_type,
            max_runtime=max_runtime,
            environment=environment,
            metrics=metrics,
            checkpoints=checkpoints,
        )
        return TrainingJob(self._connection, self._connection.send("POST", path("training-jobs"), body))

    def training_job(self, name: str) -> TrainingJob:
        """Returns the training job with the given name.

        Raises:
            EntityNotFoundError: If there is no such job.
        """
        return self._job(TrainingJob, name)

    def list_training_jobs(self, status: str | None = None, limit: int = 100) -> Things[TrainingJob]:
        """Returns the newest training jobs, or only those with the given status."""
        return self._jobs(TrainingJob, status, limit)

    # Tuning

    def tune(
        self,
        name: str,
        algorithm: str,
        channels: Mapping[str, str],
        output: str,
        ranges: Mapping[str, Range],
        objective: str,
        *,
        maximize: bool = False,
        max_trials: int = 20,
        max_parallel_trials: int = 1,
        strategy: str = "Bayesian",
        early_stopping: bool = False,
        seed: int | None = None,
        logarithmic: Sequence[str] = (),
        **training: Any,
    ) -> TuningJob:
        """Starts a search for good hyperparameters. Each trial is a training job.

        Args:
            name: The tuning job's name, unique on the server: at most 32 letters, digits and ``-``.
            algorithm: The algorithm, as for `train`.
            channels: The data, as for `train`.
            output: Where to store the trials' artifacts, as for `train`.
            ranges: The hyperparameters to vary: ``(2, 8)`` for integers, ``(0.01, 0.5)`` for real numbers, and
                ``["a", "b"]`` for a choice.
            objective: The metric to optimize, such as ``validation:rmse``.
            maximize: Whether to maximize the metric. By default, it is minimized.
            max_trials: Total number of trials.
            max_parallel_trials: Number of trials that run at once.
            strategy: ``Bayesian``, ``Random``, ``Grid`` or ``Hyperband``.
            early_stopping: Whether to stop trials that fall behind.
            seed: Makes the search repeatable.
            logarithmic: Names of the ranges to search on a logarithmic scale.
            **training: Further parameters of `train`, such as ``hyperparameters``.

        Raises:
            APIError: If the definition is not valid or the name is taken (code ``conflict``).
        """
        body: dict[str, Any] = {
            "name": name,
            "strategy": strategy,
            "objective": {"metric": objective, "direction": "Maximize" if maximize else "Minimize"},
            "ranges": [range_definition(key, values, key in logarithmic) for key, values in ranges.items()],
            "max_trials": max_trials,
            "max_parallel_trials": max_parallel_trials,
            "early_stopping": early_stopping,
            "training": training_definition(name, algorithm, channels, output, **training),
        }
        if seed is not None:
            body["seed"] = seed
        return TuningJob(self._connection, self._connection.send("POST", path("tuning-jobs"), body))

    def tuning_job(self, name: str) -> TuningJob:
        """Returns the tuning job with the given name.

        Raises:
            EntityNotFoundError: If there is no such job.
        """
        return self._job(TuningJob, name)

    def list_tuning_jobs(self, status: str | None = None, limit: int = 100) -> Things[TuningJob]:
        """Returns the newest tuning jobs, or only those with the given status."""
        return self._jobs(TuningJob, status, limit)

    # Transform

    def transform(
        self,
        name: str,
        model: Model | str,
        input: str,
        output: str,
        *,
        content_type: str = "text/csv",
        accept: str | None = None,
        by_line: bool = True,
        join: bool = False,
        input_filter: str | None = None,
        output_filter: str | None = None,
        single_record: bool = False,
        max_payload: int = 6,
        max_concurrent: int = 0,
        compressed: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> TransformJob:
        """Starts running a model over stored objects.

        Args:
            name: The job's name, unique on the server: at most 63 letters, digits and ``-``.
            model: A model, or the name of one in the current workspace. Its newest version runs, unless the name is
                ``NAME@VERSION``.
            input: ``s3://BUCKET/PREFIX`` of the objects.
            output: ``s3://BUCKET/PREFIX``. The predictions for an object are stored under its name plus ``.out``.
            content_type: The format of the objects.
            accept: The format of the predictions. Defaults to the model's own.
            by_line: Whether each line is a record. Otherwise, each object is one record.
            join: Whether to write each record together with its prediction.
            input_filter: JSONPath of the part of a record to send to the model, such as ``$[1:]``.
            output_filter: JSONPath of the part of a record to write, such as ``$[0,-1]``.
            single_record: Whether to send the model one record at a time.
            max_payload: Maximum size of a request to the model, in MB. 0 means no limit.
            max_concurrent: Maximum number of concurrent requests. 0 lets the server choose.
            compressed: Whether the objects are gzip files.
            environment: Environment variables for the model's process.

        Raises:
            APIError: If the definition is not valid or the name is taken (code ``conflict``).
        """
        name_of_model = model.name() if isinstance(model, Model) else model
        workspace = model.workspace() if isinstance(model, Model) else self._in_workspace()["workspace"]
        body: dict[str, Any] = {
            "name": name,
            "model": name_of_model,
            "workspace": workspace,
            "input": {"name": "input", "uri": input, "content_type": content_type, "compressed": compressed},
            "output": output,
            "split": "Line" if by_line else "None",
            "assemble": "Line" if by_line else "None",
            "batching": "SingleRecord" if single_record else "MultiRecord",
            "join": "Input" if join else "None",
            "max_payload": max_payload,
            "max_concurrent": max_concurrent,
            "environment": dict(environment or {}),
        }
        optional = {"accept": accept, "input_filter": input_filter, "output_filter": output_filter}
        body |= {key: value for key, value in optional.items() if value is not None}
        return TransformJob(self._connection, self._connection.send("POST", path("transform-jobs"), body))

    def transform_job(self, name: str) -> TransformJob:
        """Returns the transform job with the given name.

        Raises:
            EntityNotFoundError: If there is no such job.
        """
        return self._job(TransformJob, name)

    def list_transform_jobs(self, status: str | None = None, limit: int = 100) -> Things[TransformJob]:
        """Returns the newest transform jobs, or only those with the given status."""
        return self._jobs(TransformJob, status, limit)

    def _job(self, type: type[AnyJob], name: str) -> AnyJob:
        return type(self._connection, self._connection.get(path(type.collection(), name)))

    def _jobs(self, type: type[AnyJob], status: str | None, limit: int) -> Things[AnyJob]:
        records = self._connection.get(path(type.collection()), {"status": status, "limit": limit})["jobs"]
        return Things(type(self._connection, record) for record in records)


def training_definition(
    name: str,
    algorithm: str,
    channels: Mapping[str, str],
    output: str,
    *,
    hyperparameters: Mapping[str, Any] | None = None,
    content_type: str | None = None,
    max_runtime: int | None = None,
    environment: Mapping[str, str] | None = None,
    metrics: Mapping[str, str] | None = None,
    checkpoints: str | None = None,
) -> dict[str, Any]:
    """Returns the definition of a training job in the server's format."""
    type = {} if content_type is None else {"content_type": content_type}
    body: dict[str, Any] = {
        "name": name,
        "algorithm": algorithm,
        "hyperparameters": {key: str(value) for key, value in (hyperparameters or {}).items()},
        "channels": [{"name": channel, "uri": uri, **type} for channel, uri in channels.items()],
        "output": output,
        "environment": dict(environment or {}),
        "metrics": [{"name": metric, "pattern": pattern} for metric, pattern in (metrics or {}).items()],
    }
    optional = {"max_runtime": max_runtime, "checkpoints": checkpoints}
    return body | {key: value for key, value in optional.items() if value is not None}


def range_definition(name: str, values: Range, is_logarithmic: bool) -> dict[str, Any]:
    """Returns the definition of a range: two numbers, or strings to choose from."""
    if all(isinstance(value, str) for value in values):
        return {"name": name, "type": "categorical", "values": list(values)}
    if len(values) != 2 or any(isinstance(value, (str, bool)) for value in values):
        raise InvalidInputError(f"The range of {name!r} must be two numbers or a list of strings, not {values!r}.")
    low, high = values
    kind = "integer" if isinstance(low, int) and isinstance(high, int) else "continuous"
    scaling = "Logarithmic" if is_logarithmic else "Auto"
    return {"name": name, "type": kind, "min": low, "max": high, "scaling": scaling}
