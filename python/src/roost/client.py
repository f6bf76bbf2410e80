"""The client: the entry point to a server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .assay_client import AssayClient
from .buckets import Buckets
from .comparison_client import ComparisonClient
from .connection import Connection, path
from .deletion import Deletion, delete
from .errors import EntityNotFoundError, InvalidInputError
from .event_client import EventClient
from .function_client import FunctionClient
from .gate import version_name
from .gate_client import GateClient
from .html import Things
from .job_client import JobClient
from .logged import Time
from .loop_client import LoopClient
from .model import FRAMEWORKS, Model
from .pipeline import Pipeline
from .release import requester
from .release_client import ReleaseClient
from .report import Report
from .request_body import existing_file
from .simulation_client import SimulationClient
from .suite_client import SuiteClient
from .times import body_time
from .vocabulary import Texts, Vocabulary, Words, source
from .workspace import Workspace, newest_models

DEFAULT_URL = "http://127.0.0.1:8080"

# Seconds. The server reads and checks the whole artifact before it responds.
_UPLOAD_TIMEOUT = 600.0
_VOCABULARY_TIMEOUT = 600.0


class Client(
    JobClient,
    FunctionClient,
    EventClient,
    ReleaseClient,
    ComparisonClient,
    AssayClient,
    SimulationClient,
    SuiteClient,
    GateClient,
    LoopClient,
):
    """A client of one server, with a current workspace that is initially ``default``.

    Creating a client sends nothing; the first method call connects.

    Args:
        url: The server's address. Defaults to the environment variable ``ROOST_URL``, or to ``http://127.0.0.1:8080``
            if that is not set. It may contain a user name and password for basic authentication, percent-encoded, and a
            path prefix.
        timeout: Seconds to wait for the connection and for each response, unless a method is given its own timeout.
        token: Is sent as ``Authorization: Bearer``, for a proxy in front of the server. Defaults to the environment
            variable ``ROOST_TOKEN``.
        headers: Further headers of every request.

    Raises:
        InvalidInputError: If the address, the token or a header is not valid, or if two of them set the header
            ``Authorization``.
    """

    def __init__(
        self,
        url: str | None = None,
        timeout: float = 60,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = Connection(
            url or os.environ.get("ROOST_URL") or DEFAULT_URL,
            timeout,
            token or os.environ.get("ROOST_TOKEN"),
            headers,
        )
        self._workspace: Workspace | None = None

    def url(self) -> str:
        """Returns the server's address, without user name and password."""
        return self._connection.url

    def status(self) -> dict[str, Any]:
        """Returns the server's version, state, runtimes and memory usage."""
        return self._connection.get(path("status"))

    def overview(self) -> dict[str, Any]:
        """Returns what needs attention, what is under way, and how many things of each kind there are."""
        return self._connection.get(path("overview"))

    @property
    def buckets(self) -> Buckets:
        """The buckets of the server and their objects."""
        return Buckets(self._connection)

    def close(self) -> None:
        """Closes the client's idle connections."""
        self._connection.close()

    # Workspaces

    def list_workspaces(self) -> Things[Workspace]:
        """Returns all workspaces."""
        records = self._connection.get(path("workspaces"))["workspaces"]
        return Things(Workspace(self._connection, record) for record in records)

    def create_workspace(self, name: str) -> Workspace:
        """Creates a workspace.

        Raises:
            APIError: If the name is taken (code ``conflict``) or is not valid.
        """
        return Workspace(self._connection, self._connection.send("POST", path("workspaces"), {"name": name}))

    def get_workspace(self, name: str) -> Workspace:
        """Returns the workspace with the given name.

        Raises:
            EntityNotFoundError: If there is no such workspace.
        """
        return Workspace(self._connection, self._connection.get(path("workspaces", name)))

    def delete_workspace(self, name: str, force: bool = False, with_logs: bool = False) -> Deletion:
        """Deletes a workspace. With ``force``, its models and pipelines too, unless one of them is deployed.

        Args:
            force: Whether to delete what is in the workspace.
            with_logs: Whether logs and labels that are not empty may be deleted.

        Raises:
            EntityNotFoundError: If there is no such workspace.
            APIError: If something forbids it (code ``conflict``); the message names it.
        """
        return delete(self._connection, path("workspaces", name), force, with_logs)

    def set_current_workspace(self, workspace: Workspace | str) -> Workspace:
        """Makes a workspace the current one: models and pipelines are created in it from now on.

        Args:
            workspace: A workspace or its name.

        Returns:
            The workspace.

        Raises:
            EntityNotFoundError: If there is no workspace with that name.
        """
        self._workspace = self.get_workspace(workspace) if isinstance(workspace, str) else workspace
        return self._workspace

    def get_current_workspace(self) -> Workspace:
        """Returns the workspace that models and pipelines are created in."""
        if self._workspace is None:
            self._workspace = self.get_workspace("default")
        return self._workspace

    # Models

    def upload_model(
        self,
        name: str,
        path: str | Path,
        framework: str | None = None,
        *,
        parent: Model | str | None = None,
        by: str | None = None,
    ) -> Model:
        """Makes an artifact a new version of a model in the current workspace.

        A file is streamed, so it does not have to fit into memory. An artifact in a bucket stays on the server. If the
        model has a version of the same bytes, that version is returned and nothing changes.

        Args:
            name: The model's name.
            path: An ONNX file, a zipped TensorFlow SavedModel, or an XGBoost model; or ``s3://BUCKET/KEY`` for an
                artifact in one of the server's buckets, or ``job:NAME`` for the model of a training job or the best
                one of a tuning job.
            framework: ``onnx``, ``tensorflow``, ``xgboost``, ``linear-learner``, ``kmeans`` or
                ``factorization-machines``. By default, it is that of the job, or the server detects it.
            parent: The version of which it is the successor: a model, or a version's UUID, a tag, or ``NAME@VERSION``.
                Defaults to the newest version of the model.
            by: Who uploads it. Defaults to the name of the user.

        Raises:
            MissingFileError: If the file does not exist.
            InvalidInputError: If the file is empty or the framework is unknown.
            APIError: If the server cannot read the artifact as a model, or the job has no model (yet).
        """
        if framework is not None and framework not in FRAMEWORKS:
            raise InvalidInputError(f"Unknown framework {framework!r}. Expected one of: {', '.join(FRAMEWORKS)}.")
        address = _model_path(name, "versions")
        origin = {"parent": None if parent is None else version_name(parent), "by": by or requester()}
        params = {**self._in_workspace(), "framework": framework, **origin}
        timeout = max(_UPLOAD_TIMEOUT, self._connection.timeout)
        if str(path).startswith(("s3://", "job:")):
            response = self._connection.request("POST", address, params=params | {"source": str(path)}, timeout=timeout)
            return Model(self._connection, self._connection.json(response))
        file = existing_file(path)
        if file.stat().st_size == 0:
            raise InvalidInputError(f"The file '{path}' is empty.")
        with file.open("rb") as artifact:
            response = self._connection.request(
                "POST",
                address,
                params=params,
                data=artifact,
                headers={"Content-Type": "application/octet-stream"},
                timeout=timeout,
            )
        return Model(self._connection, self._connection.json(response))

    def list_models(self) -> Things[Model]:
        """Returns the newest version of each model in the current workspace, by name."""
        return newest_models(self._connection, self._in_workspace()["workspace"])

    def models_by_name(self, name: str) -> Things[Model]:
        """Returns all versions of a model in the current workspace, newest first.

        Raises:
            EntityNotFoundError: If there is no model with that name.
        """
        record = self._connection.get(_model_path(name), self._in_workspace())
        return Things(Model(self._connection, version) for version in record["versions"])

    def model_by_name(self, name: str, version: str | None = None) -> Model:
        """Returns a version of a model in the current workspace.

        Args:
            name: The model's name.
            version: The version's UUID, a tag, or the beginning of the UUID (4 characters or more). Defaults to the
                newest version.

        Raises:
            EntityNotFoundError: If there is no such model or version.
            APIError: If several versions have the tag or the beginning.
        """
        if version is None:
            versions = self._connection.get(_model_path(name), self._in_workspace() | {"limit": 1})["versions"]
            if not versions:
                raise EntityNotFoundError(f"Model '{name}' has no versions.", field="model")
            return Model(self._connection, versions[0])
        record = self._connection.get(_model_path(name, "versions", version), self._in_workspace())
        return Model(self._connection, record)

    def delete_model(
        self, name: str, version: str | None = None, force: bool = False, with_logs: bool = False
    ) -> Deletion:
        """Deletes a model in the current workspace, or one version of it. The last version takes the model with it.

        Args:
            name: The model's name.
            version: A version as in `model_by_name`. Defaults to all versions.
            force: Whether to also delete what refers to it and does not answer: versions of pipelines that are not
                deployed, and reports.
            with_logs: Whether logs and labels that are not empty may be deleted.

        Raises:
            EntityNotFoundError: If there is no such model or version.
            APIError: If something forbids it (code ``conflict``); the message names it.
        """
        parts = [] if version is None else ["versions", version]
        address = _model_path(name, *parts)
        return delete(self._connection, address, force, with_logs, self._in_workspace()["workspace"])

    # Pipelines

    def build_pipeline(self, name: str) -> Pipeline:
        """Returns the pipeline with the given name, creating it in the current workspace if it does not exist.

        An existing pipeline keeps its definition until you add a step, which starts a new definition. A notebook that
        builds a pipeline can therefore be run again.
        """
        try:
            return self._pipeline(name)
        except EntityNotFoundError:
            body = {"name": name, **self._in_workspace(), "steps": [], "validations": []}
            return Pipeline(self._connection, self._connection.send("POST", path("pipelines"), body))

    def list_pipelines(self) -> Things[Pipeline]:
        """Returns the pipelines of all workspaces. `Workspace.pipelines` returns those of one workspace."""
        records = self._connection.get(path("pipelines"))["pipelines"]
        return Things(Pipeline(self._connection, record) for record in records)

    def pipelines_by_name(self, name: str) -> Things[Pipeline]:
        """Returns the pipeline with the given name, as a list with one element.

        Pipeline names are unique on a server, across all workspaces.

        Raises:
            EntityNotFoundError: If there is no such pipeline.
        """
        return Things([self._pipeline(name)])

    def delete_pipeline(
        self, name: str, version: str | None = None, force: bool = False, with_logs: bool = False
    ) -> Deletion:
        """Deletes a pipeline, or one version of it. The last version takes the pipeline with it.

        Args:
            name: The pipeline's name.
            version: A version: its UUID, ``previous``, a tag, or the beginning of the UUID (4 characters or more).
                Defaults to all versions.
            force: Whether to also delete what refers to it and does not answer: versions of pipelines that are not
                deployed, and reports.
            with_logs: Whether logs and labels that are not empty may be deleted.

        Raises:
            EntityNotFoundError: If there is no such pipeline or version.
            APIError: If something forbids it (code ``conflict``), such as a deployment; the message names it.
        """
        parts = [] if version is None else ["versions", version]
        return delete(self._connection, path("pipelines", name, *parts), force, with_logs)

    # Reports

    def report(self, id: str) -> Report:
        """Returns a report that was made before, by its ID.

        Raises:
            EntityNotFoundError: If there is no such report.
        """
        return Report(self._connection, self._connection.get(path("reports", id)))

    # Vocabularies

    def check_vocabulary(
        self,
        vocabulary: Words,
        texts: Texts | None = None,
        *,
        pipeline: str | None = None,
        input: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        most_frequent: int | None = None,
        tokens: str | None = None,
        column: str | None = None,
        vocabulary_column: str | None = None,
    ) -> Vocabulary:
        """Compares a vocabulary with the words of new texts.

        Args:
            vocabulary: The words: a list, a dict of words and their positions, or the URI of an object in S3.
            texts: The texts, each a string or a list of tokens, or the URI of an object or a prefix in S3.
            pipeline: Name of a pipeline whose requests have the texts, instead of ``texts``.
            input: The field of the requests. Defaults to the only one with strings.
            start: The earliest time of a request, as for `Pipeline.logs`.
            end: The time before which requests count. Defaults to now.
            most_frequent: How many of the most frequent words of the texts are compared. Defaults to 5000.
            tokens: ``words`` (in lower case and without punctuation), the default, or ``whitespace``.
            column: The member or column of the objects that has the texts.
            vocabulary_column: The member or column of the object that has the words.

        Raises:
            InvalidInputError: If there are no texts and no pipeline, or both.
            APIError: If a source cannot be read, or if there are too many different words.
        """
        if (texts is None) == (pipeline is None):
            raise InvalidInputError("Give either texts or a pipeline.")
        logged = {"pipeline": pipeline, "input": input, "start": body_time(start), "end": body_time(end)}
        given = {
            "vocabulary": source(vocabulary, vocabulary_column),
            "texts": {name: value for name, value in logged.items() if value is not None}
            if texts is None
            else source(texts, column),
            "most_frequent": most_frequent,
            "tokens": tokens,
        }
        body = {name: value for name, value in given.items() if value is not None}
        timeout = max(_VOCABULARY_TIMEOUT, self._connection.timeout)
        return Vocabulary(self._connection.send("POST", path("vocabulary"), body, timeout))

    def _pipeline(self, name: str) -> Pipeline:
        return Pipeline(self._connection, self._connection.get(path("pipelines", name)))

    def _in_workspace(self) -> dict[str, str]:
        return {"workspace": "default" if self._workspace is None else self._workspace.name()}

    def __repr__(self) -> str:
        return f"<roost.Client for {self.url()}, workspace '{self._in_workspace()['workspace']}'>"


def _model_path(name: str, *parts: str) -> str:
    return path("models", name, *parts)
