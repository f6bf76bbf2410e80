"""Deletions, and what they removed."""

from __future__ import annotations

from dataclasses import dataclass

from .connection import Connection

# Seconds. A large log or a large workspace takes a while.
_TIMEOUT = 600.0


@dataclass(frozen=True)
class Deletion:
    """What a deletion removed.

    Attributes:
        workspaces: The names of workspaces.
        models: The names of models of which no version is left.
        model_versions: The versions of models, each ``NAME@UUID``.
        pipelines: The names of pipelines of which no version is left.
        pipeline_versions: The versions of pipelines, each ``NAME@UUID``.
        reports: The IDs of reports.
        freed_bytes: The size of the artifacts that no version has any more.
    """

    workspaces: list[str]
    models: list[str]
    model_versions: list[str]
    pipelines: list[str]
    pipeline_versions: list[str]
    reports: list[str]
    freed_bytes: int


def delete(
    connection: Connection, address: str, force: bool, with_logs: bool, workspace: str | None = None
) -> Deletion:
    """Deletes what is at an address.

    Args:
        workspace: The workspace of a model.
    """
    params = {"force": "true" if force else None, "log": "true" if with_logs else None, "workspace": workspace}
    response = connection.request("DELETE", address, params=params, timeout=max(_TIMEOUT, connection.timeout))
    record = connection.json(response)
    return Deletion(
        workspaces=record["workspaces"],
        models=record["models"],
        model_versions=record["model_versions"],
        pipelines=record["pipelines"],
        pipeline_versions=record["pipeline_versions"],
        reports=record["reports"],
        freed_bytes=record["freed_bytes"],
    )
