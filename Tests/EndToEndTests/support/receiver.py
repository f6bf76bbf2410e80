"""A receiver of webhooks: a process of its own, which can be killed and started again on the same port."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import Api, answered, until

PROGRAM = """
import http.server, json, sys, time

port, path, behavior = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with open(path, "a") as file:
            file.write(json.dumps({"path": self.path, "headers": headers, "body": body.decode()}) + "\\n")
        if behavior == "hang":
            time.sleep(3600)
        if behavior == "huge":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(1024):
                    self.wfile.write(b"x" * (1 << 20))
            except OSError:
                pass
            return
        self.send_response(int(behavior))
        if int(behavior) == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
"""


class Receiver:
    """Records the requests that it gets in a file.

    Args:
        behavior: A status, ``hang`` for no response, or ``huge`` for a response without an end.
    """

    def __init__(self, folder: Path, behavior: str = "200") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "requests.jsonl"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.start(behavior)

    def start(self, behavior: str = "200") -> None:
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(self.port), str(self.file), behavior])
        until(self._listens, "the receiver listens")

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def requests(self) -> list[dict[str, Any]]:
        """Returns the requests so far, in order."""
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().split("\n")[:-1]]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request["body"]) for request in self.requests()]


def add(api: Api, name: str, url: str, **more: Any) -> Any:
    """Adds a webhook, or changes it, and returns it."""
    return answered(api.put(f"/v1/webhooks/{name}", json={"url": url, **more}), 200, 201)
