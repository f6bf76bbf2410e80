from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer

import roost

SOURCE = "def handler(event, context):\n    return event\n"


def sent(server: FakeServer) -> Any:
    return server.sent("PUT")[-1][1]


def unpacked(body: Any) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(body["code"])))
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_function_is_created_from_text_and_only_with_what_is_given(client: roost.Client, server: FakeServer) -> None:
    function = client.create_function("bag", SOURCE)
    assert server.sent("PUT")[-1] == ("/v1/functions/bag", {"source": SOURCE})
    assert (function.name(), function.versions(), function.environment()) == ("bag", [], {})
    client.create_function(
        "bag",
        handler="function.main",
        runtime="python3.12",
        timeout=30,
        memory=256,
        storage=1024,
        environment={"A": "b"},
        description="Counts words.",
        concurrency=2,
    )
    assert sent(server) == {
        "handler": "function.main",
        "runtime": "python3.12",
        "timeout_seconds": 30,
        "memory_mb": 256,
        "storage_mb": 1024,
        "environment": {"A": "b"},
        "description": "Counts words.",
        "concurrency": 2,
    }
    client.create_function("bag", concurrency="default", environment={})
    assert sent(server) == {"concurrency": None, "environment": {}}
    assert "<td>256 MB</td>" in client.function("bag")._repr_html_()


def test_code_comes_from_a_file_a_folder_or_an_archive(
    client: roost.Client, server: FakeServer, tmp_path: Path
) -> None:
    for name in ["function.py", "bag/words.py", "__pycache__/function.pyc", ".git/HEAD"]:
        (tmp_path / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / name).write_text(SOURCE)
    client.create_function("bag", tmp_path / "code" / "function.py")
    assert sent(server) == {"source": SOURCE}
    client.create_function("bag", tmp_path / "code")
    assert list(unpacked(sent(server))) == ["bag/words.py", "function.py"]
    first = sent(server)
    (tmp_path / "code" / "function.py").touch()
    client.create_function("bag", str(tmp_path / "code"))
    assert sent(server) == first
    archive = base64.b64decode(first["code"])
    (tmp_path / "code.zip").write_bytes(archive)
    client.create_function("bag", tmp_path / "code.zip")
    assert sent(server) == first
    client.create_function("bag", archive)
    assert sent(server) == first

    (tmp_path / "code" / "link").symlink_to("/etc/passwd")
    with pytest.raises(roost.InvalidInputError, match="'link' is not a regular file"):
        client.create_function("bag", tmp_path / "code")
    with pytest.raises(roost.MissingFileError, match="no file or folder 'nothing'"):
        client.create_function("bag", "nothing")


def test_a_function_is_invoked(client: roost.Client, server: FakeServer) -> None:
    function = client.create_function("bag", SOURCE)
    server.outcome = {"failed": False, "result": [2**70, 0.5]}
    assert function.invoke({"text": "good"}) == [2**70, 0.5]
    assert server.sent("POST")[-1] == ("/v1/functions/bag/invocations", {"text": "good"})
    assert function.invoke() == [2**70, 0.5]
    assert server.sent("POST")[-1] == ("/v1/functions/bag/invocations", {})
    assert function.invoke(0, version="live") is not None
    assert server.sent("POST")[-1] == ("/v1/functions/bag/invocations?version=live", 0)
    assert function.invoke_later([1]) == "invocation-1"
    assert server.sent("POST")[-1] == ("/v1/functions/bag/invocations?queue=true", [1])
    assert function.events()[0]["state"] == "waiting"


def test_numpy_arrays_are_events(client: roost.Client, server: FakeServer) -> None:
    numpy = pytest.importorskip("numpy")
    client.create_function("bag", SOURCE).invoke({"a": numpy.array([1.5, 2]), "b": numpy.float64(3)})
    assert server.sent("POST")[-1][1] == {"a": [1.5, 2.0], "b": 3.0}
    with pytest.raises(roost.InvalidInputError, match="cannot be sent as JSON"):
        client.function("bag").invoke(float("nan"))
    with pytest.raises(roost.InvalidInputError, match="cannot be sent as JSON"):
        client.function("bag").invoke(object())


def test_a_function_that_fails_raises_its_error(client: roost.Client, server: FakeServer) -> None:
    function = client.create_function("bag", SOURCE)
    frame = '  File "function.py", line 2, in handler\n    return event["text"]\n'
    raw = {"errorType": "KeyError", "errorMessage": "'text'", "stackTrace": [frame]}
    server.outcome = {"failed": True, "result": raw}
    with pytest.raises(roost.FunctionError) as caught:
        function.invoke({})
    error = caught.value
    assert (error.function, error.type, error.message, error.raw) == ("bag", "KeyError", "'text'", raw)
    assert str(error) == f"Function 'bag' failed: KeyError: 'text'\n{frame.rstrip()}"
    server.outcome = {"failed": True, "result": json.dumps([1])}
    with pytest.raises(roost.FunctionError, match=r"failed: Error: \[1\]"):
        function.invoke({})


def test_logs_and_lists(client: roost.Client, server: FakeServer) -> None:
    function = client.create_function("bag", SOURCE)
    assert function.logs(since=7, limit=2, filter="line") == ["line 0", "line 1"]
    assert server.requests[-1][1] == "/v1/functions/bag/logs?since=7&limit=2&filter=line"
    assert [each.name() for each in client.functions()] == ["bag"]
    assert "<td>bag</td>" in client.functions()._repr_html_()
    assert function.refresh() is function
    function.delete()
    assert client.functions() == []
    with pytest.raises(roost.EntityNotFoundError):
        client.function("bag")
