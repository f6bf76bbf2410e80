"""Starts the real server for the tests, and finds the documents and their data."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(os.environ.get("ROOST_REPOSITORY") or Path(__file__).resolve().parents[2])
DOCUMENTS = Path(os.environ.get("ROOST_DOCUMENTS") or REPOSITORY.parent / "shared" / "described")
TUTORIALS = Path(os.environ.get("ROOST_TUTORIALS") or DOCUMENTS.parent / "tutorials")

# Use this repository's SDK, not an installed one.
if (REPOSITORY / "python" / "src" / "roost").is_dir():
    sys.path.insert(0, str(REPOSITORY / "python" / "src"))

import own_algorithms
from functions import Functions
from gateway import WEB, Gateway
from harness import BINARY, Api, Server
from learning import Job
from own_algorithms import Account

#: The browser of the console's tests.
pytest_plugins = ("console_pages",)

# A shell that starts the tests in the background makes them ignore SIGINT, and so would every command that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its own data folder, for the tests of one file that do not stop it.

    Each file has its own, so that no file has to know the names that the others use.
    """
    require_binary()
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def server(running_server: Server) -> str:
    """The URL of the server of this file."""
    return running_server.url


@pytest.fixture(scope="module")
def api(running_server: Server) -> Api:
    """The API of the server of this file."""
    return running_server.api


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with given options, and stops those that are still running after the test."""
    require_binary()
    servers: list[Server] = []

    def start(*options: str, folder: Path | None = None, **more: Any) -> Server:
        server = Server(folder or tmp_path / f"server-{len(servers)}", *options, **more)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def account(server: str) -> Account:
    """boto3 clients for the server of this file, with data and the algorithm `mean`."""
    account = Account(server)
    account.put("data/train/a.csv", "1,2\n3,4\n")
    account.put("data/train/deep/b.csv", "5,6\n")
    own_algorithms.add(server, "mean", own_algorithms.MEAN)
    return account


@pytest.fixture
def make(account: Account, tmp_path: Path) -> Callable[..., None]:
    """Adds an algorithm whose `train` program is the given Python code."""

    def make(name: str, train: str) -> None:
        own_algorithms.add(account.url, name, own_algorithms.algorithm(tmp_path / name, train))

    return make


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """The empty folder of a training job."""
    return Job(tmp_path)


def require_binary() -> None:
    """Skips the test if the server is not built."""
    if not BINARY.is_file():
        pytest.skip(f"There is no server binary at {BINARY}. Build it, or set ROOST_BINARY.")


@pytest.fixture(scope="module")
def functions(server: str) -> Functions:
    return Functions(server)


@pytest.fixture(scope="module")
def web(functions: Functions) -> str:
    """The name of a function that answers in many ways."""
    return functions.create(WEB, Runtime="python3.12")


@pytest.fixture(scope="module")
def gateway(server: str) -> Gateway:
    return Gateway(server)
