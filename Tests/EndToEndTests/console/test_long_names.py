"""Pages of things with the longest names that are valid, which cannot be broken after a hyphen, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from endpoint_clients import AWS, Trained
from functions import Functions
from gates import golden, put_gate, put_suite, run, scaled
from gateway import Gateway
from harness import Api, answered
from looped import TRAINING, bucket, ended, put, put_loop
from monitored import infer, report, split
from playwright.sync_api import Page
from released import stage, start

FIRST, SECOND, SHADOW, RELEASED, ENDPOINT = (letter * 63 for letter in "wmsre")
#: Names of functions and of APIs may be longer.
FUNCTION, GATEWAY = "f" * 64, "a" * 128


@pytest.fixture(scope="module")
def long(server: str, api: Api, functions: Functions, gateway: Gateway) -> dict[str, str]:
    """The IDs of what has no name."""
    answered(api.post("/v1/workspaces", json={"name": FIRST}), 201)
    first, second = api.upload(FIRST, scaled(2)), api.upload(SECOND, scaled(3))
    api.upload(SECOND, scaled(3), FIRST)
    answered(api.put(f"/v1/models/{FIRST}/versions/{first['id']}/tags/{FIRST}"), 200, 201)
    version = api.serve(
        FIRST,
        [split((FIRST, 1), (SECOND, 1))],
        [(FIRST, f"{FIRST}.outputs[0][0] < 1")],
        goal={"metric": "outputs[0][0] > 1"},
    )
    answered(api.put(f"/v1/pipelines/{FIRST}/versions/{version['id']}/tags/{FIRST}"), 200, 201)
    answered(api.put(f"/v1/pipelines/{FIRST}/tags/{FIRST}"), 200, 201)
    api.serve(SHADOW, [{"shadow_deploy": {"champion": FIRST, "challengers": [SECOND]}}])
    for pipeline in (FIRST, SHADOW):
        for index in range(40):
            infer(api, pipeline, f"{pipeline}{index}", [index / 40])
    report(api, FIRST)
    report(api, SHADOW, kind="shadow")
    api.serve(RELEASED, [FIRST])
    release = start(api, RELEASED, SECOND, stage(0.5, "1h"))["id"]
    put_suite(api, FIRST, golden(2, 4, FIRST), golden(-1, -2, SECOND), model=FIRST)
    run(api, FIRST, first)
    put_suite(api, SECOND, golden(2, 5), model=SECOND)
    put_gate(api, FIRST, FIRST, SECOND)
    put_loop(api, FIRST, FIRST, {"every": "52w"}, {"tell": FIRST})
    loop = answered(api.post(f"/v1/loops/{FIRST}/runs"), 201)["id"]
    ended(api, loop)
    baseline = {"values": [index / 200 for index in range(200)]}
    assay = {"pipeline": FIRST, "metric": "outputs[0][0]", "baseline": baseline, "window": "1h", "alert": 0.2}
    answered(api.put(f"/v1/assays/{FIRST}", json=assay), 201)
    bucket(api, FIRST)
    put(api, FIRST * 4, "1", FIRST)
    put(api, f"{FIRST}/{SECOND}", "1", FIRST)
    functions.create(FunctionName=FUNCTION)
    found = gateway.http.create_api(Name=GATEWAY, ProtocolType="HTTP")["ApiId"]
    gateway.http.create_route(ApiId=found, RouteKey=f"GET /{FIRST}")
    gateway.http.create_stage(ApiId=found, StageName=FIRST)
    aws = AWS(server)
    aws.put_model(FIRST, Trained(0).archive)
    aws.put_config(FIRST, (FIRST, FIRST, 1), (SECOND, FIRST, 1))
    aws.serve(ENDPOINT, FIRST)
    bucket(api)
    put(api, "first/train.csv", "1,2\n3,4\n" * 40)
    answered(api.post("/v1/training-jobs", json=TRAINING | {"name": FIRST}), 201)
    return {"RELEASE": release, "RUN": loop, "VERSION": first["id"], "OTHER": second["id"], "PIPELINE": version["id"]}


PIPELINE, SHADOWED = f"/console/pipelines/{FIRST}", f"/console/pipelines/{SHADOW}"
PATHS = [
    *("/", "/console/pipelines", "/console/endpoints", "/console/functions", "/console/apis", "/console/experiments"),
    *("/console/shadow", "/console/releases", "/console/log", "/console/drift", "/console/events", "/console/models"),
    *("/console/suites", "/console/jobs", "/console/loops", "/console/buckets", f"/console/search?q={FIRST}"),
    *(f"/console/models?workspace={FIRST}", f"/console/pipelines?search={FIRST}", "/console/assays/preview"),
    *(PIPELINE, f"{PIPELINE}/versions", f"{PIPELINE}/definition", f"{PIPELINE}/experiment", f"{PIPELINE}/log"),
    *(f"{PIPELINE}/log?open={FIRST}1", f"{PIPELINE}/deploy", f"{PIPELINE}/stop", f"{PIPELINE}/promote"),
    *(f"{PIPELINE}/report?kind=experiment", f"{PIPELINE}/rollback", f"{PIPELINE}/weights"),
    *(f"{PIPELINE}/log/{FIRST}1/label", f"/console/pipelines/{RELEASED}", SHADOWED, f"{SHADOWED}/shadow"),
    *(f"{SHADOWED}/log", f"/console/releases/new?pipeline={FIRST}", "/console/releases/RELEASE"),
    *("/console/releases/RELEASE/abort", "/console/releases/RELEASE/promote"),
    *(f"/console/drift/{FIRST}", f"/console/drift/{FIRST}/delete", f"/console/drift/{FIRST}/pause"),
    *(f"/console/models/{FIRST}", f"/console/models/{SECOND}", f"/console/models/{FIRST}/delete"),
    *(f"/console/models/{SECOND}?workspace={FIRST}", f"/console/models/{SECOND}/delete?workspace={FIRST}"),
    *(f"/console/models/{FIRST}/tag?version=VERSION", f"/console/models/{FIRST}/untag?version=VERSION&tag={FIRST}"),
    *(f"/console/suites/{FIRST}", f"/console/suites/{FIRST}/delete", f"/console/suites/{FIRST}/run"),
    f"/console/gates/{FIRST}/override?model={SECOND}@OTHER",
    *(f"/console/loops/{FIRST}", f"/console/loops/{FIRST}/runs/RUN", f"/console/loops/{FIRST}/run"),
    *(f"/console/buckets/{FIRST}", f"/console/buckets/{FIRST}/delete", f"/console/buckets/{FIRST}/empty"),
    *(f"/console/functions/{FUNCTION}", f"/console/endpoints/{ENDPOINT}", f"/console/endpoints/{ENDPOINT}/delete"),
    *(f"/console/endpoint-configurations/{FIRST}/delete", f"/console/jobs/training-jobs/{FIRST}"),
    f"/console/pipelines/{FIRST}x",
]


def excess(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def brief(path: str) -> str:
    """Names files with pictures, which cannot be as long."""
    return re.sub(r"(\w)\1{9,}", r"\1", path)


@pytest.mark.parametrize("path", PATHS, ids=brief)
def test_a_long_name_makes_nothing_scroll(path: str, long: dict[str, str], page: Page) -> None:
    for word, id in long.items():
        path = path.replace(word, id)
    answer: Any = page.goto(path)
    assert answer.status < 500
    assert excess(page) <= 0
    # Tables scroll within themselves, so their columns are looked at, too; those of points have numbers only.
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.slice(0, 80))"
    assert page.locator(".title").evaluate("title => title.clientWidth") > 150
    broken = "all => all.filter(one => !one.textContent.includes(' ') && one.getClientRects().length > 1).length"
    assert page.locator("main thead button").evaluate_all(broken) == 0
    assert page.locator("main .wide:not(.points .wide)").evaluate_all(wide) == []
