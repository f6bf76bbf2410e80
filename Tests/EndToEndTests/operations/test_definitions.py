"""`roost diff`, `roost apply`, `roost export` and `roost import`: pipelines in files, and from one server to another."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import Command
from harness import DATA, MODELS, Api, Server, answered

ROWS = json.loads((DATA / "fraud.json").read_text())

PIPELINE = """name: {name}
steps:
  - shadow_deploy:
      champion: {name}-dense
      challengers: [{name}-trees]
validations:
  - name: certain
    expression: {name}-dense.outputs[0][0] < {limit}
"""
MODEL = """name: {model}
file: models/{file}
"""


@pytest.fixture
def command(server: str, tmp_path: Path) -> Command:
    return Command(server, tmp_path)


def write(folder: Path, name: str, limit: float = 0.9, dense: str = "fraud-dense.onnx") -> None:
    """Writes a folder with a pipeline and its two models."""
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for file in ("fraud-dense.onnx", "fraud-trees.onnx"):
        shutil.copy(MODELS / file, folder / "models")
    (folder / "pipeline.yaml").write_text(PIPELINE.format(name=name, limit=limit))
    models = [("dense", dense), ("trees", "fraud-trees.onnx")]
    documents = [MODEL.format(model=f"{name}-{kind}", file=file) for kind, file in models]
    (folder / "models.yml").write_text("---\n".join(documents))


def version_of(api: Api, pipeline: str) -> Any:
    return answered(api.get(f"/v1/pipelines/{pipeline}"), 200)["version"]


def test_a_folder_is_compared_and_applied(api: Api, command: Command, tmp_path: Path) -> None:
    write(tmp_path / "d", "gitops")
    shown = command("diff", "-f", "d")
    assert shown.startswith("Model gitops-dense: new version from ")
    assert "--- /dev/null\n+++ d/pipeline.yaml: gitops\n@@ -0,0 +1," in shown
    assert "+    champion: gitops-dense@new\n" in shown
    assert api.get("/v1/pipelines/gitops").status_code == 404, "diff changes nothing"
    assert api.get("/v1/models/gitops-dense").status_code == 404
    assert command.run("diff", "-f", "d", "--exit-code").returncode == 1

    created = command("apply", "-f", "d", "--deploy")
    first = version_of(api, "gitops")
    assert (
        f"Model gitops-dense: uploaded, version {first['steps'][0]['shadow_deploy']['champion'].split('@')[1]}"
        in created
    )
    assert created.endswith(f"Pipeline gitops: created, version {first['id']}, deployed\n")
    assert api.settled("gitops")["state"] == "Running"

    assert command("diff", "-f", "d", "--exit-code") == ""
    again = command("apply", "-f", "d", "--deploy")
    assert again.count("unchanged") == 3
    assert version_of(api, "gitops") == first

    write(tmp_path / "d", "gitops", limit=0.5)
    shown = command("diff", "-f", "d")
    changed = [line for line in shown.splitlines() if line[0] in "+-"]
    assert changed == [
        "--- server: gitops",
        "+++ d/pipeline.yaml: gitops",
        "-  expression: gitops-dense.outputs[0][0] < 0.9",
        "+  expression: gitops-dense.outputs[0][0] < 0.5",
    ]
    reports = command.json("apply", "-f", "d")
    assert [(each["kind"], each["change"]) for each in reports] == [
        ("model", "unchanged"),
        ("model", "unchanged"),
        ("pipeline", "changed"),
    ]
    assert reports[2]["version"] == version_of(api, "gitops")["id"]
    assert reports[2]["diff"] in shown

    # Another file of a model, and back: the first version is used again.
    write(tmp_path / "d", "gitops", limit=0.5, dense="fraud-trees.onnx")
    command("apply", "-f", "d")
    write(tmp_path / "d", "gitops", limit=0.5)
    command("apply", "-f", "d")
    champions = [
        version["steps"][0]["shadow_deploy"]["champion"]
        for version in answered(api.get("/v1/pipelines/gitops/versions"), 200)["versions"]
    ]
    assert champions[0] == champions[2] != champions[1]
    assert len(answered(api.get("/v1/models/gitops-dense"), 200)["versions"]) == 2


def test_nothing_changes_if_one_definition_is_wrong(api: Api, command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    write(folder, "wrong")
    (folder / "z.yaml").write_text("name: wrong-z\nsteps: [{model: no-such-model}]\n")
    assert "pipeline 'wrong-z': Model 'no-such-model' does not exist" in command.fails("apply", "-f", "wrong")
    assert api.get("/v1/pipelines/wrong").status_code == 404
    assert api.get("/v1/models/wrong-dense").status_code == 404
    (folder / "z.yaml").write_text("name: wrong\nsteps: []\n")
    assert "Pipeline 'wrong' is defined twice" in command.fails("apply", "-f", "wrong")
    (folder / "z.yaml").write_text("name: wrong-z\nstep: []\n")
    assert "wrong/z.yaml': " in command.fails("diff", "-f", "wrong")
    (folder / "z.yaml").write_text("name: wrong-z\nworkspace: nowhere\n")
    assert "There is no workspace 'nowhere'" in command.fails("apply", "-f", "wrong")
    for text in ("", "- 1\n", "a: [", "name: 1\nfile: 2\nthird: 3\n", "file: models/x.onnx\n"):
        (folder / "z.yaml").write_text(text)
        assert "z.yaml'" in command.fails("apply", "-f", "wrong")
    assert api.get("/v1/models/wrong-dense").status_code == 404


def test_models_come_only_from_the_folder(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "outside"
    folder.mkdir()
    shutil.copy(MODELS / "fraud-dense.onnx", tmp_path / "secret.onnx")
    (folder / "link.onnx").symlink_to(tmp_path / "secret.onnx")
    for file in ("../secret.onnx", "link.onnx", "sub/../../secret.onnx", "."):
        (folder / "sub").mkdir(exist_ok=True)
        (folder / "m.yaml").write_text(f"name: outside\nfile: {file}\n")
        assert "must be in the folder of its definition" in command.fails("apply", "-f", "outside")
    for file in ("missing.onnx", str(tmp_path / "secret.onnx"), "sub"):
        (folder / "m.yaml").write_text(f"name: outside\nfile: {file}\n")
        assert "There is no readable file" in command.fails("apply", "-f", "outside")
    assert "has no .yaml" in command.fails("apply", "-f", "outside/sub")
    assert "There is no readable file" in command.fails("apply", "-f", "nowhere")


def test_one_file_and_standard_input(api: Api, command: Command) -> None:
    api.upload("typed-in", "fraud-dense.onnx")
    text = "name: typed-in\nsteps: [{model: typed-in}]\n"
    assert "created" in command("apply", "-f", "-", text=text)
    assert "unchanged" in command("apply", "-f", "-", text=text)
    (command.folder / "t").write_text(text)
    assert "unchanged" in command("apply", "-f", "t")
    (command.folder / "typed.json").write_text(json.dumps({"name": "typed-in", "steps": [{"model": "typed-in"}]}))
    assert "unchanged" in command("apply", "-f", "typed.json")
    # A newer version of the model is what the name stands for now.
    newest = api.upload("typed-in", "fraud-trees.onnx")["id"]
    assert f"+- model: typed-in@{newest}\n" in command("diff", "-f", "typed.json")


# Export and import


def test_a_pipeline_moves_to_another_server(
    api: Api, command: Command, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    write(tmp_path / "d", "moved")
    command("apply", "-f", "d", "--deploy")
    old = version_of(api, "moved")
    # What is newest is not what the pipeline has.
    api.upload("moved-dense", "fraud-trees.onnx")
    assert "Exported pipeline moved with 2 models to moved.roost." in command("export", "moved", "moved.roost")

    other = start_server()
    production = Command(other.url, tmp_path)
    printed = production("import", "moved.roost", "--deploy")
    new = version_of(other.api, "moved")
    assert printed == f"Created pipeline moved, version {new['id']}, deployed.\n"
    assert new["validations"] == old["validations"]
    assert other.api.infer("moved", ROWS)["outputs"] == api.infer("moved", ROWS)["outputs"]
    assert production("import", "moved.roost") == f"Unchanged: pipeline moved, version {new['id']}.\n"
    assert len(answered(other.api.get("/v1/models/moved-dense"), 200)["versions"]) == 1

    # A second export of the import is the same pipeline, and becomes a new version where the pipeline was changed.
    production("export", "moved", "back.roost")
    assert "Unchanged" in command("import", "back.roost")
    write(tmp_path / "d", "moved", limit=0.5)
    command("apply", "-f", "d")
    assert "Changed pipeline moved" in command("import", "back.roost")
    versions = answered(api.get("/v1/pipelines/moved/versions"), 200)["versions"]
    assert versions[0]["steps"] == versions[2]["steps"] == old["steps"]
    command("export", "moved", "older.roost", "--version", versions[1]["id"][:8])
    with tarfile.open(tmp_path / "older.roost") as archive:
        manifest = json.load(archive.extractfile("pipeline.json"))  # type: ignore[arg-type]
    assert manifest["definition"]["validations"] == versions[1]["validations"]

    production("workspace", "create", "team")
    assert "belongs to workspace 'default'" in production.fails("import", "moved.roost", "--workspace", "team")
    assert "There is no workspace 'nowhere'" in production.fails("import", "moved.roost", "--workspace", "nowhere")


def test_an_import_names_what_is_missing(
    api: Api, command: Command, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    code = "def handler(event, context):\n    return event\n"
    answered(api.put("/v1/functions/exported", json={"source": code, "runtime": "python3.12"}), 200, 201)
    api.upload("with-function", "fraud-dense.onnx")
    api.define("with-function", [{"function": "exported"}, "with-function"])
    assert "It needs the function exported" in command("export", "with-function", "f.roost")
    other = start_server()
    message = Command(other.url, tmp_path).fails("import", "f.roost")
    assert "functions that the server does not have: exported" in message
    assert answered(other.api.get("/v1/models"), 200)["models"] == []
    answered(other.api.put("/v1/functions/exported", json={"source": code, "runtime": "python3.12"}), 200, 201)
    assert "Created" in Command(other.url, tmp_path)("import", "f.roost")
    assert "Pipeline 'nothing' does not exist" in command.fails("export", "nothing", "n.roost")
    assert "has no version 'ffff'" in command.fails("export", "with-function", "n.roost", "--version", "ffff")
    assert "cannot be written" in command.fails("export", "with-function", "no/such/folder")
    assert not list(tmp_path.glob("n.roost*"))


def packed(entries: list[tuple[str, bytes]], path: Path) -> str:
    with tarfile.open(path, "w") as archive:
        for name, data in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return str(path)


def test_hostile_files_are_refused(api: Api, command: Command, tmp_path: Path) -> None:
    artifact = (MODELS / "fraud-dense.onnx").read_bytes()
    digest = hashlib.sha256(artifact).hexdigest()
    model = {"version": "hostile@1", "framework": "onnx", "sha256": digest}
    definition = {"name": "hostile", "steps": [{"model": "hostile@1"}]}
    manifest: dict[str, Any] = {"format": 1, "definition": definition, "models": [model]}
    path = tmp_path / "x"

    def entries(more: dict[str, Any], *files: tuple[str, bytes]) -> str:
        return packed([("pipeline.json", json.dumps(manifest | more).encode()), *files], path)

    good = (f"models/{digest}", artifact)
    for archive in (
        packed([good], path),
        packed([], path),
        packed([("pipeline.json", b"x" * (5 << 20))], path),
        packed([("pipeline.json", b"[]")], path),
        packed([("pipeline.json", b"{}"), good], path),
        entries({}),
        entries({}, good, good),
        entries({}, (f"models/{digest}", artifact + b"x")),
        entries({}, ("../x", artifact)),
        entries({}, ("/etc/x", artifact)),
        entries({"format": 2}, good),
        entries({"models": []}, good),
        entries({"models": [model | {"sha256": "../../etc/passwd"}]}, good),
        entries({"models": [model | {"framework": "pickle"}]}, good),
        entries({"models": [model | {"framework": "xgboost"}]}, good),
        entries({"definition": definition | {"name": "../x"}}, good),
        entries({"definition": definition | {"step": 1}}, good),
    ):
        assert command.fails("import", archive)
    path.write_bytes(b"nothing of this kind")
    assert command.fails("import", "x")
    assert "no readable file" in command.fails("import", "missing")
    assert api.get("/v1/models/hostile").status_code == 404
    assert api.get("/v1/pipelines/hostile").status_code == 404
    assert "Created" in command("import", entries({}, good))
