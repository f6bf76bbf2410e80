"""The fuzzer's requests: parts that can be changed independently, and their encoding as bytes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Raw(str):
    """JSON that is written verbatim, such as numbers that fit no type, and invalid words."""


class Pairs(list[tuple[str, Any]]):
    """An object that may repeat names."""


def text_of(value: Any) -> str:
    """Returns JSON, or something close to it. Recurses only as deep as the values that the fuzzer makes."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(name)}: {text_of(member)}" for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text_of(element) for element in value) + "]"
    return json.dumps(value)


@dataclass
class Request:
    """A request. The body is JSON, the fields of a form, or bytes."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Any = b""
    #: The HTTP version in the request line.
    version: str = "HTTP/1.1"
    #: Bytes to send instead of all of the above.
    raw: bytes | None = None
    #: Whether the request is framed correctly, so that a response is due.
    is_whole: bool = True
    #: Size in bytes of the chunks to send the body in; 0 sends it whole.
    chunk: int = 0

    def copied(self) -> Request:
        return copy.deepcopy(self)

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if (
            isinstance(self.body, list)
            and self.body
            and isinstance(self.body[0], tuple)
            and not isinstance(self.body, Pairs)
        ):
            return "&".join(f"{name}={value}" for name, value in self.body).encode(errors="surrogatepass")
        return text_of(self.body).encode(errors="surrogatepass")

    def encoded(self) -> bytes:
        if self.raw is not None:
            return self.raw
        target = self.path + ("?" + "&".join(f"{k}={v}" if v else k for k, v in self.query) if self.query else "")
        lines = [f"{self.method} {target} {self.version}"]
        headers = list(self.headers)
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            headers.insert(0, ("Host", "127.0.0.1"))
        payload = self.payload()
        if self.chunk:
            headers.append(("Transfer-Encoding", "chunked"))
            pieces = [payload[start : start + self.chunk] for start in range(0, len(payload), self.chunk)]
            payload = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        elif "content-length" not in names and "transfer-encoding" not in names:
            headers.append(("Content-Length", str(len(payload))))
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join(lines).encode(errors="surrogatepass") + b"\r\n\r\n" + payload


# MARK: Changes

INTEGERS = [0, 1, -1, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30]
NUMBERS = [
    Raw(text)
    for text in (
        "1e300",
        "-1e300",
        "1e400",
        "-0.0",
        "1e-400",
        "0.1e1",
        "1.5",
        "NaN",
        "Infinity",
        "-",
        "01",
        "1e",
        "0x1",
    )
]
TEXTS = [
    "",
    " ",
    "\0",
    "a" * 300,
    "a" * 70_000,
    "é\u0301",
    "\ufeff",
    "\ud800",
    "\U0010ffff",
    "../../etc/passwd",
    "%00",
    "%2e%2e%2f",
    "$[-9223372036854775808]",
    "(((((((((a+)+)+)+)+)+)+)+)+$",
    "s3://",
    "s3://fuzz/" + "k" * 2000,
    "arn:aws:sagemaker:::",
    "'; DROP TABLE job; --",
    "a\r\nX-Injected: yes",
    "9223372036854775807",
    "-9223372036854775808",
    "1e300",
    "nan",
    "inf",
    "true",
    "null",
    "9999-12-31T23:59:59Z",
    "0000-00-00T99:99:99Z",
]
HEADERS = [
    ("Range", "bytes=9223372036854775807-"),
    ("Range", "bytes=-9223372036854775807"),
    ("Range", "bytes=5-1,1-2"),
    ("If-Modified-Since", "Sun, 06 Nov 9223372036854775807 08:49:37 GMT"),
    ("If-Match", "*"),
    ("If-None-Match", 'W/"' + "a" * 3000),
    ("Content-Type", "application/yaml"),
    ("Content-Type", "multipart/form-data; boundary="),
    ("Content-Type", "text/csv; charset=" + "x" * 3000),
    ("Accept", "application/x-recordio-protobuf"),
    ("Expect", "100-continue"),
    ("Connection", "close"),
    ("Inference-Header-Content-Length", "9223372036854775807"),
    ("X-Amz-Target", "SageMaker." + "a" * 3000),
    ("X-Amz-Target", "."),
    ("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    ("X-Amz-Decoded-Content-Length", "9223372036854775807"),
    ("X-Amz-Copy-Source", "/fuzz/%"),
    ("X-Amz-Date", "99999999T999999Z"),
    ("Content-MD5", "AAAA"),
    ("Smithy-Protocol", "rpc-v2-cbor"),
    ("Cookie", "a" * 9000),
    ("X-Roost-Inference-Id", "a" * 129),
]
FRAMES = [
    ("Content-Length", "-1"),
    ("Content-Length", "9223372036854775807"),
    ("Content-Length", "9223372036854775808"),
    ("Content-Length", "+5"),
    ("Content-Length", "5, 6"),
    ("Transfer-Encoding", "chunked, chunked"),
    ("Transfer-Encoding", "gzip"),
    ("Transfer-Encoding", "\x0bchunked"),
    (" Host", "a"),
    ("Ho st", "a"),
    ("", "a"),
    ("X-Long", "a" * 100_000),
    ("X-Line", "a\n b"),
    ("X-Null", "\0"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Returns the path of each element of a JSON value."""
    found = [path]
    if isinstance(value, dict):
        for name, member in value.items():
            found += places(member, (*path, name))
    elif isinstance(value, list) and not isinstance(value, Pairs):
        for index, element in enumerate(value):
            found += places(element, (*path, index))
    return found


