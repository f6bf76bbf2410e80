"""Uploads that are not models, and malicious archives, are rejected, and leave nothing behind on disk."""

from __future__ import annotations

import io
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator

import pytest
from harness import MODELS, Api, Server, refused

MEGABYTE = 1 << 20


@pytest.fixture
def uploads(running_server: Server) -> Iterator[Api]:
    """The shared server. Its listings and its files must not change."""
    api = running_server.api
    before = api.listing(), files(running_server)
    yield api
    assert (api.listing(), files(running_server)) == before


def files(server: Server) -> list[str]:
    """Returns the server's artifacts, including partial ones, and the files that it unpacked."""
    folders = (server.data / "objects", server.data / "scratch")
    return sorted(str(path) for folder in folders for path in folder.rglob("*") if path.is_file())


def zipped(entries: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def with_link(target: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("model/variables")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
        archive.writestr("model/saved_model.pb", b"")
    return buffer.getvalue()


def tarred(add: Callable[[tarfile.TarFile], None]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        add(archive)
    return buffer.getvalue()


def tar_member(name: str, content: bytes = b"{}", kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, link, len(content) if kind == tarfile.REGTYPE else 0
    return tarred(lambda archive: archive.addfile(entry, io.BytesIO(content)))


MODEL = ("saved_model.pb", b"")
ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip with ..": (lambda: zipped([("../out", b"x"), MODEL]), "'../out'"),
    "a zip with .. inside": (lambda: zipped([("model/../../out", b"x"), MODEL]), "'model/../../out'"),
    "a zip with backslashes": (lambda: zipped([("..\\out", b"x"), MODEL]), "outside"),
    "a zip with an absolute path": (lambda: zipped([("/tmp/roost-out", b"x"), MODEL]), "'/tmp/roost-out'"),
    "a zip with a link": (lambda: with_link("/etc"), "link, 'model/variables'"),
    "a zip with a link inside": (lambda: with_link("saved_model.pb"), "link, 'model/variables'"),
    "a zip that is a bomb": (lambda: zipped([("a", b"\0" * (100 * MEGABYTE)), MODEL]), "200 times"),
    "a zip with too many entries": (lambda: zipped([(str(n), b"") for n in range(10_001)]), "10000 entries"),
    "a zip with one path twice": (lambda: zipped([("a", b"1"), ("./a", b"2"), MODEL]), "'a' appears twice"),
    "a zip without a model": (lambda: zipped([("readme.txt", b"x")]), "no saved_model.pb"),
    "a zip with two models": (lambda: zipped([("a/saved_model.pb", b""), ("b/saved_model.pb", b"")]), "2 saved_model"),
    "an empty zip": (lambda: zipped([]), "no saved_model.pb"),
    "a zip cut short": (lambda: (MODELS / "multi-output.zip").read_bytes()[:3000], "ensorFlow"),
    "a tar with ..": (lambda: tar_member("../xgboost-model"), "'../xgboost-model'"),
    "a tar with an absolute path": (lambda: tar_member("/xgboost-model"), "'/xgboost-model'"),
    "a tar with a symbolic link": (
        lambda: tar_member("xgboost-model", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        "link",
    ),
    "a tar with a hard link": (lambda: tar_member("xgboost-model", kind=tarfile.LNKTYPE, link="/etc/passwd"), "link"),
    "a tar with a device": (lambda: tar_member("xgboost-model", kind=tarfile.CHRTYPE), "neither a file nor a folder"),
    "a tar with a bomb": (lambda: tar_member("xgboost-model", b"{" + b" " * (100 * MEGABYTE)), "200 times"),
    "a tar without a model": (lambda: tar_member("model.json"), "no file 'xgboost-model'"),
}


@pytest.mark.parametrize(("make", "part"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_is_no_model_is_refused(uploads: Api, make: Callable[[], bytes], part: str) -> None:
    answer = uploads.post("/v1/models/archive/versions", data=make())
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == "body"
    assert part in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("artifact", "framework"),
    [
        ("two-in-two-out.onnx", "tensorflow"),
        ("two-in-two-out.onnx", "xgboost"),
        ("echo-strings.zip", "onnx"),
        ("echo-strings.zip", "xgboost"),
        ("iris-multiclass.json", "onnx"),
        ("iris-multiclass.json", "tensorflow"),
    ],
)
def test_a_model_of_another_framework_is_refused(uploads: Api, artifact: str, framework: str) -> None:
    body = (MODELS / artifact).read_bytes()
    answer = uploads.post(f"/v1/models/other/versions?framework={framework}", data=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == "body"
    message = answer.json()["error"]["message"]
    assert re.search(rf"not an? {framework} model", message, re.IGNORECASE), message
    own = {"onnx": "onnx", "zip": "tensorflow", "json": "xgboost"}[artifact.rpartition(".")[2]]
    assert f"framework={own}" in message


def test_an_upload_that_is_nothing_is_refused(uploads: Api) -> None:
    refused(uploads.post("/v1/models/nothing/versions", data=b""), 400, "body", "empty")
    known = "onnx, tensorflow, xgboost"
    refused(uploads.post("/v1/models/m/versions?framework=pickle", data=b"x"), 400, "framework", "'pickle'", known)
