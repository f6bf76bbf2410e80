"""Measures the console of a release build: how soon a browser paints each page, what the page weighs, and what pages cost the server
when there are 10,000 pipelines.

Each load has an empty cache and a renderer of its own. The window is open for a second before, as a person's is: a new window keeps
the browser busy with itself.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import http.server
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import ROOT, call, roost
from claims import show
from playwright.sync_api import Browser, sync_playwright

ROUNDS = 5
PIPELINES = 10_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREENS = (
    "",
    "pipelines",
    "experiments",
    "shadow",
    "releases",
    "drift",
    "log",
    "models",
    "suites",
    "jobs",
    "loops",
    "events",
    "endpoints",
    "functions",
    "apis",
    "buckets",
)
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def pages(url: str) -> list[str]:
    """Returns the paths of all screens and of what the demo has made."""

    def listed(what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(call("GET", f"{url}/v1/{what}"))[what]
        return found

    pipelines = [f"pipelines/{each['name']}" for each in listed("pipelines")]
    releases = [f"releases/{each['id']}" for each in listed("releases")]
    assays = [f"drift/{each['name']}" for each in listed("assays")]
    logs = [f"{pipeline}/log" for pipeline in pipelines]
    return [f"/console/{page}" if page else "/" for page in (*SCREENS, *pipelines, *logs, *releases, *assays)]


def load(browser: Browser, address: str) -> tuple[float, float]:
    """Returns the milliseconds until the first paint with content, and the kilobytes transferred until all is quiet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.wait_for_timeout(1000)
        transferred = 0.0

        def finished(event: dict[str, Any]) -> None:
            nonlocal transferred
            transferred += event["encodedDataLength"] / 1000

        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", finished)
        response = page.goto(address)
        if response is None or not response.ok:
            raise SystemExit(f"{address} could not be opened.")
        # The page's policy forbids what the driver's own wait for a condition does.
        page.wait_for_timeout(500)
        return float(page.evaluate(PAINTED)), transferred
    finally:
        context.close()


@contextlib.contextmanager
def one_word() -> Iterator[str]:
    """Serves a page of one word, the least that this browser can paint on this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Scale</title><p>Hello"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def paints(binary: Path, folder: Path) -> tuple[float, float]:
    """Returns the slowest median of a page's first paint in milliseconds, and the kilobytes of the largest page."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise SystemExit("No browser is installed. Run: scripts/install-deps.sh browser")
    with roost(binary, folder / "data") as (url, _, _), one_word() as scale, sync_playwright() as playwright:
        subprocess.run([binary, "demo", "--url", url], check=True, stdout=subprocess.DEVNULL)
        arguments = ["--no-sandbox", "--disable-gpu", "--no-proxy-server"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        slowest = largest = 0.0
        for path in (scale, *pages(url)):
            loads = [load(browser, urllib.parse.urljoin(url, path)) for _ in range(ROUNDS)]
            painted, size = statistics.median(each[0] for each in loads), max(each[1] for each in loads)
            print(f"  {path:64} {painted:6.0f} ms {size:8.1f} kB", flush=True)
            slowest, largest = max(slowest, painted), max(largest, size)
        browser.close()
        return slowest, largest


def log_large_entries(url: str, send: Callable[[str, str, str], float]) -> None:
    """Fills the first page of a log with entries whose inputs and outputs are nearly as large as the log keeps."""
    chosen = random.Random(1)
    model = (ROOT / "Examples" / "models" / "scaler.onnx").read_bytes()
    call("POST", f"{url}/v1/models/scaler/versions", model, "application/octet-stream")
    call("PUT", f"{url}/v1/pipelines/large", json.dumps({"name": "large", "steps": [{"model": "scaler"}]}).encode())
    call("PUT", f"{url}/v1/pipelines/large/deployment")
    while json.loads(call("GET", f"{url}/v1/pipelines/large/deployment"))["state"] != "Running":
        time.sleep(0.05)
    rows = [[round(chosen.gauss(0, 1), 6) for _ in range(29)] for _ in range(80)]
    for _ in range(100):
        send("POST", "/v1/pipelines/large/infer", json.dumps({"raw": rows}))
    if any("omitted" in entry for entry in json.loads(call("GET", f"{url}/v1/pipelines/large/logs"))["entries"]):
        raise SystemExit("The entries are larger than the log keeps.")


def many(binary: Path, folder: Path) -> float:
    """Returns the milliseconds of the slowest page on a server with many pipelines, the median of each page's requests."""
    with roost(binary, folder / "data") as (url, _, _):
        model = (ROOT / "Examples" / "models" / "fraud-dense.onnx").read_bytes()
        call("POST", f"{url}/v1/models/model/versions", model, "application/octet-stream")
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

        def send(method: str, path: str, body: str | None = None) -> float:
            before = time.monotonic()
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            response.read()
            if response.status >= 300:
                raise SystemExit(f"{method} {path} was answered with {response.status}.")
            return (time.monotonic() - before) * 1000

        for number in range(PIPELINES):
            definition = {"name": f"p{number:05}", "steps": [{"model": "model"}]}
            send("PUT", f"/v1/pipelines/p{number:05}", json.dumps(definition))
        log_large_entries(url, send)
        slowest = 0.0
        paths = ("", "pipelines", "pipelines?page=50", "log", "pipelines/p05000", "pipelines/large/log")
        for path in (f"/console/{path}" if path else "/" for path in paths):
            median = statistics.median(send("GET", path) for _ in range(2 * ROUNDS + 1))
            print(f"  {path:64} {median:6.1f} ms with {PIPELINES} pipelines", flush=True)
            slowest = max(slowest, median)
        return slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build-release" / "release" / "roost")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"No release build at {options.binary}. Build one with: make release")
    with tempfile.TemporaryDirectory() as folder:
        painted, size = paints(options.binary, Path(folder) / "demo")
        server = many(options.binary, Path(folder) / "many")
    show(
        "console",
        [
            ("first paint of the slowest page, ms", painted, "< 300", painted < 300),
            ("the largest page with all it loads, kB", size, "< 100", size < 100),
            ("slowest page with 10,000 pipelines, ms", server, "< 100", server < 100),
        ],
    )


if __name__ == "__main__":
    main()
