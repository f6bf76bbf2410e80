"""Signs uploads to S3 chunk by chunk, as the SDKs for Java, Go and .NET do without TLS, but botocore does not."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CHUNK = 64 << 10


class ChunkSigner(S3SigV4Auth):  # type: ignore[misc]
    """Signs the head of a request, then each chunk of its body, chained to the previous signature."""

    def __init__(self, key: str, secret: str, region: str) -> None:
        super().__init__(Credentials(key, secret), "s3", region)
        self.trailers: dict[str, str] = {}

    def payload(self, request: AWSRequest) -> str:
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if self.trailers else "")

    def sign(self, method: str, url: str, body: bytes, trailers: dict[str, str]) -> tuple[dict[str, str], list[bytes]]:
        """Returns the headers of a request, and its chunks, which end with an empty chunk and the trailers."""
        self.trailers = trailers
        headers = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(body))}
        if trailers:
            headers["X-Amz-Trailer"] = ",".join(trailers)
        request = AWSRequest(method, url, headers=headers)
        self.add_auth(request)
        signature = request.headers["Authorization"].rpartition("Signature=")[2]
        chunks = []
        for start in [*range(0, len(body), CHUNK), len(body)]:
            data = body[start : start + CHUNK]
            signature = self._chained(request, "PAYLOAD", signature, b"", data)
            end = b"\r\n" if data else b""
            chunks.append(f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + end)
        last = ""
        if trailers:
            lines = "".join(f"{name}:{value}\n" for name, value in trailers.items())
            signature = self._chained(request, "TRAILER", signature, lines.encode())
            last = lines.replace("\n", "\r\n") + f"x-amz-trailer-signature:{signature}\r\n"
        return dict(request.headers), [*chunks, f"{last}\r\n".encode()]

    def _chained(self, request: Any, kind: str, previous: str, *parts: bytes) -> str:
        hashes = [hashlib.sha256(part).hexdigest() for part in parts]
        lines = [f"AWS4-HMAC-SHA256-{kind}", request.context["timestamp"], self.credential_scope(request), previous]
        text = "\n".join(lines + hashes)
        assert self.credentials is not None
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in [*self.credential_scope(request).split("/"), text]:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex()
