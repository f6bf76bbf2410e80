"""The HTTP session with a server: builds URLs, encodes JSON, and raises exceptions for error responses."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

import requests

from .credentials import split_address
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


def query(parameters: Mapping[str, Any]) -> str:
    """Returns the query of a URL, omitting parameters that are None.

    A space is `%20`. As a plus sign, which `requests` would write, the server takes it for what it is.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    return urlencode(given, quote_via=quote)


class Connection:
    """A `requests.Session` bound to one server.

    It does not follow redirects, which would send its headers to another server, and does not read ``~/.netrc``.

    Args:
        url: The server's address. The scheme defaults to ``http://``.
        timeout: Seconds to wait for the connection and for each read, unless a request is given its own timeout.
        token: Is sent as ``Authorization: Bearer``.
        headers: Further headers of every request.

    Raises:
        InvalidInputError: If one of these is not valid. The message contains no secret.
    """

    def __init__(
        self, url: str, timeout: float, token: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.url, self._credentials = split_address(url, token, headers)
        self.timeout = timeout
        self._session = requests.Session()
        self._session.auth = self._credentials
        if self.url.startswith("https://"):
            self._session.verify = _certificates() or True
        # A proxy configured in the environment cannot reach this machine's loopback interface.
        if urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1"):
            self._session.trust_env = False

    def close(self) -> None:
        """Closes the idle connections."""
        self._session.close()

    def get(self, address: str, params: Mapping[str, Any] | None = None) -> JSON:
        """Returns the JSON object at an address, omitting parameters that are None."""
        return self.json(self.request("GET", address, params=params))

    def send(self, method: str, address: str, body: Any = None, timeout: float | None = None) -> JSON:
        """Sends a JSON body and returns the JSON object in the response."""
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        headers = None if body is None else {"Content-Type": "application/json"}
        return self.json(self.request(method, address, data=data, headers=headers, timeout=timeout))

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
                method,
                self.url + address,
                params=query(params or {}),
                data=data,
                headers=headers,
                timeout=limit,
                stream=stream,
                allow_redirects=False,
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
        if response.status_code >= 300:
            raise api_error(response, self.url, self._credentials.kind)
        return response

    def download(self, response: requests.Response, file: BinaryIO) -> None:
        """Writes the body of a streamed response to a file.

        Raises:
            ServerUnreachableError: If the connection breaks before the body is complete.
        """
        received = 0
        broken = f"The connection to {self.url} broke during a download."
        try:
            for part in response.iter_content(1 << 16):
                received += file.write(part)
        except requests.exceptions.RequestException as error:
            raise ServerUnreachableError(broken) from error
        # Not all versions of urllib3 check this.
        length = response.headers.get("Content-Length")
        if length is not None and "Content-Encoding" not in response.headers and received != int(length):
            raise ServerUnreachableError(broken)

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


def _certificates() -> str | None:
    """Returns the file with the trusted certificates, if the environment names one."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if file := os.environ.get(name):
            try:
                if not os.path.isdir(file):  # as REQUESTS_CA_BUNDLE may be
                    ssl.create_default_context(cafile=file)
            except OSError as error:
                raise InvalidInputError(
                    f"The file {file!r} in {name} cannot be read. Expected certificates in PEM format."
                ) from error
            return file
    return None


def api_error(response: requests.Response, url: str, credential: str | None = None) -> APIError:
    """Returns the exception for a response without success, from the server or from a proxy in front of it.

    Args:
        response: The response. If it is not a Roost server's, nothing in its body is quoted, as it may repeat the
            request's headers.
        url: The server's address.
        credential: What the header Authorization was made of.
    """
    try:
        content = response.json()
    except (ValueError, requests.exceptions.RequestException):
        content = None
    details = content.get("error") if isinstance(content, dict) else None
    status = response.status_code
    if not isinstance(details, dict):
        code, message = _proxy_error(response, url, credential)
        return APIError(message, code=code, status=status)
    message = str(details.get("message", f"The server responded with status {status}."))
    code, field = str(details.get("code", "internal")), details.get("field")
    if status == 404:
        return EntityNotFoundError(message, code=details.get("code", "not_found"), field=field)
    return APIError(message, code=code, status=status, field=field)


def _proxy_error(response: requests.Response, url: str, credential: str | None) -> tuple[str, str]:
    """Returns the code and the message for a response that is not a Roost server's."""
    status = response.status_code
    if status in (301, 302, 303, 307, 308):
        target = urlsplit(response.headers.get("Location", ""))
        place = f" to {target.scheme}://{target.netloc.rpartition('@')[2]}" if target.netloc else ""
        advice = "Redirects are not followed. Set ROOST_URL to the server's final address."
        return "invalid_input", f"{url} redirects{place}. {advice}"
    if status == 401 and credential is None:
        advice = "Set ROOST_TOKEN, or put a user name and password into ROOST_URL."
    else:
        advice = _ADVICE.get(status, ("", ""))[1].format(credential=credential)
    if not advice:
        return "internal", f"{url} returned HTTP {status} {response.reason}. Is it a Roost server?"
    code = _ADVICE[status][0]
    return code, f"The proxy at {url} responded with {status} {response.reason}. {advice}"


_ADVICE = {
    401: ("unauthorized", "It did not accept {credential}."),
    403: ("forbidden", "It does not allow this request."),
    407: ("unauthorized", "It requires authentication that this client does not support."),
    413: ("too_large", "The request is larger than the proxy's limit (client_max_body_size in nginx)."),
    429: ("busy", "Try again later."),
    502: ("unavailable", "The Roost server behind it does not respond."),
    503: ("unavailable", "The Roost server behind it does not respond."),
    504: ("timeout", "The Roost server behind it did not respond in time."),
}
