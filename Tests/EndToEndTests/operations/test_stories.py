"""What people do every day, from beginning to end, on a terminal of 80 columns."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import DATA, MODELS, Server, until
from nginx import NGINX, PASSWORD, USER, Nginx
from screen import Screen, written

COLUMNS = 80


class Person:
    """Someone who works at a terminal. Whatever a command prints must fit into its lines."""

    def __init__(self, url: str, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = os.environ | {"ROOST_URL": url} | environment

    def types(self, *arguments: str) -> str:
        """Returns what the screen shows when the command, which must succeed, has ended."""
        output = written(list(arguments), self.folder, self.environment, COLUMNS)
        # On a screen without an edge, a line that is too long is not wrapped.
        screen = Screen(10_000, 24)
        screen.write(re.sub(r"\x1b\[\d*(;\d+)*m", "", output))
        lines = [line.rstrip() for line in screen.lines]
        # Paths, addresses and whole identifiers are not shortened in sentences, because people copy them.
        too_long = [line for line in lines if len(re.sub(r"\S{24,}", "…", line)) > COLUMNS]
        assert not too_long, f"roost {' '.join(arguments)} prints lines of more than {COLUMNS} columns: {too_long}"
        return "\n".join(lines)

    def writes(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


@pytest.fixture
def person(server: str, tmp_path: Path) -> Person:
    return Person(server, tmp_path)


def pipeline(name: str, model: str) -> str:
    return f"name: {name}\nsteps:\n  - model: {model}\n"


def version_of(text: str) -> str:
    """Returns the first version in a text."""
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)
    assert found, text
    return found[0]


def test_a_roll_back_and_what_runs_after_it(start_server: Callable[..., Server], tmp_path: Path) -> None:
    person = Person(start_server().url, tmp_path)
    name = "story-of-a-roll-back"
    person.writes("pipeline.yaml", pipeline(name, "story-back"))
    first = version_of(person.types("model", "upload", "story-back", str(MODELS / "fraud-dense.onnx")))
    person.types("pipeline", "apply", "--file", "pipeline.yaml", "--deploy")
    assert f"is already story-back@{first}" in person.types(
        "model", "upload", "story-back", str(MODELS / "fraud-dense.onnx")
    )
    second = version_of(person.types("model", "upload", "story-back", str(MODELS / "fraud-dense-2.onnx")))
    person.types("model", "tag", f"story-back@{second[:8]}", "candidate")
    person.writes("pipeline.yaml", pipeline(name, "story-back@candidate"))
    person.types("pipeline", "apply", "--file", "pipeline.yaml", "--deploy")
    assert f"story-back@{second}" in person.types("pipeline", "show", name)

    person.types("pipeline", "rollback", name)
    shown = person.types("pipeline", "show", name)
    assert "which is not the newest" in shown
    assert f"story-back@{first}" in shown
    listed = person.types("pipeline", "list")
    (line,) = [line for line in listed.splitlines() if line.startswith(name)]
    assert "Running" in line
    assert f"story-back@{first[:8]}" in line, "the list shows the model that runs, not the newest"
    versions = person.types("pipeline", "versions", name)
    assert re.search(r"Running .*story-back@" + first[:8], versions)
    assert re.search(r"previous .*story-back@" + second[:8], versions)

    person.types("pipeline", "rollback", name, "--to", "previous")
    assert f"story-back@{second}" in person.types("pipeline", "show", name)


def test_deleting_what_is_no_longer_needed(person: Person) -> None:
    name = "story-of-a-deletion"
    person.writes("pipeline.yaml", pipeline(name, "story-gone"))
    person.types("model", "upload", "story-gone", str(MODELS / "fraud-dense.onnx"))
    person.types("pipeline", "apply", "--file", "pipeline.yaml", "--deploy")
    person.types("infer", name, "--file", str(DATA / "fraud.json"))
    person.types("pipeline", "undeploy", name)
    person.types("logs", name, "--export", "log.jsonl")
    assert "Deleted pipeline" in person.types("pipeline", "delete", name, "--with-log", "--yes")
    assert "Deleted model" in person.types("model", "delete", "story-gone", "--yes")
    assert "story-gone" not in person.types("model", "list")


@pytest.mark.skipif(
    not Path(NGINX).is_file(), reason="There is no nginx. Install it with: scripts/install-deps.sh test"
)
def test_working_behind_the_nginx_of_the_guide(running_server: Server, tmp_path: Path) -> None:
    nginx = Nginx(tmp_path, running_server.url)
    try:
        person = Person(nginx.url_for(USER, PASSWORD), tmp_path, SSL_CERT_FILE=str(nginx.certificate))
        name = "story-of-a-proxy"
        person.writes("pipeline.yaml", pipeline(name, "story-proxy"))
        person.types("model", "upload", "story-proxy", str(MODELS / "fraud-dense.onnx"))
        person.types("pipeline", "apply", "--file", "pipeline.yaml", "--deploy")
        assert "probability" in person.types("infer", name, "--file", str(DATA / "fraud.json"))
        assert "story-proxy" in person.types("logs", name)
        assert "ready" in person.types("status")
    finally:
        nginx.stop()


def test_a_backup_is_restored(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    person = Person(server.url, tmp_path)
    name = "kept"
    person.writes("pipeline.yaml", pipeline(name, "kept"))
    person.types("model", "upload", "kept", str(MODELS / "fraud-dense.onnx"))
    person.types("pipeline", "apply", "--file", "pipeline.yaml", "--deploy")
    answer = person.types("infer", name, "--file", str(DATA / "fraud.json"))
    until(lambda: "kept" in person.types("logs", name), "the inference is in the log")
    person.types("backup", "roost.tar", "--data", str(server.data))
    person.types("backup", "verify", "roost.tar")
    person.types("doctor", "--data", str(server.data))
    server.stop()

    restored = tmp_path / "other" / "data"
    restored.parent.mkdir()
    person.types("restore", "roost.tar", "--data", str(restored))
    second = start_server(folder=restored.parent)
    after = Person(second.url, tmp_path)
    assert "kept" in after.types("logs", name), "the log of the first server"
    times = re.compile(r"\d+(\.\d+)? (µs|ms)")
    assert times.sub("", after.types("infer", name, "--file", str(DATA / "fraud.json"))) == times.sub("", answer)


def test_from_one_server_to_another(person: Person, start_server: Callable[..., Server], tmp_path: Path) -> None:
    name = "story-of-a-promotion"
    definitions = tmp_path / "definitions"
    definitions.mkdir()
    (definitions / "model.yaml").write_text(f"name: story-promoted\nfile: {MODELS / 'fraud-dense.onnx'}\n")
    (definitions / "fraud-dense.onnx").write_bytes((MODELS / "fraud-dense.onnx").read_bytes())
    (definitions / "model.yaml").write_text("name: story-promoted\nfile: fraud-dense.onnx\n")
    (definitions / "pipeline.yaml").write_text(pipeline(name, "story-promoted"))
    assert name in person.types("diff", "-f", "definitions")
    person.types("apply", "-f", "definitions", "--deploy")
    assert "unchanged" in person.types("apply", "-f", "definitions", "--deploy")

    person.types("export", name, "promotion.roost")
    production = Person(start_server().url, tmp_path)
    production.types("import", "promotion.roost", "--deploy")
    assert "Running" in production.types("pipeline", "list")
    assert "probability" in production.types("infer", name, "--file", str(DATA / "fraud.json"))


def test_from_data_to_answers(person: Person) -> None:
    name = "story-of-a-training"
    rows = "".join(f"{2 * row + 1},{row},{row % 3}\n" for row in range(60))
    person.writes("train.csv", rows)
    person.types("bucket", "mb", "s3://story-of-a-training")
    printed = person.types(
        *["train", "--algorithm", "xgboost", "--set", "num_round=5", "--set", "objective=reg:squarederror"],
        *["--channel", "train=./train.csv", "--content-type", "text/csv"],
        *["--output", "s3://story-of-a-training/models", "--deploy", name],
    )
    assert "roost infer" in printed
    assert name in person.types("infer", name, '{"input": [[3, 0]]}')
    assert "models/" in person.types("bucket", "ls", "s3://story-of-a-training/")
