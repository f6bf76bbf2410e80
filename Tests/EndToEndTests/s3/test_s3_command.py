"""The unmodified `aws s3` command against the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

AWS = Path(sys.executable).parent / "aws"


class Shell:
    """A shell in which the `aws` command uses the server."""

    def __init__(self, server: str, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": server,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def aws(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [str(AWS), *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode != 0) == fails, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def shell(server: str, tmp_path: Path) -> Shell:
    if not AWS.is_file():
        pytest.skip("There is no aws command beside this Python.")
    return Shell(server, tmp_path)


def fill(folder: Path) -> dict[str, bytes]:
    files = {"a.csv": b"1,2\n", "deep/er/b.txt": b"b" * 100_000, "with space + ü.bin": os.urandom(9 << 20)}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return files


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folders_are_copied_synchronized_and_removed(shell: Shell, tmp_path: Path) -> None:
    files = fill(tmp_path / "up")
    assert "make_bucket: shell" in shell.aws("s3", "mb", "s3://shell")
    assert "shell" in shell.aws("s3", "ls")
    shell.aws("s3", "cp", "--recursive", "up", "s3://shell/data")
    shell.aws("s3", "cp", "--recursive", "s3://shell/data", "down")
    assert contents(tmp_path / "down") == files
    listing = shell.aws("s3", "ls", "s3://shell/data/")
    assert ("a.csv" in listing, "PRE deep/" in listing, "b.txt" in listing) == (True, True, False)
    assert "Total Objects: 3" in shell.aws("s3", "ls", "--recursive", "--summarize", "s3://shell")

    assert shell.aws("s3", "sync", "up", "s3://shell/data") == "", "nothing has changed"
    (tmp_path / "up" / "a.csv").write_bytes(b"1,2,3\n")
    (tmp_path / "up" / "deep" / "er" / "b.txt").unlink()
    output = shell.aws("s3", "sync", "--delete", "--no-progress", "up", "s3://shell/data")
    assert sorted(line.split(":")[0] for line in output.splitlines()) == ["delete", "upload"]
    shell.aws("s3", "sync", "--delete", "s3://shell/data", "down")
    assert contents(tmp_path / "down") == contents(tmp_path / "up")

    shell.aws("s3", "cp", "s3://shell/data/a.csv", "s3://shell/copy.csv")
    shell.aws("s3", "mv", "s3://shell/copy.csv", "moved.csv")
    assert (tmp_path / "moved.csv").read_bytes() == b"1,2,3\n"
    shell.aws("s3", "sync", "s3://shell/data", "s3://shell/again")
    assert shell.aws("s3", "cp", "s3://shell/again/a.csv", "-") == "1,2,3\n"
    assert "NoSuchKey" in shell.aws("s3api", "get-object", "--bucket", "shell", "--key", "no", "x", fails=True)
    assert "404" in shell.aws("s3", "cp", "s3://shell/no", "x", fails=True)
    assert "BucketNotEmpty" in shell.aws("s3", "rb", "s3://shell", fails=True)
    shell.aws("s3", "rm", "s3://shell/again/a.csv")
    shell.aws("s3", "rm", "--recursive", "s3://shell/again")
    assert shell.aws("s3", "ls", "s3://shell") == "                           PRE data/\n"
    shell.aws("s3", "rb", "--force", "s3://shell")
    assert "NoSuchBucket" in shell.aws("s3", "ls", "s3://shell", fails=True)


def test_a_url_signed_by_the_command(shell: Shell) -> None:
    shell.aws("s3", "mb", "s3://signed")
    shell.aws("s3api", "put-object", "--bucket", "signed", "--key", "k")
    url = shell.aws("s3", "presign", "s3://signed/k").strip()
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "200", done.stderr
    shell.aws("s3", "rb", "--force", "s3://signed")
