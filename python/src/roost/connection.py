"""One HTTP session with a server: addresses, JSON, and errors turned into exceptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import requests

from .errors import APIError, EntityNotFoundError, InvalidInputError, RequestTimeoutError, ServerUnreachableError

JSON = dict[str, Any]


def path(*parts: str) -> str:
    """The address of a resource below ``/v1``, each part percent-encoded.

    Raises:
        InvalidInputError: A part is empty or a dot segment, which would address another resource.
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise InvalidInputError(f"{part!r} is not a name.")
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


class Connection:
    """A `requests.Session` that knows where the server is.

    Args:
        url: The server's address. ``http://`` is assumed where the scheme is left out.
        timeout: Seconds to wait for the connection, and for each read, unless a call says otherwise.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        self.timeout = timeout
        self._session = requests.Session()
        # A proxy of the environment cannot reach this machine's loopback.
        if urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1"):
            self._session.trust_env = False

    def close(self) -> None:
        """Closes the idle connections."""
        self._session.close()

    def get(self, address: str, params: Mapping[str, Any] | None = None) -> JSON:
        """The JSON object at an address. Parameters that are None are left out."""
        return self.json(self.request("GET", address, params=params))

    def send(self, method: str, address: str, body: Any = None) -> JSON:
        """Sends a JSON body and returns the JSON object that was answered."""
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
            data: The body: bytes, or a file, which is then streamed.
            timeout: Seconds, in place of the connection's.

        Raises:
            APIError: The server answered 4xx or 5xx; `EntityNotFoundError` for 404.
            ServerUnreachableError: No server is there, or the connection broke.
            RequestTimeoutError: No answer came in time.
        """
        limit = self.timeout if timeout is None else timeout
        try:
            response = self._session.request(
                method, self.url + address, params=params, data=data, headers=headers, timeout=limit, stream=stream
            )
        except requests.exceptions.ConnectTimeout as error:
            raise ServerUnreachableError(self._nobody_there("no answer")) from error
        except requests.exceptions.Timeout as error:
            raise RequestTimeoutError(
                f"{method} {address} at {self.url} had no answer after {limit:g} s. "
                "The server may still carry it out; pass a longer `timeout` where that is expected."
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise ServerUnreachableError(self._what_broke(error, method, address)) from error
        except requests.exceptions.RequestException as error:
            raise InvalidInputError(f"{self.url!r} cannot be used as a server's URL: {error}") from error
        if response.status_code >= 400:
            raise api_error(response)
        return response

    def download(self, response: requests.Response, file: BinaryIO) -> None:
        """Writes the body of a streamed response to a file.

        Raises:
            ServerUnreachableError: The connection broke before all of it came.
        """
        try:
            for part in response.iter_content(1 << 16):
                file.write(part)
        except requests.exceptions.RequestException as error:
            raise ServerUnreachableError(f"The connection to {self.url} broke during a download.") from error

    def json(self, response: requests.Response) -> JSON:
        """The JSON object in a response."""
        try:
            content = response.json()
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise APIError(
                f"{self.url} did not answer in JSON; is it a Roost server?",
                code="internal",
                status=response.status_code,
            )
        return content

    def _what_broke(self, error: requests.exceptions.ConnectionError, method: str, address: str) -> str:
        cause = str(error)
        if isinstance(error, requests.exceptions.SSLError):
            return f"{self.url} cannot be trusted, or does not speak TLS: {cause}"
        if not any(sign in cause for sign in ("NewConnectionError", "Failed to establish", "Failed to resolve")):
            return (
                f"The connection to {self.url} broke during {method} {address}. "
                "The server was stopped, or refused the request before all of it was sent (a body over its limit)."
            )
        return self._nobody_there("connection refused" if "refused" in cause.lower() else "cannot connect")

    def _nobody_there(self, reason: str) -> str:
        return (
            f"No Roost server at {self.url} ({reason}). Start one with `roost serve`, "
            "or say where it runs: roost.Client('http://HOST:PORT'), or the environment variable ROOST_URL."
        )


def api_error(response: requests.Response) -> APIError:
    """The exception for a 4xx or 5xx response, whatever its body is."""
    try:
        content = response.json()
    except ValueError:
        content = None
    details = content.get("error") if isinstance(content, dict) else None
    if not isinstance(details, dict):
        text = response.text.strip()[:200] or response.reason
        details = {"message": f"The server answered {response.status_code}: {text}"}
    message = str(details.get("message", f"The server answered {response.status_code}."))
    code, field, status = str(details.get("code", "internal")), details.get("field"), response.status_code
    if status == 404:
        return EntityNotFoundError(message, code=details.get("code", "not_found"), field=field)
    return APIError(message, code=code, status=status, field=field)
