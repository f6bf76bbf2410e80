"""A model version: one upload under a model's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .connection import JSON, Connection, path
from .errors import InvalidInputError
from .html import fields
from .references import Tensors
from .times import from_rfc3339

FRAMEWORKS = ("onnx", "tensorflow", "xgboost")


class Model:
    """One immutable version of a model, as `Client.upload_model` returns it."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """The model's name."""
        return str(self._record["model"])

    def version(self) -> str:
        """The version's UUID."""
        return str(self._record["id"])

    def workspace(self) -> str:
        """The name of the workspace that holds the model."""
        return str(self._record["workspace"])

    def framework(self) -> str:
        """``onnx``, ``tensorflow`` or ``xgboost``, as the server found it in the artifact."""
        return str(self._record["framework"])

    def sha(self) -> str:
        """SHA-256 of the artifact, in hexadecimal."""
        return str(self._record["sha256"])

    def byte_count(self) -> int:
        """Size of the artifact in bytes."""
        return int(self._record["byte_count"])

    def created_at(self) -> datetime:
        """When it was uploaded, in UTC."""
        return from_rfc3339(self._record["created_at"])

    @property
    def signature(self) -> dict[str, list[dict[str, Any]]]:
        """``inputs`` and ``outputs`` in order, each with ``name``, ``datatype`` and ``shape`` (-1: free)."""
        signature: dict[str, list[dict[str, Any]]] = self._record["signature"]
        return signature

    @property
    def tags(self) -> list[str]:
        """The version's tags."""
        return list(self._record["tags"])

    def add_tag(self, tag: str) -> Model:
        """Tags the version."""
        return self._change_tag("PUT", tag)

    def remove_tag(self, tag: str) -> Model:
        """Takes a tag away."""
        return self._change_tag("DELETE", tag)

    @property
    def outputs(self) -> Tensors:
        """The outputs, for conditions: ``model.outputs[0][0] < 100``."""
        return Tensors(f"{self.name()}.outputs", [tensor["name"] for tensor in self.signature["outputs"]])

    @property
    def inputs(self) -> Tensors:
        """The pipeline's inputs, for conditions: ``model.inputs[0][3] > 0``."""
        return Tensors("inputs", [tensor["name"] for tensor in self.signature["inputs"]])

    def configure(self, framework: str | None = None) -> Model:
        """Checks that the model is of a framework; the server found out which at upload.

        Returns:
            The model itself.

        Raises:
            InvalidInputError: The artifact is of another framework, or there is no such framework.
        """
        if framework is not None and framework not in FRAMEWORKS:
            raise InvalidInputError(f"There is no framework {framework!r}; there are {', '.join(FRAMEWORKS)}.")
        if framework is not None and framework != self.framework():
            raise InvalidInputError(
                f"Model '{self.name()}' holds a model of {self.framework()}, not of {framework}. "
                f"Leave the framework out, or upload a {framework} model."
            )
        return self

    def describe(self) -> dict[str, Any]:
        """The fields that tables show."""
        return {
            "name": self.name(),
            "version": self.version(),
            "framework": self.framework(),
            "workspace": self.workspace(),
            "created": self.created_at(),
            "tags": ", ".join(self.tags),
        }

    def __repr__(self) -> str:
        return f"Model(name={self.name()!r}, version={self.version()!r}, framework={self.framework()!r})"

    def _repr_html_(self) -> str:
        return fields(self.describe().items())

    def _change_tag(self, method: str, tag: str) -> Model:
        address = path("models", self.name(), "versions", self.version(), "tags", tag)
        response = self._connection.request(method, address, params={"workspace": self.workspace()})
        self._record = self._connection.json(response)
        return self
