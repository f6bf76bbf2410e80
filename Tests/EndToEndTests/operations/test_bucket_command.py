"""`roost bucket` and `client.buckets`, with keys and files that nobody would choose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import Api, refused
from own_algorithms import Account

import roost as sdk


@pytest.fixture
def roost(account: Account, tmp_path: Path) -> Command:
    folder = tmp_path / "here"
    folder.mkdir()
    return Command(account.url, folder)


@pytest.fixture
def bucket(roost: Command, request: pytest.FixtureRequest) -> str:
    """A bucket for the test."""
    name = f"b{abs(hash(request.node.name)) % 10**12}-{os.getpid()}"
    assert roost("bucket", "mb", name) == f"Created bucket {name}\n"
    return name


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bucket_is_made_once(roost: Command, bucket: str) -> None:
    assert roost("bucket", "mb", f"s3://{bucket}") == f"Bucket {bucket} already exists\n"
    assert bucket in [found["name"] for found in roost.json("bucket", "ls")]
    for name in ("UPPER", "a", "a..b", "10.0.0.1", "../x", "-a-", "a" * 64):
        assert "is not a valid bucket name" in roost.fails("bucket", "mb", "--", name)


def test_a_file_goes_up_and_comes_down(roost: Command, bucket: str) -> None:
    content = os.urandom(3 << 20)
    (roost.folder / "a.bin").write_bytes(content)
    assert roost("bucket", "cp", "a.bin", f"s3://{bucket}") == f"Copied a.bin to s3://{bucket}/a.bin (3.0 MiB)\n"
    roost("bucket", "cp", "a.bin", f"s3://{bucket}/folder/")
    roost("bucket", "cp", "a.bin", f"s3://{bucket}/other name", "--content-type", "text/csv")
    listed = roost.json("bucket", "ls", f"s3://{bucket}")
    assert listed["prefixes"] == ["folder/"]
    assert [(found["key"], found.get("content_type")) for found in listed["objects"]] == [
        ("a.bin", None),
        ("other name", "text/csv"),
    ]
    (roost.folder / "into").mkdir()
    roost("bucket", "cp", f"s3://{bucket}/a.bin", "into")
    roost("bucket", "cp", f"s3://{bucket}/other name", "new/folder/b.bin")
    assert files(roost.folder) == {name: content for name in ("a.bin", "into/a.bin", "new/folder/b.bin")}


def test_standard_input_and_output(roost: Command, bucket: str) -> None:
    text = "grün\u001b[31m\r\n"
    roost("bucket", "cp", "-", f"s3://{bucket}/piped", text=text)
    done = roost.run("bucket", "cp", f"s3://{bucket}/piped", "-")
    assert (done.stdout, done.stderr) == ("grün\u001b[31m\n", "")
    roost("bucket", "cp", "-", f"s3://{bucket}/empty")
    assert roost("bucket", "cp", f"s3://{bucket}/empty", "-") == ""
    assert "needs a key" in roost.fails("bucket", "cp", "-", f"s3://{bucket}/")
    assert "Exactly one" in roost.fails("bucket", "cp", "a", "b")
    assert "Exactly one" in roost.fails("bucket", "cp", f"s3://{bucket}/piped", f"s3://{bucket}/copy")


def test_folders_are_copied_and_removed(roost: Command, bucket: str) -> None:
    tree = {"a.txt": b"a", "deep/er/b.txt": b"", "x": b"x", "x.partial": b"p", "sp ace+%41/ü": b"u"}
    for name, content in tree.items():
        (roost.folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (roost.folder / "tree" / name).write_bytes(content)
    (roost.folder / "tree" / "link").symlink_to("/etc/passwd")
    done = roost.run("bucket", "cp", "-r", "tree", f"s3://{bucket}/t")
    assert "Skipped 'tree/link'" in done.stderr
    assert "is a folder" in roost.fails("bucket", "cp", "tree", f"s3://{bucket}/t")
    keys = [found["key"] for found in roost.json("bucket", "ls", f"s3://{bucket}/t/", "-r")["objects"]]
    assert sorted(keys) == sorted(f"t/{name}" for name in tree)
    roost("bucket", "cp", "--recursive", f"s3://{bucket}/t", "back")
    assert files(roost.folder / "back") == tree
    assert "Copy a folder with --recursive" in roost.fails("bucket", "cp", f"s3://{bucket}/t/", "back")
    roost("bucket", "cp", "-", f"s3://{bucket}/tx", text="stays")
    assert roost("bucket", "rm", f"s3://{bucket}/t", "--recursive") == "Removed 5 objects\n"
    assert roost("bucket", "rm", f"s3://{bucket}/tx") == f"Removed s3://{bucket}/tx\n"
    assert "There is no object" in roost.fails("bucket", "rm", f"s3://{bucket}/tx")
    assert "is a bucket" in roost.fails("bucket", "rm", f"s3://{bucket}")


@pytest.mark.parametrize("key", ["../escaped", "a/../../escaped", "/etc/escaped", "a//b", "./a", "a/..", "n" * 300])
def test_a_hostile_key_writes_nothing(roost: Command, account: Account, bucket: str, key: str) -> None:
    account.s3.put_object(Bucket=bucket, Key="f/harmless", Body=b"1")
    account.s3.put_object(Bucket=bucket, Key=f"f/{key}", Body=b"2")
    said = roost.fails("bucket", "cp", "-r", f"s3://{bucket}/f", "target")
    assert f"The key 'f/{key}' cannot be the name of a file here" in said
    assert files(roost.folder.parent) == {}
    roost("bucket", "cp", f"s3://{bucket}/f/{key}", "named")
    assert (roost.folder / "named").read_bytes() == b"2"
    roost("bucket", "rm", f"s3://{bucket}/f/{key}")


def test_a_key_that_is_a_file_and_a_folder_writes_nothing(roost: Command, account: Account, bucket: str) -> None:
    for key in ("a", "a/b"):
        account.s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    assert "other keys have it as a folder" in roost.fails("bucket", "cp", "-r", f"s3://{bucket}", "target")
    assert files(roost.folder) == {}


def test_a_long_listing_is_complete(account: Account, roost: Command, api: Api, bucket: str) -> None:
    names = ["a/", "a/b", "a/c", "b", "c/d/e", "d"]
    for name in names:
        account.s3.put_object(Bucket=bucket, Key=name, Body=b"1")
    for delimiter, prefix, expected in [
        ("", "", names),
        ("/", "", ["a/", "b", "c/", "d"]),
        ("/", "a/", ["a/", "a/b", "a/c"]),
    ]:
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            query = {"delimiter": delimiter, "prefix": prefix, "after": after, "limit": 1}
            page: Any = api.get(f"/v1/buckets/{bucket}/objects", params=query).json()
            found += page["prefixes"] + [entry["key"] for entry in page["objects"]]
            after = page.get("next")
        assert found == expected


def test_the_api_refuses_what_is_wrong(api: Api, bucket: str) -> None:
    path = f"/v1/buckets/{bucket}/object"
    refused(api.put(path, data=b"1"), 400, "key")
    refused(api.put(path, params={"key": "k" * 1025}, data=b"1"), 400, "key")
    refused(api.put(f"{path}?key=a%00b", data=b"1"), 400, "key")
    refused(api.put(path, params={"key": "a", "sha256": "00"}, data=b"1"), 400, "sha256")
    refused(api.put(path, params={"key": "a", "sha256": "00" * 32}, data=b"1"), 400, "sha256", "is not the one")
    refused(api.put(f"{path}?key=a&content_type=a%0D%0Ab", data=b"1"), 400, "content_type")
    assert api.get(path, params={"key": "a"}).status_code == 404
    refused(api.get("/v1/buckets/nowhere/objects"), 404, "bucket", "does not exist")
    refused(api.put("/v1/buckets/nowhere/object", params={"key": "a"}, data=b"1"), 404, "bucket")
    api.put(path, params={"key": "page"}, data=b"<script>").raise_for_status()
    assert api.get(path, params={"key": "page"}).headers["content-type"] == "application/octet-stream"


def test_the_sdk_has_the_same(account: Account, bucket: str, roost: Command) -> None:
    tmp_path = roost.folder
    buckets = sdk.Client(account.url).buckets
    buckets.create(bucket)
    assert bucket in buckets.list()
    (tmp_path / "a b+.csv").write_text("1,2\n")
    (tmp_path / "empty").write_text("")
    uri = buckets.upload(tmp_path / "a b+.csv", f"s3://{bucket}/x y+/", "text/csv")
    assert uri == f"s3://{bucket}/x y+/a b+.csv"
    buckets.upload(tmp_path / "empty", f"s3://{bucket}/empty")
    assert [found["key"] for found in buckets.objects(f"s3://{bucket}/x y+")] == ["x y+/a b+.csv"]
    assert buckets.download(uri, tmp_path / "down").read_text() == "1,2\n"
    assert buckets.download(f"s3://{bucket}/empty", tmp_path / "down").read_text() == ""
    buckets.remove(uri)
    with pytest.raises(sdk.EntityNotFoundError):
        buckets.download(uri, tmp_path / "never")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b+.csv", "down", "empty"]
    with pytest.raises(sdk.InvalidInputError, match="is not an S3 URI"):
        buckets.remove("x")
