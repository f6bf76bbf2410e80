"""A pipeline: the steps that a request runs through, and how its inferences are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import deployment, metrics, steps
from .connection import JSON, Connection
from .definition import Definition
from .deletion import Deletion, delete
from .errors import EntityNotFoundError, InvalidInputError
from .expressions import Expression
from .function import Function
from .html import Things, fields
from .inference import InferencePipeline
from .logged import LoggedPipeline
from .metrics import Metric
from .model import Model
from .monitored import MonitoredPipeline
from .pipeline_version import PipelineVersion
from .references import Values
from .release import requester
from .report import Report
from .times import from_rfc3339


class Pipeline(InferencePipeline, LoggedPipeline, MonitoredPipeline):
    """A named definition (steps, validations, and settings of monitoring) that can be deployed to run inferences.

    Changes to the definition take effect on the server only when you call `deploy`. A pipeline that is deployed, or
    loaded from the server, keeps its definition until you add a step, which starts a new definition.
    """

    def __init__(self, connection: Connection, record: JSON) -> None:
        super().__init__(connection, record)
        self._definition = Definition.of(record["version"])

    # The definition

    def add_model_step(self, model: Model) -> Pipeline:
        """Adds a step that runs one model on the outputs of the previous step."""
        return self._add(steps.model_step(model, self.workspace()))

    def add_function_step(self, function: Function | str, version: str | None = None) -> Pipeline:
        """Adds a function before the models or after them.

        Before the models, it gets the body of a request and returns the body that the first model is given. After
        them, it gets the outputs by name, and what it returns is the response's `InferenceResult.result`.

        Args:
            function: The function, or its name.
            version: A version or an alias. Defaults to the unpublished version.
        """
        return self._add(steps.function_step(function if isinstance(function, str) else function.name(), version))

    def add_random_split(self, weighted: Iterable[tuple[float, Model]], hash_key: str | None = None) -> Pipeline:
        """Adds a step that runs one of several models, chosen at random.

        Args:
            weighted: Pairs of weight and model. ``[(2, a), (1, b)]`` sends two thirds of the requests to ``a``.
            hash_key: Name of an input or header. Requests with the same value always get the same model.
        """
        return self._add(steps.random_split(weighted, hash_key, self.workspace()))

    def add_key_split(
        self, default: Model, key: str, models: Mapping[str, Model], shares: Mapping[str, float] | None = None
    ) -> Pipeline:
        """Adds a step that selects a model by the value of a key.

        Args:
            default: The model for all other values, and for requests without the key.
            key: Name of the input or header to select by.
            models: Models by value of the key: ``{"de": german, "fr": french}``.
            shares: The probability of each value of the key, if callers choose it at random. Without it, the models are
                not compared as in an experiment.
        """
        return self._add(steps.key_split(default, key, models, self.workspace(), shares))

    def add_shadow_deploy(self, champion: Model, challengers: Iterable[Model]) -> Pipeline:
        """Adds a step whose champion answers, and whose challengers run on the same input for comparison."""
        return self._add(steps.shadow_deploy(champion, challengers, self.workspace()))

    def add_validation(self, name: str, expression: Expression | str) -> Pipeline:
        """Adds a condition that every result must satisfy, replacing any validation of the same name.

        Args:
            name: The validation's name.
            expression: The condition, such as ``model.outputs[0][0] < 100``, or its text in the server's expression
                language.

        Raises:
            InvalidInputError: If the expression is not a condition.
        """
        self._definition.add_validation(name, expression)
        return self

    def replace_with_model_step(self, index: int, model: Model) -> Pipeline:
        """Replaces the step at an index, counted from 0, with one that runs a model."""
        self._definition.replace(index, steps.model_step(model, self.workspace()))
        return self

    def replace_with_random_split(
        self, index: int, weighted: Iterable[tuple[float, Model]], hash_key: str | None = None
    ) -> Pipeline:
        """Replaces the step at an index, counted from 0, with one that runs one of several models.

        Use it to change the weights of a split: if the models and the hash key stay the same, so does the experiment.
        """
        self._definition.replace(index, steps.random_split(weighted, hash_key, self.workspace()))
        return self

    def remove_step(self, index: int) -> Pipeline:
        """Removes the step at an index, counted from 0."""
        self._definition.remove(index)
        return self

    def clear(self) -> Pipeline:
        """Removes all steps, validations and settings."""
        self._definition.clear()
        return self

    # The settings of monitoring

    def set_goal(
        self,
        metric: Metric | None,
        *,
        better: str | None = None,
        smallest_effect: float | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        budget_ms: float | None = None,
        alpha: float | None = None,
    ) -> Pipeline:
        """Declares the metric that decides the pipeline's experiment. Another goal starts another experiment.

        The arguments are those of `roost.metric`. None removes the goal.
        """
        if metric is None:
            self._definition.set("goal", None)
            return self
        goal = metrics.metric(
            metric,
            better=better,
            smallest_effect=smallest_effect,
            minimum=minimum,
            maximum=maximum,
            budget_ms=budget_ms,
            alpha=alpha,
        )
        self._definition.set("goal", goal)
        return self

    def add_guardrail(
        self,
        metric: Metric,
        *,
        limit: float | None = None,
        better: str | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        budget_ms: float | None = None,
        alpha: float | None = None,
    ) -> Pipeline:
        """Adds a metric that must not get worse, replacing any guardrail on the same metric.

        Args:
            limit: The rate that the challenger must not exceed. By default, it is compared with the champion's.

        The other arguments are those of `roost.metric`.
        """
        guardrail = metrics.metric(
            metric,
            limit=limit,
            better=better,
            minimum=minimum,
            maximum=maximum,
            budget_ms=budget_ms,
            alpha=alpha,
        )
        self._definition.add_guardrail(guardrail)
        return self

    def set_labels(
        self,
        type: str | None = None,
        *,
        prediction: str | Values | Expression | None = None,
        threshold: float | None = None,
        wait_hours: float | None = None,
    ) -> Pipeline:
        """Declares what the pipeline's labels are, and which output they are compared with.

        Args:
            type: ``class`` (a whole number, a Boolean or a string), ``number`` or ``text``. Labels of another type are
                rejected. By default, every label may have its own type.
            prediction: The output that is the prediction: ``outputs[0][0]`` for one score or number, ``outputs[0]`` for
                one score for each class. Defaults to the first output.
            threshold: The score from which a prediction counts as positive. Defaults to 0.5.
            wait_hours: How long a label waits for its inference. Defaults to 7 days.
        """
        self._definition.set("labels", metrics.label_settings(type, prediction, threshold, wait_hours))
        return self

    def set_log(
        self,
        keep: str | Mapping[str, int] | None = None,
        *,
        omit: Iterable[str] = (),
        mask: Iterable[str] = (),
    ) -> Pipeline:
        """Sets what the log keeps of the pipeline's inferences.

        Args:
            keep: ``"all"``, or one of ``{"bytes": 65536}``, ``{"first_rows": 10}`` and ``{"sample_rows": 10}``. By
                default, inputs and outputs up to 32 KiB each.
            omit: Names of inputs, features and keys that are left out.
            mask: Names of inputs, features and keys whose values are replaced by ``"***"``.
        """
        self._definition.set("log", metrics.log_settings(keep, omit, mask))
        return self

    # The deployment

    def deploy(self, timeout: float = 45) -> Pipeline:
        """Deploys the definition and returns once it runs. A running pipeline is updated without downtime.

        Args:
            timeout: Seconds to wait.

        Raises:
            InvalidInputError: If the pipeline has no steps.
            DeploymentError: If the server cannot deploy the definition (the message has the reason), or it takes too
                long. If an update fails, the previous version stays in production.
        """
        if not self._definition.steps:
            raise InvalidInputError(f"Pipeline '{self.name()}' has no steps. Add one, such as `add_model_step(model)`.")
        version = self._record["version"]
        content = self._definition.content()
        if content != Definition.of(version).content():
            body = {"name": self.name(), "workspace": self.workspace(), **content}
            self._record = self._connection.send("PUT", self._path(), body)
        deployment.deploy(self._connection, self.name(), self._record["version"]["id"], timeout)
        self._refresh()
        self._definition.settle()
        return self

    def rollback(self, to: str = "previous", timeout: float = 45) -> Pipeline:
        """Deploys the version that was deployed before, and returns once it runs, without downtime.

        A second rollback returns to where the first one started. The definition stays the newest one: `deploy()`
        deploys it again.

        Args:
            to: Another version to return to, as in `version`.
            timeout: Seconds to wait.

        Raises:
            APIError: If no other version was deployed before, or there is no such version.
            DeploymentError: If the server cannot deploy the version (the message has the reason), or it takes too
                long.
        """
        version = self.version(to).id()
        deployment.deploy(self._connection, self.name(), version, timeout)
        self._refresh()
        return self

    def promote(self, challenger: Model | str | None = None, report: Report | str | None = None) -> Pipeline:
        """Makes a challenger the champion, or the candidate of the release in progress, without downtime.

        Args:
            challenger: The challenger, its name or its version. Defaults to the only one.
            report: The report that it is based on, or its ID, for the record.

        Raises:
            APIError: If there is no such challenger (the message lists them), or the pipeline is not running.
        """
        given = {
            "challenger": challenger.version() if isinstance(challenger, Model) else challenger,
            "report": report.id if isinstance(report, Report) else report,
            "by": requester(),
        }
        body = {name: value for name, value in given.items() if value is not None}
        self._record = self._connection.send("POST", self._path("promote"), body)
        self._definition = Definition.of(self._record["version"])
        return self

    def undeploy(self, timeout: float = 45) -> Pipeline:
        """Stops the pipeline and returns once its models are unloaded. The definition and the log are kept.

        Args:
            timeout: Seconds to wait.

        Raises:
            DeploymentError: If it takes too long.
        """
        deployment.undeploy(self._connection, self.name(), timeout)
        self._refresh()
        return self

    def status(self) -> dict[str, Any]:
        """Returns the deployment's ``state``, ``version`` and ``error``, and its ``models``.

        The state of a pipeline that was never deployed is ``Stopped``.
        """
        try:
            return self._connection.get(self._path("deployment"))
        except EntityNotFoundError:
            return {"pipeline": self.name(), "state": "Stopped", "version": None, "error": None, "models": []}

    def versions(self) -> Things[PipelineVersion]:
        """Returns all versions of the definition on the server, newest first."""
        records = self._connection.get(self._path("versions"))["versions"]
        return Things(PipelineVersion(record) for record in records)

    def version(self, name: str) -> PipelineVersion:
        """Returns a version of the definition on the server.

        Args:
            name: The version's UUID, ``previous`` for the one that was deployed before, a tag, or the beginning of the
                UUID (4 characters or more).

        Raises:
            EntityNotFoundError: If there is no such version.
            APIError: If no other version was deployed before, or several versions have the tag or the beginning.
        """
        return PipelineVersion(self._connection.get(self._path("versions", name)))

    def delete(self, force: bool = False, with_logs: bool = False) -> Deletion:
        """Deletes the pipeline with all versions. It must not be deployed.

        Args:
            force: Whether to also delete its reports.
            with_logs: Whether the log and the labels may be deleted if they are not empty.

        Raises:
            APIError: If something forbids it (code ``conflict``); the message names it.
        """
        return delete(self._connection, self._path(), force, with_logs)

    # Tags and description

    @property
    def tags(self) -> list[str]:
        """The pipeline's tags."""
        return list(self._record["tags"])

    def add_tag(self, tag: str, version: str | None = None) -> Pipeline:
        """Adds a tag to the pipeline, or to a version of it.

        Args:
            version: A version as in `version()`. Defaults to the pipeline itself.
        """
        return self._change_tag("PUT", tag, version)

    def remove_tag(self, tag: str, version: str | None = None) -> Pipeline:
        """Removes a tag from the pipeline, or from a version of it.

        Args:
            version: A version as in `version()`. Defaults to the pipeline itself.
        """
        return self._change_tag("DELETE", tag, version)

    def _change_tag(self, method: str, tag: str, version: str | None) -> Pipeline:
        if version is None:
            self._record = self._connection.send(method, self._path("tags", tag))
        else:
            self._connection.send(method, self._path("versions", version, "tags", tag))
            self._refresh()
        return self

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show. The deployment is as the server last reported it."""
        state = (self._record["deployment"] or {}).get("state")
        return {
            "name": self.name(),
            "created": from_rfc3339(self._record["created_at"]),
            "last_updated": from_rfc3339(self._record["updated_at"]),
            "deployed": "(none)" if state is None else state in ("Running", "Updating"),
            "tags": ", ".join(self.tags),
            "steps": ", ".join(steps.main_name(step) for step in self._definition.steps),
        }

    def __repr__(self) -> str:
        return repr({name: value if isinstance(value, bool) else str(value) for name, value in self.describe().items()})

    def _repr_html_(self) -> str:
        shown = self.describe()
        challengers = [name for step in self._definition.steps for name in steps.challenger_names(step)]
        if challengers:
            shown["challengers"] = ", ".join(challengers)
        return fields(shown.items())

    def _add(self, step: JSON) -> Pipeline:
        self._definition.add(step)
        return self
