"""The real nginx in front of a server, with the configuration that the guide shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from harness import REPOSITORY, until

GUIDE = REPOSITORY / "docs" / "guides" / "run-in-production.md"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
USER = "ada"
#: What a URL, a header or a shell would take apart.
PASSWORD = "p@ss:w/rd 100%"
TOKEN = "not-guessable-0123456789"


class Nginx:
    """A proxy with TLS for a server, which it has in `folder`.

    Args:
        folder: An empty folder.
        server: The server's URL.
        block: The number of the guide's configuration: 0 for users with passwords, 1 for a token.
        prefix: Where the server is below the proxy's root.
    """

    def __init__(self, folder: Path, server: str, block: int = 0, prefix: str = "") -> None:
        self.folder = folder
        self.prefix = prefix
        self.certificate = folder / "proxy.pem"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._certify()
        hashed = subprocess.run(
            ["openssl", "passwd", "-apr1", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
        ).stdout
        (folder / "htpasswd").write_text(f"{USER}:{hashed}")
        site = re.findall(r"^```nginx\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)[block]
        for shown, here in {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/ssl/models.example.com.pem": str(self.certificate),
            "/etc/ssl/models.example.com.key": str(folder / "proxy.key"),
            "/etc/nginx/roost.htpasswd": str(folder / "htpasswd"),
            "http://127.0.0.1:8080": server,
            "REPLACE-WITH-A-RANDOM-TOKEN": TOKEN,
        }.items():
            site = site.replace(shown, here)
        if prefix:
            site = site.replace("location / {", f"location {prefix}/ {{")
            site = site.replace(f"pass {server};\n    }}", f"pass {server}/;\n    }}")
        account = "user root;\n" if os.geteuid() == 0 else ""
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{account}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log {folder}/access.log;\n{paths}{site}}}\n"
        )
        self.process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
            stdin=subprocess.DEVNULL,
        )
        until(self._listens, "nginx listens", 10)

    @property
    def url(self) -> str:
        """The address without credentials."""
        return f"https://127.0.0.1:{self.port}{self.prefix}"

    def url_for(self, user: str, password: str) -> str:
        return f"https://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:{self.port}{self.prefix}/"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"nginx has ended:\n{(self.folder / 'error.log').read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _certify(self) -> None:
        subprocess.run(
            [
                *["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
                *["-keyout", str(self.folder / "proxy.key"), "-out", str(self.certificate), "-days", "2"],
                *["-subj", "/CN=models.example.com", "-addext", "subjectAltName=IP:127.0.0.1"],
            ],
            capture_output=True,
            check=True,
        )