def odd_value(chance: random.Random) -> Any:
    """Returns an unexpected value."""
    match chance.randrange(8):
        case 0 | 1:
            return chance.choice(INTEGERS)
        case 2:
            return chance.choice(NUMBERS)
        case 3 | 4:
            return chance.choice(TEXTS)
        case 5:
            return chance.choice([None, True, False, [], {}, [[]], {"": None}])
        case 6:
            depth = chance.choice([10, 100, 600, 5000])
            opened, closed = chance.choice([("[", "]"), ('{"a":', "}")])
            return Raw(opened * depth + "1" + closed * depth)
        case _:
            element, count = odd_value(chance), chance.choice([1, 2, 1000])
            # Nested lists of long strings would exhaust the memory.
            return [element] * (count if count * len(text_of(element)) < 1 << 22 else 1)


def change_json(request: Request, chance: random.Random) -> None:
    path = chance.choice(places(request.body))
    if not path:
        request.body = odd_value(chance)
        return
    parent = request.body
    for step in path[:-1]:
        parent = parent[step]
    match chance.randrange(5):
        case 0 if isinstance(parent, dict):
            del parent[path[-1]]
        case 1 if isinstance(parent, dict):
            parent[path[-1] + chance.choice(["", "_", "é", "\0"])] = parent.pop(path[-1])
            parent[chance.choice(TEXTS)] = odd_value(chance)
        case 2 if isinstance(parent, dict):
            # Repeat a name. No dictionary can hold it twice, so the text is changed.
            name = path[-1]
            pairs = [*parent.items(), (name, odd_value(chance))]
            parent[name] = Raw(text_of(parent[name]) + f", {json.dumps(name)}: {text_of(pairs[-1][1])}")
        case _:
            parent[path[-1]] = odd_value(chance)


def change_pairs(pairs: list[tuple[str, str]], chance: random.Random) -> None:
    """Changes a field of a query or a form."""
    number = str(chance.choice([*INTEGERS, "1e300", "nan", "inf", "", "%", "%zz", "%ff", "a" * 5000, "é"]))
    if pairs and chance.random() < 0.7:
        index = chance.randrange(len(pairs))
        name, _ = pairs[index]
        pairs[index] = (name, number)
        if chance.random() < 0.2:
            pairs.append(pairs[index])
    else:
        pairs.append((chance.choice(["limit", "partNumber", "uploadId", "max-keys", "list-type", "a", ""]), number))


def change_bytes(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return chance.choice([b"\0", b"{", b"\xff\xfe", b"<a>" * 50, chance.randbytes(50)])
    place = chance.randrange(len(content))
    return chance.choice(
        [
            content[:place],
            content[:place] + chance.randbytes(4) + content[place + 4 :],
            content[:place] + chance.randbytes(1) + content[place:],
            content + content,
            content[:place] + b"9223372036854775807" + content[place:],
            b"",
        ]
    )


def change_body(request: Request, chance: random.Random) -> None:
    if isinstance(request.body, dict) and chance.random() < 0.85:
        change_json(request, chance)
    elif (
        isinstance(request.body, list) and request.body and isinstance(request.body[0], tuple) and chance.random() < 0.8
    ):
        change_pairs(request.body, chance)
    else:
        request.body = change_bytes(request.payload(), chance)


def change_query(request: Request, chance: random.Random) -> None:
    change_pairs(request.query, chance)


def change_path(request: Request, chance: random.Random) -> None:
    parts = request.path.split("/")
    index = chance.randrange(len(parts))
    parts[index] = chance.choice(
        ["", "..", ".", "%2e%2e", "%00", "%ff", "%", "a" * 5000, "-1", "*", "a b", "é", "a;b", "0"]
    )
    request.path = "/".join(parts) or "/"
    if " " in request.path:
        request.is_whole = False


def change_headers(request: Request, chance: random.Random) -> None:
    if request.headers and chance.random() < 0.5:
        index = chance.randrange(len(request.headers))
        name, _ = request.headers[index]
        request.headers[index] = (name, chance.choice(TEXTS).replace("\r\n", " ").replace("\0", " "))
    else:
        request.headers.append(chance.choice(HEADERS))


def change_method(request: Request, chance: random.Random) -> None:
    request.method = chance.choice(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"])


def change_frame(request: Request, chance: random.Random) -> None:
    """Breaks the rules of HTTP itself, or stretches them."""
    request.is_whole = False
    match chance.randrange(7):
        case 0:
            request.headers.append(chance.choice(FRAMES))
        case 1:
            request.version = chance.choice(["HTTP/1.0", "HTTP/9.9", "HTTP/", "", "HTTP/1.1 x", "HTTP/2.0"])
        case 2:
            request.chunk = chance.choice([1, 7, 1 << 16])
            request.is_whole = True
        case 3:
            whole = request.encoded()
            request.raw = whole[: chance.randrange(len(whole))]
        case 4:
            request.raw = request.encoded() + request.encoded() + b"GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n"
        case 5:
            request.method = "CONNECT"
            request.path = chance.choice(
                ["s3.amazonaws.com:443", "a:99999999999", ":0", "s3.us-east-1.amazonaws.com", "[::1]:1"]
            )
        case _:
            request.raw = change_bytes(request.encoded(), chance)


CHANGES: list[tuple[Callable[[Request, random.Random], None], int]] = [
    (change_body, 40),
    (change_query, 15),
    (change_path, 10),
    (change_headers, 20),
    (change_method, 3),
    (change_frame, 12),
]


def changed(request: Request, chance: random.Random) -> Request:
    """Returns the request with one or a few changes."""
    request = request.copied()
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        (change,) = chance.choices([change for change, _ in CHANGES], [weight for _, weight in CHANGES])
        change(request, chance)
        if request.raw is not None:
            break
    return request
