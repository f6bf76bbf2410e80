"""A pipeline: what a request runs through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import deployment, steps
from .connection import JSON, Connection
from .definition import Definition
from .errors import EntityNotFoundError, InvalidInputError
from .expressions import Expression
from .html import Things, fields
from .inference import InferencePipeline
from .logged import LoggedPipeline
from .model import Model
from .pipeline_version import PipelineVersion
from .times import from_rfc3339


class Pipeline(InferencePipeline, LoggedPipeline):
    """A named definition (steps in order, and validations) that can be deployed, and then answers.

    A pipeline that was taken up again or deployed keeps its definition until a step is added, which starts the
    definition over; see `Definition`. Nothing changes on the server before `deploy`.
    """

    def __init__(self, connection: Connection, record: JSON) -> None:
        super().__init__(connection, record)
        self._definition = Definition(record["version"]["steps"], record["version"]["validations"])

    # The definition

    def add_model_step(self, model: Model) -> Pipeline:
        """Adds a step that runs one model, on the outputs of the step before."""
        return self._add(steps.model_step(model, self.workspace()))

    def add_random_split(self, weighted: Iterable[tuple[float, Model]], hash_key: str | None = None) -> Pipeline:
        """Adds a step that runs one of several models, chosen at random.

        Args:
            weighted: Pairs of weight and model; ``[(2, a), (1, b)]`` sends two of three requests to ``a``.
            hash_key: An input or header whose value decides: the same value always gets the same model.
        """
        return self._add(steps.random_split(weighted, hash_key, self.workspace()))

    def add_key_split(self, default: Model, key: str, models: Mapping[str, Model]) -> Pipeline:
        """Adds a step that runs the model for the value of a key.

        Args:
            default: The model for every other value, and for requests without the key.
            key: The input or header that decides.
            models: Models by the key's value: ``{"de": german, "fr": french}``.
        """
        return self._add(steps.key_split(default, key, models, self.workspace()))

    def add_shadow_deploy(self, champion: Model, challengers: Iterable[Model]) -> Pipeline:
        """Adds a step whose champion answers, and whose challengers are run on the same input for comparison."""
        return self._add(steps.shadow_deploy(champion, challengers, self.workspace()))

    def add_validation(self, name: str, expression: Expression | str) -> Pipeline:
        """Adds a condition that each answer must meet, in place of the one of the same name.

        Args:
            expression: Such as ``model.outputs[0][0] < 100``, or its text in the server's language.
        """
        self._definition.add_validation(name, expression)
        return self

    def replace_with_model_step(self, index: int, model: Model) -> Pipeline:
        """Puts a step that runs one model in place of the step at an index, counted from 0."""
        self._definition.replace(index, steps.model_step(model, self.workspace()))
        return self

    def remove_step(self, index: int) -> Pipeline:
        """Takes out the step at an index, counted from 0."""
        self._definition.remove(index)
        return self

    def clear(self) -> Pipeline:
        """Takes out all steps and validations."""
        self._definition.clear()
        return self

    # The deployment

    def deploy(self, timeout: float = 45) -> Pipeline:
        """Deploys the definition, and returns once it answers; a running pipeline is swapped with no downtime.

        Args:
            timeout: Seconds to wait.

        Raises:
            DeploymentError: The server could not, with its reason, or it took too long. After an update
                that failed, the old version goes on answering.
        """
        if not self._definition.steps:
            raise InvalidInputError(f"Pipeline '{self.name()}' has no steps; add one, such as `add_model_step(model)`.")
        version = self._record["version"]
        content = self._definition.content()
        if content != {"steps": version["steps"], "validations": version["validations"]}:
            body = {"name": self.name(), "workspace": self.workspace(), **content}
            self._record = self._connection.send("PUT", self._path(), body)
        deployment.deploy(self._connection, self.name(), self._record["version"]["id"], timeout)
        self._refresh()
        self._definition.settle()
        return self

    def undeploy(self, timeout: float = 45) -> Pipeline:
        """Stops answering, and returns once the models are freed; the definition and the log stay.

        Args:
            timeout: Seconds to wait.

        Raises:
            DeploymentError: It took too long.
        """
        deployment.undeploy(self._connection, self.name(), timeout)
        self._refresh()
        return self

    def status(self) -> dict[str, Any]:
        """The deployment as the server has it: ``state``, ``version``, ``error``, and what runs ``models``.

        A pipeline that was never deployed is ``Stopped``.
        """
        try:
            return self._connection.get(self._path("deployment"))
        except EntityNotFoundError:
            return {"pipeline": self.name(), "state": "Stopped", "version": None, "error": None, "models": []}

    def versions(self) -> Things[PipelineVersion]:
        """Every version of the definition that the server has, newest first."""
        records = self._connection.get(self._path("versions"))["versions"]
        return Things(PipelineVersion(record) for record in records)

    # What is shown

    @property
    def tags(self) -> list[str]:
        """The pipeline's tags."""
        return list(self._record["tags"])

    def add_tag(self, tag: str) -> Pipeline:
        """Tags the pipeline."""
        self._record = self._connection.send("PUT", self._path("tags", tag))
        return self

    def remove_tag(self, tag: str) -> Pipeline:
        """Takes a tag away."""
        self._record = self._connection.send("DELETE", self._path("tags", tag))
        return self

    def describe(self) -> dict[str, Any]:
        """The fields that tables show; the deployment as it was when this object last asked."""
        state = (self._record["deployment"] or {}).get("state")
        return {
            "name": self.name(),
            "created": from_rfc3339(self._record["created_at"]),
            "last_updated": from_rfc3339(self._record["updated_at"]),
            "deployed": "(none)" if state is None else state in ("Running", "Updating"),
            "tags": ", ".join(self.tags),
            "steps": ", ".join(steps.first_model(step).split("@")[0] for step in self._definition.steps),
        }

    def __repr__(self) -> str:
        return repr({name: value if isinstance(value, bool) else str(value) for name, value in self.describe().items()})

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def _add(self, step: JSON) -> Pipeline:
        self._definition.add(step)
        return self
