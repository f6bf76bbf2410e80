"""The crash test's work with objects, and its server across restarts."""

from __future__ import annotations

import hashlib
import random
import threading
from typing import Any

import pytest
from aws import client
from botocore.exceptions import BotoCoreError, ClientError
from harness import Server

BUCKET = "crash"


class Life:
    """The server across restarts. It always has the same address, so that clients keep working."""

    def __init__(self, server: Server, url: str) -> None:
        self.server = server
        self.s3 = client("s3", url, max_pool_connections=20)
        self.sagemaker = client("sagemaker", url, max_pool_connections=20)
        self.runtime = client("sagemaker-runtime", url, max_pool_connections=20)


class Work:
    """Work that is repeated without a pause until the server dies, and checked once it is back."""

    def __init__(self, life: Life, seed: int) -> None:
        self.life = life
        self.chance = random.Random(seed)
        self.number = 0

    def step(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        """Checks what must hold after every restart."""

    def finish(self) -> None:
        """Checks what must hold at the end."""

    def run(self, wrong: list[str], is_over: threading.Event) -> None:
        while not is_over.is_set():
            self.number += 1
            try:
                self.step()
            except BotoCoreError:
                return
            except (ClientError, AssertionError, KeyError, pytest.fail.Exception) as error:
                wrong.append(f"{type(self).__name__}: {error!r}")
                return


class Objects(Work):
    """Puts and deletes a small set of keys, so that they are often replaced."""

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        #: The digests that each key may have: of the last acknowledged content, and of content in transit.
        self.allowed: dict[str, set[str | None]] = {}

    def step(self) -> None:
        key = f"objects/{self.chance.randrange(12)}"
        if self.chance.random() < 0.15:
            self.allowed.setdefault(key, {None}).add(None)
            self.life.s3.delete_object(Bucket=BUCKET, Key=key)
            self.allowed[key] = {None}
            return
        content = self.chance.randbytes(self.chance.choice([1, 1000, 70_000, 1_500_000]))
        digest = hashlib.md5(content).hexdigest()
        self.allowed.setdefault(key, {None}).add(digest)
        put = self.life.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        assert put["ETag"] == f'"{digest}"'
        self.allowed[key] = {digest}

    def check(self) -> None:
        for key, allowed in self.allowed.items():
            found = digest_of(self.life.s3, key)
            assert found in allowed, f"{key} is {found}, not one of {allowed}"
            self.allowed[key] = {found}


def digest_of(s3: Any, key: str) -> str | None:
    try:
        answer = s3.get_object(Bucket=BUCKET, Key=key)
    except s3.exceptions.NoSuchKey:
        return None
    digest = hashlib.md5(answer["Body"].read()).hexdigest()
    assert "-" in answer["ETag"] or answer["ETag"] == f'"{digest}"'
    return digest


class Multiparts(Work):
    """Runs multipart uploads, and resumes those that a kill interrupted."""

    def __init__(self, life: Life, seed: int) -> None:
        super().__init__(life, seed)
        #: The key of each upload and the ETags of its parts.
        self.uploads: dict[str, tuple[str, dict[int, str]]] = {}
        self.asked: set[str] = set()
        self.whole: dict[str, str] = {}
        self.contents = [self.chance.randbytes(5 << 20), self.chance.randbytes(100_000)]

    def step(self) -> None:
        if not self.uploads:
            key = f"multipart/{self.number % 5}-{self.number}"
            upload = self.life.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
            self.uploads[upload] = (key, {})
        upload, (key, parts) = next(iter(self.uploads.items()))
        place = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
        for number, content in enumerate(self.contents, 1):
            if number not in parts:
                parts[number] = self.life.s3.upload_part(PartNumber=number, Body=content, **place)["ETag"]
        self.asked.add(upload)
        listed = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(parts.items())]
        self.life.s3.complete_multipart_upload(MultipartUpload={"Parts": listed}, **place)
        self._complete(upload)

    def _complete(self, upload: str) -> None:
        key, _ = self.uploads.pop(upload)
        self.whole[key] = hashlib.md5(b"".join(self.contents)).hexdigest()

    def check(self) -> None:
        for upload, (key, parts) in list(self.uploads.items()):
            try:
                listed = self.life.s3.list_parts(Bucket=BUCKET, Key=key, UploadId=upload).get("Parts", [])
            except self.life.s3.exceptions.NoSuchUpload:
                assert upload in self.asked, f"the upload of {key} is lost"
                self._complete(upload)
                continue
            assert digest_of(self.life.s3, key) is None, f"{key} is there, and its upload too"
            found = {part["PartNumber"]: part["ETag"] for part in listed}
            assert parts.items() <= found.items()
        for key, digest in list(self.whole.items())[-3:]:
            assert digest_of(self.life.s3, key) == digest

    def finish(self) -> None:
        for key, digest in self.whole.items():
            assert digest_of(self.life.s3, key) == digest
        listed = self.life.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        assert {each["UploadId"] for each in listed} >= set(self.uploads)
        for each in listed:
            self.life.s3.abort_multipart_upload(Bucket=BUCKET, Key=each["Key"], UploadId=each["UploadId"])
