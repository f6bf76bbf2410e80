"""The way in: a client of one server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .connection import Connection, path
from .errors import EntityNotFoundError, InvalidInputError
from .html import Things
from .job_client import JobClient
from .model import FRAMEWORKS, Model
from .pipeline import Pipeline
from .request_body import existing_file
from .workspace import Workspace, newest_models

DEFAULT_URL = "http://127.0.0.1:8080"

# Seconds: the server reads and checks a whole artifact before it answers.
_UPLOAD_TIMEOUT = 600.0


class Client(JobClient):
    """A client of one server, with a current workspace (``default`` at first).

    Nothing is sent before the first call.

    Args:
        url: The server's address; without one, the environment variable ``ROOST_URL``, else ``http://127.0.0.1:8080``.
        timeout: Seconds to wait for the connection, and for each answer, unless a call says otherwise.
    """

    def __init__(self, url: str | None = None, timeout: float = 60) -> None:
        self._connection = Connection(url or os.environ.get("ROOST_URL") or DEFAULT_URL, timeout)
        self._workspace: Workspace | None = None

    def url(self) -> str:
        """The server's address."""
        return self._connection.url

    def status(self) -> dict[str, Any]:
        """The server's version, state, runtimes and memory."""
        return self._connection.get(path("status"))

    def close(self) -> None:
        """Closes the client's idle connections."""
        self._connection.close()

    # Workspaces

    def list_workspaces(self) -> Things[Workspace]:
        """All workspaces."""
        records = self._connection.get(path("workspaces"))["workspaces"]
        return Things(Workspace(self._connection, record) for record in records)

    def create_workspace(self, name: str) -> Workspace:
        """Creates a workspace.

        Raises:
            APIError: One of that name exists (code ``conflict``), or the name is no valid one.
        """
        return Workspace(self._connection, self._connection.send("POST", path("workspaces"), {"name": name}))

    def get_workspace(self, name: str) -> Workspace:
        """The workspace of a name.

        Raises:
            EntityNotFoundError: There is none.
        """
        return Workspace(self._connection, self._connection.get(path("workspaces", name)))

    def set_current_workspace(self, workspace: Workspace | str) -> Workspace:
        """Makes a workspace (or the one of a name) the one that models and pipelines are put into from here on."""
        self._workspace = self.get_workspace(workspace) if isinstance(workspace, str) else workspace
        return self._workspace

    def get_current_workspace(self) -> Workspace:
        """The workspace that models and pipelines are put into."""
        if self._workspace is None:
            self._workspace = self.get_workspace("default")
        return self._workspace

    # Models

    def upload_model(self, name: str, path: str | Path, framework: str | None = None) -> Model:
        """Uploads a file as a new version of a model in the current workspace; the file is streamed.

        Args:
            name: The model's name.
            path: An ONNX file, a zipped SavedModel of TensorFlow, or an XGBoost model.
            framework: ``onnx``, ``tensorflow`` or ``xgboost``; without it the server finds out.

        Raises:
            MissingFileError: There is no such file.
            InvalidInputError: The file is empty, or there is no such framework.
            APIError: The server cannot read it as a model.
        """
        if framework is not None and framework not in FRAMEWORKS:
            raise InvalidInputError(f"There is no framework {framework!r}; there are {', '.join(FRAMEWORKS)}.")
        file = existing_file(path)
        if file.stat().st_size == 0:
            raise InvalidInputError(f"The file '{path}' is empty.")
        with file.open("rb") as artifact:
            response = self._connection.request(
                "POST",
                _model_path(name, "versions"),
                params={**self._in_workspace(), "framework": framework},
                data=artifact,
                headers={"Content-Type": "application/octet-stream"},
                timeout=max(_UPLOAD_TIMEOUT, self._connection.timeout),
            )
        return Model(self._connection, self._connection.json(response))

    def list_models(self) -> Things[Model]:
        """The newest version of each model in the current workspace."""
        return newest_models(self._connection, self._in_workspace()["workspace"])

    def models_by_name(self, name: str) -> Things[Model]:
        """All versions of a model in the current workspace, newest first.

        Raises:
            EntityNotFoundError: There is no model of that name.
        """
        record = self._connection.get(_model_path(name), self._in_workspace())
        return Things(Model(self._connection, version) for version in record["versions"])

    def model_by_name(self, name: str, version: str | None = None) -> Model:
        """A version of a model in the current workspace.

        Args:
            name: The model's name.
            version: The version's UUID; the newest without one.

        Raises:
            EntityNotFoundError: There is no such model, or no such version.
        """
        if version is None:
            versions = self.models_by_name(name)
            if not versions:
                raise EntityNotFoundError(f"Model '{name}' has no versions.", field="model")
            return versions[0]
        record = self._connection.get(_model_path(name, "versions", version), self._in_workspace())
        return Model(self._connection, record)

    # Pipelines

    def build_pipeline(self, name: str) -> Pipeline:
        """The pipeline of a name: created in the current workspace where it is new, else taken up again.

        A pipeline that was taken up again keeps its definition until a step is added, which starts the definition over.
        """
        try:
            return self._pipeline(name)
        except EntityNotFoundError:
            body = {"name": name, **self._in_workspace(), "steps": [], "validations": []}
            return Pipeline(self._connection, self._connection.send("POST", path("pipelines"), body))

    def list_pipelines(self) -> Things[Pipeline]:
        """The pipelines of all workspaces; `Workspace.pipelines` has one workspace's."""
        records = self._connection.get(path("pipelines"))["pipelines"]
        return Things(Pipeline(self._connection, record) for record in records)

    def pipelines_by_name(self, name: str) -> Things[Pipeline]:
        """The pipeline of a name, in a list; names are unique on the server, whatever the workspace.

        Raises:
            EntityNotFoundError: There is none.
        """
        return Things([self._pipeline(name)])

    def _pipeline(self, name: str) -> Pipeline:
        return Pipeline(self._connection, self._connection.get(path("pipelines", name)))

    def _in_workspace(self) -> dict[str, str]:
        return {"workspace": "default" if self._workspace is None else self._workspace.name()}

    def __repr__(self) -> str:
        return f"<roost.Client of {self.url()}, workspace '{self._in_workspace()['workspace']}'>"


def _model_path(name: str, *parts: str) -> str:
    return path("models", name, *parts)
