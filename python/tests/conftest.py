from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_server import FakeServer

import roost


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as fake:
        fake.start()
        yield fake
        fake.shutdown()


@pytest.fixture
def client(server: FakeServer) -> roost.Client:
    return roost.Client(server.url, timeout=10)


@pytest.fixture
def model(client: roost.Client, tmp_path: Path) -> roost.Model:
    return upload(client, tmp_path, "housing")


def upload(client: roost.Client, folder: Path, name: str, content: bytes = b"PK model") -> roost.Model:
    file = folder / f"{name}.zip"
    file.write_bytes(content)
    return client.upload_model(name, file)
