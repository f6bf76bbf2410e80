"""A model version: one upload under a model's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .connection import JSON, Connection, path
from .deletion import Deletion, delete
from .errors import InvalidInputError
from .html import fields
from .lineage import Lineage
from .references import Tensors
from .times import from_rfc3339

FRAMEWORKS = ("onnx", "tensorflow", "xgboost", "linear-learner", "kmeans", "factorization-machines")


class Model:
    """One immutable version of a model, as returned by `Client.upload_model`."""

    def __init__(self, connection: Connection, record: JSON) -> None:
        self._connection = connection
        self._record = record

    def name(self) -> str:
        """Returns the model's name."""
        return str(self._record["model"])

    def version(self) -> str:
        """Returns the version's UUID."""
        return str(self._record["id"])

    def workspace(self) -> str:
        """Returns the name of the model's workspace."""
        return str(self._record["workspace"])

    def framework(self) -> str:
        """Returns ``onnx``, ``tensorflow`` or ``xgboost``, as detected by the server."""
        return str(self._record["framework"])

    def sha(self) -> str:
        """Returns the SHA-256 checksum of the artifact, in hexadecimal."""
        return str(self._record["sha256"])

    def byte_count(self) -> int:
        """Returns the size of the artifact in bytes."""
        return int(self._record["byte_count"])

    def created_at(self) -> datetime:
        """Returns when the version was uploaded, in UTC."""
        return from_rfc3339(self._record["created_at"])

    def lineage(self) -> Lineage | None:
        """Returns where the version comes from. None if the server knows nothing about that."""
        raw = self._record.get("lineage")
        return None if raw is None else Lineage.read(raw)

    def suites(self) -> list[dict[str, Any]]:
        """Returns the newest run of each suite that tested the version: ``suite``, ``outcome``, ``run`` and others."""
        return list(self._record.get("suites", []))

    @property
    def signature(self) -> dict[str, list[dict[str, Any]]]:
        """The ``inputs`` and ``outputs`` in order, each with ``name``, ``datatype`` and ``shape`` (-1 is any size)."""
        signature: dict[str, list[dict[str, Any]]] = self._record["signature"]
        return signature

    @property
    def tags(self) -> list[str]:
        """The version's tags."""
        return list(self._record["tags"])

    def add_tag(self, tag: str) -> Model:
        """Adds a tag to the version."""
        return self._change_tag("PUT", tag)

    def remove_tag(self, tag: str) -> Model:
        """Removes a tag from the version."""
        return self._change_tag("DELETE", tag)

    def delete(self, force: bool = False, with_logs: bool = False) -> Deletion:
        """Deletes this version. The last version takes the model with it.

        Args:
            force: Whether to also delete what refers to it and does not answer: versions of pipelines that are not
                deployed, and reports.
            with_logs: Whether logs and labels that are not empty may be deleted.

        Raises:
            APIError: If something forbids it (code ``conflict``); the message names it.
        """
        address = path("models", self.name(), "versions", self.version())
        return delete(self._connection, address, force, with_logs, self.workspace())

    @property
    def outputs(self) -> Tensors:
        """The model's outputs, for use in conditions: ``model.outputs[0][0] < 100``."""
        return Tensors(f"{self.name()}.outputs", [tensor["name"] for tensor in self.signature["outputs"]])

    @property
    def inputs(self) -> Tensors:
        """The pipeline's inputs, for use in conditions: ``model.inputs[0][3] > 0``."""
        return Tensors("inputs", [tensor["name"] for tensor in self.signature["inputs"]])

    def configure(self, framework: str | None = None) -> Model:
        """Checks that the model is of the given framework. The server detects the framework at upload.

        Returns:
            The model itself.

        Raises:
            InvalidInputError: If the model is of another framework, or the framework is unknown.
        """
        if framework is not None and framework not in FRAMEWORKS:
            raise InvalidInputError(f"Unknown framework {framework!r}. Expected one of: {', '.join(FRAMEWORKS)}.")
        if framework is not None and framework != self.framework():
            raise InvalidInputError(
                f"Model '{self.name()}' is of framework {self.framework()}, not {framework}. "
                f"Omit the framework, or upload a model of framework {framework}."
            )
        return self

    def describe(self) -> dict[str, Any]:
        """Returns the fields that tables show."""
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
