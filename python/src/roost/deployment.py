"""Deploys and undeploys pipelines, and waits until the server has done so."""

from __future__ import annotations

import time
from collections.abc import Callable

from .connection import JSON, Connection, path
from .errors import DeploymentError, EntityNotFoundError
from .waiting import waiting_for

_FIRST_POLL = 0.02
_LONGEST_POLL = 0.5


def deploy(connection: Connection, pipeline: str, version: str, limit: float) -> JSON:
    """Deploys a pipeline version and returns the deployment once that version is running.

    Args:
        version: The pipeline version's UUID.
        limit: Seconds to wait.

    Raises:
        DeploymentError: If the server cannot deploy it (the message has the reason), or it takes longer than ``limit``.
    """

    def answers(state: JSON) -> bool:
        if state["state"] == "Running" and state["version"] == version and not state.get("error"):
            return True
        if state["state"] in ("Error", "Running") and state.get("error"):
            raise DeploymentError(f"Pipeline '{pipeline}' could not be deployed: {state['error']}")
        if state["state"] in ("Stopping", "Stopped"):
            raise DeploymentError(f"Pipeline '{pipeline}' was undeployed while it was being deployed.")
        return False

    with waiting_for("deployment", limit) as tick:
        state = connection.send("PUT", path("pipelines", pipeline, "deployment"), {"version": version})
        return _poll(connection, pipeline, state, answers, limit, tick)


def undeploy(connection: Connection, pipeline: str, limit: float) -> None:
    """Undeploys a pipeline and returns once it has stopped, or at once if it was never deployed.

    Raises:
        DeploymentError: If it takes longer than ``limit`` seconds.
    """
    with waiting_for("undeployment", limit) as tick:
        try:
            state = connection.send("DELETE", path("pipelines", pipeline, "deployment"))
            _poll(connection, pipeline, state, lambda state: state["state"] == "Stopped", limit, tick)
        except EntityNotFoundError:
            connection.get(path("pipelines", pipeline))  # raises if the pipeline itself does not exist


def _poll(
    connection: Connection,
    pipeline: str,
    state: JSON,
    is_settled: Callable[[JSON], bool],
    limit: float,
    tick: Callable[[], None],
) -> JSON:
    deadline = time.monotonic() + limit
    pause = _FIRST_POLL
    while not is_settled(state):
        if time.monotonic() >= deadline:
            raise DeploymentError(
                f"Pipeline '{pipeline}' is still {state['state']} after {limit:g} s. "
                "It may still succeed: check `status()`, or pass a longer `timeout`."
            )
        time.sleep(pause)
        tick()
        pause = min(pause * 1.5, _LONGEST_POLL)
        state = connection.get(path("pipelines", pipeline, "deployment"))
    return state
