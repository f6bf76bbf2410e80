"""Requests as browsers send them: with a host, an origin and a path that clients would not let a test choose."""

from __future__ import annotations

import http.client
from typing import NamedTuple

from harness import ANSWER_LIMIT

#: The header of a request that is signed for S3, which a server that does not verify signatures accepts.
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"}


class Page(NamedTuple):
    """A response; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def shared(self) -> dict[str, str]:
        """The headers that tell a browser what to share with a page of another origin, without their common prefix."""
        prefix = "access-control-"
        return {name.removeprefix(prefix): value for name, value in self.headers.items() if name.startswith(prefix)}


def ask(
    url: str,
    path: str = "/",
    method: str = "GET",
    host: str | None = None,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> Page:
    """Sends one request to the server at `url`. Keywords are headers: `sec_fetch_site` is Sec-Fetch-Site."""
    address = url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=ANSWER_LIMIT)
    try:
        sent = {"Host": host or address} | (headers or {})
        sent |= {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Page(answer.status, found, answer.read())
    finally:
        connection.close()


def ask_first(url: str, path: str, method: str, origin: str, wanted: str = "", host: str | None = None) -> Page:
    """Sends the preflight request of a page that wants to send `method` with the headers `wanted`."""
    more = {"Access-Control-Request-Headers": wanted} if wanted else {}
    fields = {"Origin": origin, "Access-Control-Request-Method": method} | more
    return ask(url, path, "OPTIONS", host=host, headers=fields)
