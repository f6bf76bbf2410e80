"""A server process that a test owns, and shortcuts for its API."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

REPOSITORY = Path(os.environ.get("ROOST_REPOSITORY") or Path(__file__).resolve().parents[3])
BINARY = Path(os.environ.get("ROOST_BINARY") or REPOSITORY / ".build" / "debug" / "roost")
MODELS = REPOSITORY / "Examples" / "models"
EXPECTED = REPOSITORY / "Examples" / "expected"
DATA = REPOSITORY / "Examples" / "data"

START_LIMIT = 60.0
STOP_LIMIT = 20.0
#: Seconds within which a killed server must be ready again.
READY_LIMIT = 15.0
ANSWER_LIMIT = 60.0


def until(condition: Callable[[], Any], what: str, limit: float = 60.0) -> Any:
    """Polls `condition` for a limited time, and returns its first true value."""
    deadline = time.monotonic() + limit
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"Not within {limit:g} s: {what}")
        time.sleep(0.01)


def free_port() -> int:
    """Returns a port that a server can have again after it was killed."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Server:
    """The real server on a port that it chooses, with its data folder in `folder`."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        wrapper: Iterable[str] = (),
        patient: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.log = folder / "log"
        # A test about this time limit sets its own. Others would lose the outputs of a challenger to a busy machine.
        is_patient = patient and "--challenger-timeout" not in options
        self.options = (*(("--challenger-timeout", "30") if is_patient else ()), *options)
        #: A command to run the server with, as a prefix.
        self.wrapper = list(wrapper)
        # Run users' scripts with the tests' Python, because the system's may lack NumPy.
        self.environment = os.environ | {"ROOST_PYTHON": sys.executable} | (environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def api(self) -> Api:
        """Returns a new session with the server at its current address."""
        return Api(self.url)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def processor_seconds(self) -> float:
        """Returns how long the server's process has run on processors, which other processes do not lengthen."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        """Starts the process, and waits for the line with its address."""
        self._launch()
        assert self.process is not None
        line = self._first_line()
        found = re.fullmatch(r"Roost listens on (http://\S+)\n", line)
        if found is None:
            status = self.process.poll()
            self.kill()
            tail = self.log.read_text(errors="replace")[-4000:]
            pytest.fail(f"The server did not get ready within {START_LIMIT:g} s (status {status}): {line!r}\n{tail}")
        self.url = found[1]

    def start_soon(self, limit: float = READY_LIMIT) -> None:
        """Starts the process, which must be ready in time whatever the previous one left behind."""
        begun = time.monotonic()
        self.start()
        assert time.monotonic() - begun < limit, f"ready after {time.monotonic() - begun:.1f} s"

    def kill_while_it_starts(self, after: float) -> None:
        """Starts the process and kills it, ready or not. It must still be alive by then."""
        self._launch()
        assert self.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.process.wait(after)
            pytest.fail(
                f"The server ended by itself (status {status}):\n{self.log.read_text(errors='replace')[-4000:]}"
            )
        self.kill()

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, str(BINARY), "serve", "--port", "0", "--data", str(self.data), *self.options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
            )

    def _first_line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return self.process.stdout.readline().decode() if selector.select(START_LIMIT) else ""

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, limit: float = STOP_LIMIT) -> int:
        """Waits until the process has ended, and returns its exit status."""
        assert self.process is not None
        status = self.process.wait(limit)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def stop(self) -> int:
        """Asks the server to stop, which it must do in time, and returns its exit status."""
        self.signal(signal.SIGTERM)
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"The server did not end within {STOP_LIMIT:g} s of being asked to.")
        cancelled = [line for line in self.log.read_text(errors="replace").splitlines() if "CancellationError" in line]
        assert not cancelled, f"The server logs as a failure what it cancelled itself: {cancelled}"
        return status

    def kill(self) -> None:
        """Kills the server, if it has not ended."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.kill()
        self.wait()


class Api:
    """Sends requests to a server. The shortcuts fail the test if the server returns an error."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        if "data" in arguments:
            arguments["headers"] = {"Content-Type": "application/octet-stream"} | dict(arguments.get("headers") or {})
        return self.session.request(method, self.url + path, **{"timeout": ANSWER_LIMIT} | arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("PUT", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> requests.Response:
        return self.request("DELETE", path, **arguments)

    def upload(self, name: str, artifact: Path | str | bytes, workspace: str = "default", **query: str) -> Any:
        """Uploads bytes, or an example model by its file name, and returns the version, which may have been there."""
        content = artifact if isinstance(artifact, bytes) else (MODELS / artifact).read_bytes()
        answer = self.post(f"/v1/models/{name}/versions", params={"workspace": workspace} | query, data=content)
        return answered(answer, 200, 201)

    def define(self, name: str, steps: list[Any], validations: Iterable[tuple[str, str]] = (), **more: Any) -> Any:
        """Creates or changes a pipeline. A step given as a string is a model."""
        definition = {
            "name": name,
            "steps": [{"model": step} if isinstance(step, str) else step for step in steps],
            "validations": [{"name": title, "expression": expression} for title, expression in validations],
        } | more
        return answered(self.put(f"/v1/pipelines/{name}", json=definition), 200, 201)

    def deploy(self, name: str, version: str | None = None) -> Any:
        """Deploys a pipeline, and waits until it runs or has failed."""
        answered(self.put(f"/v1/pipelines/{name}/deployment", json={"version": version} if version else {}), 202)
        return self.settled(name)

    def settled(self, name: str, limit: float = 30.0) -> Any:
        """Waits until the deployment is settled, and returns it."""

        def look() -> Any:
            deployment = answered(self.get(f"/v1/pipelines/{name}/deployment"), 200)
            return deployment if deployment["state"] in ("Running", "Stopped", "Error") else None

        return until(look, f"the deployment of {name} settles", limit)

    def serve(self, name: str, steps: list[Any], validations: Iterable[tuple[str, str]] = (), **more: Any) -> Any:
        """Defines and deploys a pipeline, and returns its version."""
        pipeline = self.define(name, steps, validations, **more)
        deployment = self.deploy(name, pipeline["version"]["id"])
        assert deployment["state"] == "Running", deployment
        assert deployment.get("error") is None, deployment
        return pipeline["version"]

    def undeploy(self, name: str, limit: float = 30.0) -> Any:
        """Undeploys a pipeline, and waits until it has stopped."""
        answered(self.delete(f"/v1/pipelines/{name}/deployment"), 202)
        return self.settled(name, limit)

    def infer(self, name: str, inputs: Any, **arguments: Any) -> Any:
        return answered(self.post(f"/v1/pipelines/{name}/infer", json=inputs, **arguments), 200)

    def infer_v2(self, name: str, tensors: list[Any], **more: Any) -> Any:
        return answered(self.post(f"/v2/models/{name}/infer", json={"inputs": tensors} | more), 200)

    def logs(self, name: str, **query: Any) -> list[Any]:
        """Returns entries of the inference log, newest first."""
        entries: list[Any] = answered(self.get(f"/v1/pipelines/{name}/logs", params=query), 200)["entries"]
        return entries

    def metric(self, name: str) -> float:
        """Returns the sum of a metric over all its labels."""
        lines = answered_text(self.get("/metrics")).splitlines()
        found = [line.rsplit(" ", 1)[1] for line in lines if re.match(rf"{name}(\{{| )", line)]
        assert found, f"there is no metric {name}"
        return sum(float(value) for value in found)

    def listing(self) -> Any:
        """Returns everything that the server lists, for a later comparison."""
        workspaces = answered(self.get("/v1/workspaces"), 200)["workspaces"]
        models = [answered(self.get("/v1/models", params={"workspace": place["name"]}), 200) for place in workspaces]
        return workspaces, models, answered(self.get("/v1/pipelines"), 200)

    def status(self) -> Any:
        return answered(self.get("/v1/status"), 200)


def raw_request(url: str, text: bytes) -> tuple[int, bytes]:
    """Sends bytes verbatim, and returns the status and body of the response. Clients would normalize paths and headers."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=ANSWER_LIMIT) as connection:
        connection.sendall(text)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def refused(answer: requests.Response, status: int, field: str | None, *parts: str) -> None:
    """Checks an error of /v1 or V2: its status, its field, and parts of its message."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:1000]}"
    error = answer.json()["error"]
    if isinstance(error, str):
        message = error
        assert field in (None, "body") or f"'{field}'" in message, f"{field!r} is not named: {message}"
    else:
        message = error["message"]
        assert error["code"] == CODES[status]
        assert error.get("field") == field, error
    for part in parts:
        assert part in message, f"{part!r} is not in: {message}"
    assert "/" not in re.sub(r"'[^']*'|/openapi.json|s3://BUCKET/KEY", "", message), f"a path: {message}"


CODES = {
    400: "invalid_input",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
}


def answered(answer: requests.Response, *statuses: int) -> Any:
    """Checks the status of a response, and returns its JSON."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:1000]}"
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def answered_text(answer: requests.Response) -> str:
    assert answer.status_code == 200, f"{answer.status_code} {answer.text[:1000]}"
    return answer.text


def tensor(name: str, datatype: str, values: Any) -> dict[str, Any]:
    """Returns an input in V2's format: flat data and a shape."""
    shape: list[int] = []
    data = values
    while isinstance(data, list):
        shape.append(len(data))
        data = data[0] if data else None
    flat = values
    for _ in shape[1:]:
        flat = [element for row in flat for element in row]
    return {"name": name, "datatype": datatype, "shape": shape, "data": flat}
