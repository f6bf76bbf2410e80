"""A web page cannot use a server on a visitor's machine, neither across sites nor by DNS rebinding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import site, visit
from fuzz_templates import SIGNED
from harness import DATA, Api, Server, answered
from own_algorithms import MEAN, Account, add

INPUTS = (DATA / "fraud.json").read_text()


@pytest.fixture
def victim(start_server: Callable[..., Server]) -> Server:
    """A server with one resource of each kind."""
    server = start_server()
    api = server.api
    api.upload("m", "fraud-dense.onnx")
    for name in ("live", "other"):
        api.serve(name, ["m"])
        api.infer(name, json.loads(INPUTS))
    add(server.url, "mean", MEAN)
    account = Account(server.url)
    account.s3.create_bucket(Bucket="bucket")
    account.s3.put_object(Bucket="bucket", Key="model.tar.gz", Body=b"none")
    return server


def everything(api: Api, account: Account) -> dict[str, Any]:
    """Returns everything that a page could change."""
    jobs = {kind: answered(api.get(f"/v1/{kind}-jobs"), 200)["jobs"] for kind in ("training", "tuning", "transform")}
    return {
        "listing": api.listing(),
        "deployments": [answered(api.get(f"/v1/pipelines/{name}/deployment"), 200) for name in ("live", "other")],
        "log": len(api.logs("live", limit=1000)),
        "buckets": [bucket["Name"] for bucket in account.s3.list_buckets()["Buckets"]],
        "objects": [entry["Key"] for entry in account.s3.list_objects_v2(Bucket="bucket")["Contents"]],
        "jobs": [job["definition"]["name"] for found in jobs.values() for job in found],
        "models": [model["ModelName"] for model in account.sagemaker.list_models()["Models"]],
        "algorithms": answered(api.get("/v1/algorithms"), 200),
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_web_page_changes_nothing(victim: Server, tmp_path: Path, host: str) -> None:
    api, account = victim.api, Account(victim.url)
    before = everything(api, account)
    with site(victim.url, is_disguised=False) as attacker:
        target = victim.url.replace("127.0.0.1", host)
        tried = visit(attacker, target, SIGNED.format("s3"), INPUTS, tmp_path / "browser")
    assert len(tried) == ATTEMPTS, tried
    assert everything(api, account) == before
    assert victim.stop() == 0


def test_the_same_page_changes_all_of_it_where_nothing_guards_the_server(victim: Server, tmp_path: Path) -> None:
    api, account = victim.api, Account(victim.url)
    before = everything(api, account)
    with site(victim.url, is_disguised=True) as attacker, site(victim.url, is_disguised=True) as disguise:
        target = f"http://127.0.0.1:{disguise.port}"
        tried = visit(attacker, target, SIGNED.format("s3"), INPUTS, tmp_path / "browser")
    assert len(tried) == ATTEMPTS, tried
    after = everything(api, account)
    workspaces = {workspace["name"] for workspace in after["listing"][0]}
    assert workspaces >= {"cross-plain", "cross-blob", "cross-beacon", "own-workspace"}
    assert after["jobs"] == ["cross-form"]
    assert "own-bucket" in after["buckets"]
    assert {"cross-multipart", "own-object"} <= set(after["objects"])
    assert after["models"] == ["own-call"]
    assert after["log"] == before["log"] + 2
    assert [deployment["state"] for deployment in after["deployments"]] == ["Running", "Stopped"]
    live = answered(api.get("/v1/pipelines/live"), 200)
    assert live["tags"] == ["own-tag"]
    assert victim.stop() == 0


#: The number of attempts that the page makes.
ATTEMPTS = 23
