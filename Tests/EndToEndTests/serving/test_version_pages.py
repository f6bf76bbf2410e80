"""Versions of models and pipelines are listed in pages, and a model knows the pipelines that use it, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from command import Command
from gates import golden, put_suite, run, scaled
from harness import Api, Server, answered, refused

import roost

COUNT = 120


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A model and a pipeline of 121 versions each, and 1,100 pipelines that sort before the one that answers."""
    pytest.importorskip("sqlite3")
    server = Server(tmp_path_factory.mktemp("many"))
    server.start()
    version = server.api.upload("m", scaled(2))
    put_suite(server.api, "doubles", golden(2, 4), model="m")
    assert run(server.api, "doubles", version) == "passed"
    server.api.serve("zz-last", [f"m@{version['id']}"])
    server.api.define("a0", [f"m@{version['id']}"])
    server.stop()
    copy(server.data)
    server.start()
    yield server
    server.stop()


def copy(data: Path) -> None:
    """Copies the versions and a pipeline in the catalog of a server that is not running."""
    import sqlite3

    identifier = "lower(hex(randomblob(4)) || '-0000-4000-8000-' || hex(randomblob(6)))"
    with sqlite3.connect(data / "roost.sqlite") as catalog:

        def columns(table: str, *others: str) -> str:
            return ", ".join(row[1] for row in catalog.execute(f"PRAGMA table_info({table})") if row[1] not in others)

        counted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        rest = columns("model_version", "sequence", "id", "sha256")
        catalog.execute(
            f"{counted} INSERT INTO model_version (id, sha256, {rest}) SELECT {identifier}, 'copy-' || i, {rest}"
            " FROM model_version, n",
            (COUNT,),
        )
        rest = columns("pipeline_version", "sequence", "id")
        catalog.execute(
            f"{counted} INSERT INTO pipeline_version (id, {rest}) SELECT {identifier}, {rest} FROM pipeline_version, n"
            " WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = 'zz-last')",
            (COUNT,),
        )
        rest = columns("pipeline", "id", "name")
        catalog.execute(
            f"{counted} INSERT INTO pipeline (name, {rest}) SELECT 'b' || i, {rest} FROM pipeline, n WHERE name = 'a0'",
            (1100,),
        )
        rest = columns("pipeline_version", "sequence", "id", "pipeline_id")
        catalog.execute(
            f"INSERT INTO pipeline_version (id, pipeline_id, {rest}) SELECT {identifier}, pipeline, {rest}"
            " FROM (SELECT * FROM pipeline_version WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = 'a0')),"
            " (SELECT id AS pipeline FROM pipeline WHERE name LIKE 'b%')"
        )


def pages(api: Api, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = answered(api.get(path, params={"limit": limit, "offset": len(found)}), 200)
        assert page["total"] == COUNT + 1
        assert len(page["versions"]) <= limit
        found += page["versions"]
        if not page["versions"]:
            return found


@pytest.mark.parametrize("path", ["/v1/models/m", "/v1/pipelines/zz-last/versions"])
def test_pages_have_every_version_once(many: Server, path: str) -> None:
    whole = answered(many.api.get(path), 200)["versions"]
    listed = pages(many.api, path.removesuffix("/versions") + "/versions", 50)
    assert [version["id"] for version in listed] == [version["id"] for version in whole]
    assert len(listed) == COUNT + 1
    for version in (listed[0], listed[-1]):
        path = path.removesuffix("/versions")
        assert answered(many.api.get(f"{path}/versions/{version['id']}"), 200)["id"] == version["id"]
        assert answered(many.api.get(f"{path}/versions/{version['id'][:13]}"), 200)["id"] == version["id"]
    refused(many.api.get(f"{path}/versions?limit=0"), 400, "limit")
    refused(many.api.get(f"{path}/versions?offset=-1"), 400, "offset")


def test_a_page_says_how_many_suites_tested_a_version(many: Server) -> None:
    last = answered(many.api.get("/v1/models/m/versions", params={"limit": 1, "offset": COUNT}), 200)
    (version,) = last["versions"]
    assert "suites" not in version
    assert last["suites"] == {version["id"]: {"passed": 1}}
    refused(many.api.get("/v1/models/none/versions"), 404, "model")


def test_a_list_of_models_has_the_newest_versions(many: Server, tmp_path: Path) -> None:
    whole = answered(many.api.get("/v1/models/m"), 200)
    assert whole["version_count"] == len(whole["versions"]) == COUNT + 1
    (unpaged,) = answered(many.api.get("/v1/models"), 200)["models"]
    assert unpaged == whole
    (listed,) = answered(many.api.get("/v1/models", params={"limit": 10}), 200)["models"]
    assert listed == whole | {"versions": whole["versions"][:1]}
    assert answered(many.api.get("/v1/models/m", params={"limit": 1}), 200) == listed
    client = roost.Client(many.url)
    assert [model.version() for model in client.list_models()] == [whole["versions"][0]["id"]]
    assert client.model_by_name("m").version() == whole["versions"][0]["id"]
    assert len(client.models_by_name("m")) == COUNT + 1
    command = Command(many.url, tmp_path)
    assert ["m", str(COUNT + 1)] in [line.split()[:2] for line in command("model", "list").splitlines()]


def test_a_model_that_answers_in_the_last_of_many_pipelines_is_in_use(many: Server) -> None:
    used = answered(many.api.get("/v1/models/m/uses"), 200)
    oldest = answered(many.api.get("/v1/models/m"), 200)["versions"][-1]["id"]
    assert used["uses"][0] == {"pipeline": "zz-last", "version": oldest, "answers": True}
    assert not any(use["answers"] for use in used["uses"][1:])
    # Up to 100 of those in which it does not answer are listed.
    assert (len(used["uses"]), used["more"]) == (101, 1001)
    page = requests.get(many.url + "/console/models/m", timeout=30).text
    assert "Not in use" not in page
    assert "It answers in zz-last, so it cannot be deleted." in page
    assert "/console/models/m/delete" not in page.split('id="versions"')[0]


@pytest.mark.parametrize(("path", "verb"), [("models/m", "Tag…"), ("pipelines/zz-last/versions", "Deploy…")])
def test_the_oldest_version_is_on_the_last_page(many: Server, path: str, verb: str) -> None:
    first = requests.get(f"{many.url}/console/{path}", timeout=30).text
    assert f"1 – 100 of {COUNT + 1}" in first
    api = "/v1/models/m" if path.startswith("models") else "/v1/pipelines/zz-last/versions"
    oldest = answered(many.api.get(api), 200)["versions"][-1]["id"]
    assert f'title="{oldest}"' not in first
    last = requests.get(f"{many.url}/console/{path}?offset=100", timeout=30).text
    assert f'title="{oldest}"' in last
    assert verb in last
    assert last.count('<code class="id" title=') == COUNT + 1 - 100
    behind = requests.get(f"{many.url}/console/{path}?offset=5000", timeout=30, allow_redirects=False)
    assert behind.status_code == 303
