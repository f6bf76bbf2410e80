"""What a client does with jobs: starts them, and finds them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .connection import Connection, path
from .errors import InvalidInputError
from .html import Things
from .job import Job, TrainingJob, TransformJob, TuningJob
from .model import Model

Range = tuple[float, float] | Sequence[str]
AnyJob = TypeVar("AnyJob", bound=Job)


class JobClient:
    """The part of a client that is about jobs."""

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
        """Starts to train a model; ``.wait()`` waits for it.

        Args:
            name: The job's name, unique on the server: at most 63 letters, digits and ``-``.
            algorithm: ``xgboost``, ``linear-learner``, ``kmeans``, ``factorization-machines``, or one that was added.
            channels: ``s3://BUCKET/PREFIX`` of the data by the channel's name: ``train``, ``validation``.
            output: ``s3://BUCKET/PREFIX``; the artifact becomes ``PREFIX/NAME/output/model.tar.gz``.
            hyperparameters: What the algorithm knows; values become text.
            content_type: What the data is: ``text/csv``, ``text/libsvm``.
            max_runtime: Seconds that the job may run.
            environment: Environment variables of the job.
            metrics: Regular expressions by metric; their first group is the value in a line of the log.
            checkpoints: ``s3://BUCKET/PREFIX`` that checkpoints are kept under.

        Raises:
            APIError: Something of it is wrong, or there is a job of that name (code ``conflict``).
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
        """The training job of a name.

        Raises:
            EntityNotFoundError: There is none.
        """
        return self._job(TrainingJob, name)

    def list_training_jobs(self, status: str | None = None, limit: int = 100) -> Things[TrainingJob]:
        """The newest training jobs."""
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
        """Starts a search for good hyperparameters; each trial is a training job.

        Args:
            name: The tuning job's name, unique on the server: at most 32 letters, digits and ``-``.
            algorithm: As for `train`, like ``channels``, ``output`` and all that follows ``logarithmic``.
            channels: The data.
            output: Where the trials' artifacts go.
            ranges: What is varied: ``(2, 8)`` for whole numbers, ``(0.01, 0.5)``, or ``["a", "b"]`` for a choice.
            objective: The metric that trials are compared by: ``validation:rmse``.
            maximize: Whether more of it is better.
            max_trials: Trials in all.
            max_parallel_trials: Trials at once.
            strategy: ``Bayesian``, ``Random``, ``Grid`` or ``Hyperband``.
            early_stopping: Whether trials that fall behind are stopped.
            seed: Makes the search repeatable.
            logarithmic: Names of ranges whose values are spread by their logarithms.
            **training: What else `train` takes.
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
        """The tuning job of a name.

        Raises:
            EntityNotFoundError: There is none.
        """
        return self._job(TuningJob, name)

    def list_tuning_jobs(self, status: str | None = None, limit: int = 100) -> Things[TuningJob]:
        """The newest tuning jobs."""
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
        """Starts to run a model, its newest version unless one is named, over stored objects.

        Args:
            name: The job's name, unique on the server: at most 63 letters, digits and ``-``.
            model: The model, or its name in the current workspace; ``NAME@VERSION`` is a certain version.
            input: ``s3://BUCKET/PREFIX`` of the objects.
            output: ``s3://BUCKET/PREFIX``; each object's predictions get its name and ``.out``.
            content_type: What the objects are.
            accept: What the predictions are to be; the model's own kind without it.
            by_line: Whether a record is a line; else an object is one record.
            join: Whether each record is written with its prediction.
            input_filter: The part of a record that the model gets: ``$[1:]``.
            output_filter: The part of a record that is written: ``$[0,-1]``.
            single_record: Whether the model gets one record at a time.
            max_payload: The most MB of a request to the model; 0 for no bound.
            max_concurrent: Requests at once; 0 leaves it to the server.
            compressed: Whether the objects are gzip files.
            environment: Environment variables of the model's process.
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
        """The transform job of a name.

        Raises:
            EntityNotFoundError: There is none.
        """
        return self._job(TransformJob, name)

    def list_transform_jobs(self, status: str | None = None, limit: int = 100) -> Things[TransformJob]:
        """The newest transform jobs."""
        return self._jobs(TransformJob, status, limit)

    def _job(self, type: type[AnyJob], name: str) -> AnyJob:
        return type(self._connection, self._connection.get(path(f"{type.kind}-jobs", name)))

    def _jobs(self, type: type[AnyJob], status: str | None, limit: int) -> Things[AnyJob]:
        records = self._connection.get(path(f"{type.kind}-jobs"), {"status": status, "limit": limit})["jobs"]
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
    """The definition of a training job, as the server reads it."""
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
    """The definition of a range: two numbers, or texts to choose from."""
    if all(isinstance(value, str) for value in values):
        return {"name": name, "type": "categorical", "values": list(values)}
    if len(values) != 2 or any(isinstance(value, (str, bool)) for value in values):
        raise InvalidInputError(f"The range of {name!r} is neither two numbers nor a list of texts: {values!r}.")
    low, high = values
    kind = "integer" if isinstance(low, int) and isinstance(high, int) else "continuous"
    scaling = "Logarithmic" if is_logarithmic else "Auto"
    return {"name": name, "type": kind, "min": low, "max": high, "scaling": scaling}
