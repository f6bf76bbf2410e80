"""The server's buckets and their objects."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

from .connection import Connection, path, query
from .errors import InvalidInputError
from .request_body import existing_file

# Within the class, `list` is its method.
Names = list[str]
Objects = list[dict[str, Any]]

# Seconds. The server stores the whole object before it responds.
_UPLOAD_TIMEOUT = 600.0


class Buckets:
    """The buckets of a server. An object's address is ``s3://BUCKET/KEY``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> Names:
        """Returns the names of all buckets."""
        return [str(bucket["name"]) for bucket in self._connection.get(path("buckets"))["buckets"]]

    def create(self, name: str) -> None:
        """Creates a bucket, unless it exists.

        Raises:
            APIError: If the name is not valid.
        """
        self._connection.send("PUT", path("buckets", name))

    def objects(self, uri: str) -> Objects:
        """Returns the objects whose addresses begin with ``s3://BUCKET/PREFIX``, by key.

        Returns:
            For each object ``key``, ``byte_count``, ``etag``, ``modified_at`` and possibly ``content_type``.

        Raises:
            EntityNotFoundError: If there is no such bucket.
        """
        bucket, prefix = _split(uri)
        found: Objects = []
        after: str | None = None
        while True:
            page = self._connection.get(path("buckets", bucket, "objects"), {"prefix": prefix or None, "after": after})
            found += page["objects"]
            if page.get("next") is None:
                return found
            after = page["next"]

    def upload(self, path: str | Path, uri: str, content_type: str | None = None) -> str:
        """Stores a file as an object, in place of one at the same address.

        Args:
            path: The file.
            uri: ``s3://BUCKET/KEY``, or ``s3://BUCKET/FOLDER/`` to keep the file's name.
            content_type: The object's content type, such as ``text/csv``.

        Returns:
            The object's address.

        Raises:
            MissingFileError: If the file does not exist.
            EntityNotFoundError: If there is no such bucket.
        """
        file = existing_file(path)
        bucket, key = _split(uri)
        if not key or key.endswith("/"):
            key += file.name
        with file.open("rb") as content:
            self._connection.request(
                "PUT",
                _object(bucket, key, content_type=content_type),
                # requests sends an empty file without a length.
                data=content if file.stat().st_size else b"",
                headers={"Content-Type": "application/octet-stream"},
                timeout=max(_UPLOAD_TIMEOUT, self._connection.timeout),
            )
        return f"s3://{bucket}/{key}"

    def download(self, uri: str, path: str | Path) -> Path:
        """Writes an object to a file, in place of one that exists. The file is complete or not there.

        Args:
            uri: ``s3://BUCKET/KEY``.
            path: The file.

        Raises:
            EntityNotFoundError: If there is no such object.
            ServerUnreachableError: If the connection breaks before all of it has arrived.
        """
        target = Path(path)
        headers = {"Accept-Encoding": "identity"}
        response = self._connection.request("GET", _object(*_split(uri)), headers=headers, stream=True)
        partial = target.with_name(f"{target.name}.{uuid.uuid4()}.partial")
        try:
            with response, partial.open("xb") as file:
                self._connection.download(response, file)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
        return target

    def remove(self, uri: str) -> None:
        """Removes an object.

        Raises:
            EntityNotFoundError: If there is no such object.
        """
        self._connection.send("DELETE", _object(*_split(uri)))

    def __repr__(self) -> str:
        return f"<roost.Buckets of {self._connection.url}>"


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise InvalidInputError(f"{uri[:200]!r} is not an S3 URI. Expected s3://BUCKET/KEY.")
    return bucket, key


def _object(bucket: str, key: str, **more: str | None) -> str:
    return f"{path('buckets', bucket, 'object')}?{query({'key': key, **more})}"
