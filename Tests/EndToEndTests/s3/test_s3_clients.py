"""Other clients of S3 on a bucket with odd keys: s3fs and rclone."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from harness import BINARY
from test_s3 import connect

S3FS = Path(os.environ.get("ROOST_S3FS_PYTHON") or REPOSITORY / ".venv-s3fs" / "bin" / "python")
KEYS = [
    "a",
    "a.b",
    "a/b",
    "a/b/c",
    "with space",
    "with  two spaces",
    "plus+sign",
    "per%cent",
    "per%20cent",
    "amp&ersand",
    "less<greater>",
    "quote'single",
    'quote"double',
    "question?mark",
    "hash#tag",
    "semi;colon",
    "colon:",
    "comma,",
    "equals=",
    "at@",
    "tilde~",
    "star*",
    "back\\slash",
    "pipe|",
    "brackets[]{}()",
    "ünï",
    "日本語/キー",
    "🦉",
]


@pytest.fixture(scope="module")
def s3(server: str) -> Any:
    s3 = connect(server)
    s3.create_bucket(Bucket="odd")
    for key in KEYS:
        s3.put_object(Bucket="odd", Key=key, Body=key.encode())
    return s3


def run_s3fs(server: str, code: str) -> Any:
    """Runs Python with `fs`, and returns the JSON that it prints."""
    if not S3FS.exists():
        pytest.skip(f"{S3FS} is missing. Run scripts/venv.sh s3fs.")
    start = (
        "import json, s3fs\n"
        f"fs = s3fs.S3FileSystem(key='k', secret='s', endpoint_url={server!r}, skip_instance_cache=True)\n"
    )
    process = subprocess.run([S3FS, "-c", start + code], capture_output=True, text=True, timeout=120, check=False)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_s3fs_reads_and_writes(server: str, s3: Any) -> None:
    found = run_s3fs(server, "print(json.dumps({name: fs.cat(name).decode() for name in fs.find('odd')}))")
    assert found == {f"odd/{key}": key for key in KEYS}
    code = """
fs.mkdir('fs-own')
with fs.open('fs-own/deep/file', 'wb') as file:
    file.write(b'x' * (6 << 20))
    file.write(b'y' * 100)
with fs.open('fs-own/empty', 'wb') as file:
    pass
fs.setxattr('fs-own/empty', copy_kwargs={'ContentType': 'text/x'}, owner='me')
fs.put_tags('fs-own/empty', {'a': 'b'})
tags = fs.get_tags('fs-own/empty')
fs.copy('fs-own/deep/file', 'fs-own/copy')
fs.mv('fs-own/copy', 'fs-own/moved')
with fs.open('fs-own/moved', 'rb') as file:
    file.seek(-50, 2)
    end = file.read().decode()
names = sorted(fs.find('fs-own'))
attribute = fs.getxattr('fs-own/empty', 'owner')
fs.rm('fs-own', recursive=True)
print(json.dumps([tags, end, names, attribute, fs.exists('fs-own')]))
"""
    tags, end, names, attribute, exists = run_s3fs(server, code)
    assert tags == {"a": "b"}
    assert end == "y" * 50
    assert names == ["fs-own/deep/file", "fs-own/empty", "fs-own/moved"]
    assert (attribute, exists) == ("me", False)


def rclone(server: str, *arguments: str | Path) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "RCLONE_CONFIG_R_TYPE": "s3",
        "RCLONE_CONFIG_R_PROVIDER": "Other",
        "RCLONE_CONFIG_R_ENDPOINT": server,
        "RCLONE_CONFIG_R_ACCESS_KEY_ID": "k",
        "RCLONE_CONFIG_R_SECRET_ACCESS_KEY": "s",
    }
    process = subprocess.run(
        ["rclone", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_rclone_copies_both_ways(server: str, s3: Any, tmp_path: Path) -> None:
    # A folder cannot have a file of its own name, as the keys a and a/b have.
    keys = [key for key in KEYS if key not in ("a", "a/b")]
    for key in ("a", "a/b"):
        s3.delete_object(Bucket="odd", Key=key)
    try:
        assert sorted(rclone(server, "lsf", "--recursive", "--files-only", "r:odd").splitlines()) == sorted(keys)
        rclone(server, "copy", "r:odd", tmp_path / "down")
        found = {
            str(path.relative_to(tmp_path / "down")): path for path in (tmp_path / "down").rglob("*") if path.is_file()
        }
        assert {name: path.read_text() for name, path in found.items()} == {key: key for key in keys}
        rclone(server, "sync", tmp_path / "down", "r:odd-copy")
        assert rclone(server, "check", "r:odd", "r:odd-copy") == ""
        listed = s3.list_objects_v2(Bucket="odd-copy")["Contents"]
        assert sorted(each["Key"] for each in listed) == sorted(keys)
        rclone(server, "copy", "r:odd-copy", "r:odd-again")
        rclone(server, "purge", "r:odd-copy")
        rclone(server, "delete", "--rmdirs", "r:odd-again")
    finally:
        for key in ("a", "a/b"):
            s3.put_object(Bucket="odd", Key=key, Body=key.encode())
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert "odd-copy" not in names


GUIDE = REPOSITORY / "docs/guides/sagemaker-code-on-your-own-machine.md"


@pytest.fixture(scope="module")
def shell(server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell that has evaluated `roost aws env`."""
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path_factory.mktemp("home")), "ROOST_URL": server}
    code = f'settings=$({shlex.quote(str(BINARY))} aws env); eval "$settings"; env -0'
    done = subprocess.run(["bash", "-euc", code], capture_output=True, text=True, check=True, env=own)
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_rclone_in_a_shell_of_roost_as_the_guide_says(shell: dict[str, str], s3: Any, tmp_path: Path) -> None:
    section = GUIDE.read_text().split("### rclone\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    s3.create_bucket(Bucket="my-data")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/one.csv").write_text("1,2\n")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=shell,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "one.csv\n"
    assert s3.get_object(Bucket="my-data", Key="data/one.csv")["Body"].read() == b"1,2\n"


def listed(environment: dict[str, str], *options: str) -> tuple[int, str]:
    remote = {"RCLONE_CONFIG_R_TYPE": "s3", "RCLONE_CONFIG_R_PROVIDER": "AWS", "RCLONE_CONFIG_R_ENV_AUTH": "true"}
    done = subprocess.run(
        ["rclone", "--retries", "1", "--low-level-retries", "1", *options, "lsf", "r:"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment | remote,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_rclone_does_with_certificates(shell: dict[str, str], s3: Any) -> None:
    bundle = shell["AWS_CA_BUNDLE"]
    bare = {name: value for name, value in shell.items() if name != "AWS_CA_BUNDLE"}
    for environment, options in (
        (bare, ("--ca-cert", bundle)),
        (bare | {"RCLONE_CA_CERT": bundle}, ()),
        (bare | {"SSL_CERT_FILE": bundle}, ()),
    ):
        status, text = listed(environment, *options)
        assert (status, "odd/" in text) == (0, True), text
    status, text = listed(bare)
    assert (status != 0, "certificate signed by unknown authority" in text) == (True, True), text
    version = subprocess.run(["rclone", "version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    if version.startswith("rclone v1.60"):
        # With any other option, and even for addresses without TLS: newer releases use another SDK of AWS.
        for options in ((), ("--ca-cert", bundle), ("--s3-endpoint", shell["AWS_ENDPOINT_URL"])):
            status, text = listed(shell, *options)
            assert (status != 0, "LoadCustomCABundleError" in text) == (True, True), text
