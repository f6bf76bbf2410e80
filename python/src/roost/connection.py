"""The HTTP session with a server: builds URLs, encodes JSON, and raises exceptions for error responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import requests

from .errors import APIError, EntityNotFoundError, InvalidInputError, RequestTimeoutError, ServerUnreachableError

JSON = dict[str, Any]


def path(*parts: str) -> str:
    """Returns the URL path of a resource under ``/v1``, with each part percent-encoded.

    Raises:
        InvalidInputError: If a part is empty or a dot segment, which would address another resource.
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise InvalidInputError(f"{part!r} is not a valid name.")
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


class Connection:
    """A `requests.Session` bound to one server.

    Args:
        url: The server's address. The scheme defaults to ``http://``.
        timeout: Seconds to wait for the connection and for each read, unless a request is given its own timeout.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        self.timeout = timeout
        self._session = requests.Session()
        # A proxy configured in the environment cannot reach this machine's loopback interface.
        if urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1"):
            self._session.trust_env = False

    def close(self) -> None:
        """Closes the idle connections."""
        self._session.close()

    def get(self, address: str, params: Mapping[str, Any] | None = None) -> JSON:
        """Returns the JSON object at an address, omitting parameters that are None."""
        return self.json(self.request("GET", address, params=params))

    def send(self, method: str, address: str, body: Any = None) -> JSON:
        """Sends a JSON body and returns the JSON object in the response."""
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        headers = None if body is None else {"Content-Type": "application/json"}
        return self.json(self.request(method, address, data=data, headers=headers))

    def request(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Sends one request.

        Args:
            data: The body: bytes, or a file, which is streamed.
            timeout: Seconds to wait, overriding the connection's timeout.

        Raises:
            APIError: If the server responds with 4xx or 5xx; `EntityNotFoundError` for 404.
            ServerUnreachableError: If no server is listening or the connection breaks.
            RequestTimeoutError: If no response arrives in time.
        """
        limit = self.timeout if timeout is None else timeout
        try:
            response = self._session.request(
                method, self.url + address, params=params, data=data, headers=headers, timeout=limit, stream=stream
            )
        except requests.exceptions.ConnectTimeout as error:
            raise ServerUnreachableError(self._nobody_there("connection timed out")) from error
        except requests.exceptions.Timeout as error:
            raise RequestTimeoutError(
                f"{method} {address} at {self.url} received no response within {limit:g} s. "
                "The server may still complete the request. Pass a longer `timeout` if it needs more time."
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise ServerUnreachableError(self._what_broke(error, method, address)) from error
        except requests.exceptions.RequestException as error:
            raise InvalidInputError(f"{self.url!r} is not a valid server URL: {error}") from error
        if response.status_code >= 400:
            raise api_error(response)
        return response

    def download(self, response: requests.Response, file: BinaryIO) -> None:
        """Writes the body of a streamed response to a file.

        Raises:
            ServerUnreachableError: If the connection breaks before the body is complete.
        """
        try:
            for part in response.iter_content(1 << 16):
                file.write(part)
        except requests.exceptions.RequestException as error:
            raise ServerUnreachableError(f"The connection to {self.url} broke during a download.") from error

    def json(self, response: requests.Response) -> JSON:
        """Returns the JSON object in a response."""
        try:
            content = response.json()
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise APIError(
                f"{self.url} did not return a JSON object. Is it a Roost server?",
                code="internal",
                status=response.status_code,
            )
        return content

    def _what_broke(self, error: requests.exceptions.ConnectionError, method: str, address: str) -> str:
        cause = str(error)
        if isinstance(error, requests.exceptions.SSLError):
            return f"Cannot establish a trusted TLS connection to {self.url}: {cause}"
        if not any(sign in cause for sign in ("NewConnectionError", "Failed to establish", "Failed to resolve")):
            return (
                f"The connection to {self.url} broke during {method} {address}. "
                "The server was stopped, or it rejected the request before receiving all of it (a body over its limit)."
            )
        return self._nobody_there("connection refused" if "refused" in cause.lower() else "cannot connect")

    def _nobody_there(self, reason: str) -> str:
        return (
            f"No Roost server at {self.url} ({reason}). Start one with `roost serve`, "
            "or specify its address with roost.Client('http://HOST:PORT') or the environment variable ROOST_URL."
        )


def api_error(response: requests.Response) -> APIError:
    """Returns the exception for a 4xx or 5xx response, whatever its body."""
    try:
        content = response.json()
    except ValueError:
        content = None
    details = content.get("error") if isinstance(content, dict) else None
    if not isinstance(details, dict):
        text = response.text.strip()[:200] or response.reason
        details = {"message": f"The server responded with status {response.status_code}: {text}"}
    message = str(details.get("message", f"The server responded with status {response.status_code}."))
    code, field, status = str(details.get("code", "internal")), details.get("field"), response.status_code
    if status == 404:
        return EntityNotFoundError(message, code=details.get("code", "not_found"), field=field)
    return APIError(message, code=code, status=status, field=field)
