"""What a proxy in front of the server gets to see: a token, a user name and password, or other headers."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.auth import AuthBase

from .errors import InvalidInputError

# Headers that the client sets itself, or that are about the connection.
_RESERVED = {
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_DEFAULT = "http://127.0.0.1:8080"


class Credentials(AuthBase):
    """Adds headers to each request. Being a session's ``auth``, it also keeps requests from reading ``~/.netrc``.

    The headers are secrets: its representation does not contain them.

    Attributes:
        kind: What the header Authorization is made of, for errors. None if there is none.
    """

    def __init__(self, headers: Mapping[str, str], kind: str | None) -> None:
        self._headers = dict(headers)
        self.kind = kind

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the headers to a request."""
        request.headers.update(self._headers)
        return request

    def __repr__(self) -> str:
        return "<roost credentials>"


def split_address(text: str, token: str | None, headers: Mapping[str, str] | None) -> tuple[str, Credentials]:
    """Returns a server's address without user name and password, and what requests to it must contain.

    Raises:
        InvalidInputError: If one of the parts is not valid. The message contains no secret.
    """
    url, user_info = _split_url(text)
    found: dict[str, str] = {}
    kinds: list[str] = []
    if token:
        if not _TOKEN.fullmatch(token):
            raise InvalidInputError(
                "ROOST_TOKEN contains a space, a control character or a character outside ASCII. Set it to the token "
                "only, without 'Bearer'."
            )
        found["Authorization"] = f"Bearer {token}"
        kinds.append("the token in ROOST_TOKEN")
    if user_info is not None:
        found["Authorization"] = _basic(user_info)
        kinds.append("the user name and password in the address")
    for name, value in (headers or {}).items():
        found[name] = _checked_header(name, value)
        if name.lower() == "authorization":
            kinds.append("the header Authorization")
    if len(kinds) > 1:
        raise InvalidInputError(
            f"Each request can have only one header Authorization, but it is set by {' and '.join(kinds)}. "
            "Use only one of them."
        )
    return url, Credentials(found, kinds[0] if kinds else None)


def _split_url(text: str) -> tuple[str, str | None]:
    if "://" not in text:
        text = f"http://{text}"
    scheme, rest = re.split("(?<=://)", text, maxsplit=1)
    if scheme.lower() not in ("http://", "https://"):
        raise _invalid(text, f"It must begin with http:// or https://, such as {_DEFAULT}.")
    end = re.search("[/?#]|$", rest)
    authority, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    user_info, at, host = authority.rpartition("@")
    if re.search("[?#@]", path):
        raise _invalid(
            text,
            "It must not have a query or a fragment, and '/', '?', '#' and '@' in a user name or password must be "
            "percent-encoded.",
        )
    url = f"{scheme.lower()}{host}{path.rstrip('/')}"
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and parts.port != 0 and not host.endswith(":")
    except ValueError:
        is_valid = False
    if not is_valid or not _TOKEN.fullmatch(url):
        raise _invalid(text, f"Expected http://HOST:PORT, such as {_DEFAULT}.")
    return url, user_info if at else None


def _invalid(text: str, expected: str) -> InvalidInputError:
    # Anything before an @ may be a password.
    subject = "The server address" if "@" in text else f"{text[:200]!r}"
    return InvalidInputError(f"{subject} is not a valid server URL. {expected}")


def _basic(user_info: str) -> str:
    user, _, password = user_info.partition(":")
    pair = []
    for part in (user, password):
        decoded = unquote_to_bytes(part)
        if re.search(r"%(?![0-9A-Fa-f]{2})", part) or any(byte < 0x20 or byte == 0x7F for byte in decoded):
            raise InvalidInputError(
                "The user name or password in the server address contains a control character or an invalid "
                "percent-encoding. A percent sign itself is written %25."
            )
        pair.append(decoded)
    if b":" in pair[0]:
        raise InvalidInputError(
            "The user name in the server address contains a colon, which basic authentication does not allow."
        )
    return f"Basic {base64.b64encode(b':'.join(pair)).decode()}"


def _checked_header(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            "The name of a header is not valid. It must be letters, digits or '-', such as 'X-Api-Key'."
        )
    if name.lower() in _RESERVED:
        raise InvalidInputError(f"The header '{name}' is set by the client.")
    if not _VALUE.fullmatch(value):
        raise InvalidInputError(
            f"The value of the header '{name}' contains a control character or a character outside ASCII."
        )
    return value.strip()
