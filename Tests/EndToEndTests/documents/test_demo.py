"""The demo prints its parts, on a server on which it ran before and on one that it starts and leaves running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from harness import BINARY, REPOSITORY, until

PARTS = (
    "A challenger sees",
    "1000 requests, split 2 : 1",
    "the one bad row",
    "Every inference is in the log",
    "an assay that notices drift",
)


def demo(*arguments: str, **environment: str) -> str:
    """Runs the demo in 80 columns, and returns what it prints."""
    done = subprocess.run(
        [str(BINARY), "demo", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for part in PARTS:
        assert part in done.stdout
    return done.stdout


def test_the_demo_runs_twice_on_one_server(server: str) -> None:
    for _ in range(2):
        printed = demo(ROOST_URL=server)
        assert f"export ROOST_URL={server}" in printed
        assert "The server keeps running" not in printed, "the demo did not start this server"
        assert f"In a browser: {server}/" in printed
    with urllib.request.urlopen(f"{server}/v1/overview", timeout=10) as answer:
        overview = json.load(answer)
    assert {(need["kind"], need["pipeline"]) for need in overview["needs"]} == {
        ("verdict", "demo-split"),
        ("drift_alert", "demo-houses"),
    }
    assert [each["kind"] for each in overview["under_way"]] == ["release_running"]


def test_the_demo_leaves_a_server_that_it_started_running(tmp_path: Path) -> None:
    data = tmp_path / "data"
    printed = demo("--data", str(data))
    process = int(re.search(r"as process (\d+)", printed)[1])  # type: ignore[index]
    try:
        url = re.search(r"curl (http://127.0.0.1:\d+)/metrics", printed)[1]  # type: ignore[index]
        with urllib.request.urlopen(f"{url}/v1/pipelines/demo-split/deployment", timeout=10) as answer:
            assert b'"state":"Running"' in answer.read()
        assert os.getsid(process) == process, "the end of the terminal would end the server"
        assert f"Roost listens on {url}" in (data / "serve.log").read_text()
        assert (data / "serve.log").stat().st_mode & 0o077 == 0
    finally:
        os.kill(process, signal.SIGTERM)
    until(lambda: not Path(f"/proc/{process}").exists(), "the server ends")


def test_the_demo_stops_the_server_on_demand(tmp_path: Path) -> None:
    printed = demo("--data", str(tmp_path / "data"), "--stop")
    assert "keeps running" not in printed
    holder = int((tmp_path / "data" / "lock").read_text())
    assert not Path(f"/proc/{holder}").exists()


def test_the_picture_shows_this_demo() -> None:
    shown = (REPOSITORY / "docs" / "images" / "demo.svg").read_text()
    missing = [part for part in PARTS if part not in shown]
    assert not missing, f"Draw it again with scripts/make_demo_picture.py. It does not show: {missing}"


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "roost.sqlite").write_text("no database")
    done = subprocess.run(
        [str(BINARY), "demo", "--data", str(tmp_path / "data")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "The server did not start" in done.stderr
    assert "file is not a database" in done.stderr
