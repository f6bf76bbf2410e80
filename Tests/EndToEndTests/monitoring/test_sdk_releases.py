"""Releases and promotions through the Python SDK, against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import small_onnx
from harness import Api, until
from monitored import complement, echo
from released import Traffic

import roost


@pytest.fixture(scope="module")
def client(api: Api, server: str) -> roost.Client:
    api.upload("sdk-echo", echo())
    api.upload("sdk-same", echo())
    api.upload("sdk-complement", complement())
    api.upload("sdk-failing", small_onnx.failing_model(1, "x"))
    return roost.Client(server)


@pytest.fixture
def pipeline(client: roost.Client, server: str, request: pytest.FixtureRequest) -> Iterator[roost.Pipeline]:
    """A pipeline with traffic, of which one request in twenty has a value that the failing model refuses."""
    pipeline = client.build_pipeline(request.node.name.replace("_", "-")[:60])
    pipeline.add_model_step(client.model_by_name("sdk-echo")).deploy()
    with Traffic(lambda: server, pipeline.name()).running():
        yield pipeline


def test_sdk_release_of_a_good_candidate(client: roost.Client, pipeline: roost.Pipeline) -> None:
    candidate = client.model_by_name("sdk-same")
    plan = client.plan_release(pipeline.name(), candidate, [0.2, "60%"], every=timedelta(seconds=1), units=5)
    assert [(stage["share"], stage["duration"], stage["units"]) for stage in plan.definition["stages"]] == [
        (0.2, "1s", 5),
        (0.6, "1s", 5),
    ]
    assert plan.champion.startswith("sdk-echo@")
    assert "20\u00a0% for 1\u00a0s and 5 units" in repr(plan)
    assert "<th>promote</th> <td>safe</td>" in plan._repr_html_()
    assert not client.releases(pipeline.name())

    release = client.release(
        pipeline.name(), candidate, [{"share": 0.2, "units": 20}, "60%"], every=timedelta(seconds=1), units=5
    )
    assert (release.state(), release.is_over(), release.reason()) == ("running", False, None)
    assert release.wait(timeout=60) is release
    assert (release.state(), release.is_over()) == ("promoted", True)
    assert [(step["kind"], step["share"]) for step in release.steps()] == [("canary", 0.2), ("canary", 0.6)]
    assert release.steps()[0]["units"] >= 20
    assert "<b>Promoted.</b>" in release._repr_html_()
    (found,) = client.releases(pipeline.name())
    assert found.id() == release.id() == client.get_release(release.id()[:8]).id()
    assert found.by()
    newest = client.build_pipeline(pipeline.name()).versions()[0]
    assert newest.promotion is not None
    assert newest.promotion["release"] == release.id()


def test_sdk_release_of_a_failing_candidate(client: roost.Client, pipeline: roost.Pipeline) -> None:
    release = client.release(pipeline.name(), "sdk-failing", [0.5], every="1h")
    until(lambda: release.status().get("stage"), "the canary begins")
    assert [guardrail["metric"]["metric"] for guardrail in release.status()["guardrails"]] == ["errors"]
    with pytest.raises(roost.ReleaseError, match=r"Rolled back because \d+ of \d+ requests failed"):
        release.wait(timeout=60)
    assert release.state() == "rolled_back"
    assert "◆ Rolled back. " in repr(release)


def test_sdk_release_is_paused_and_aborted(client: roost.Client, pipeline: roost.Pipeline) -> None:
    release = client.release(pipeline.name(), "sdk-same", [0.5], every="1h")
    assert release.pause().state() == "paused"
    assert str(release.reason()).startswith("Paused by ")
    with pytest.raises(roost.APIError, match="paused") as refused:
        release.pause()
    assert (refused.value.code, refused.value.field) == ("conflict", "release")
    assert release.resume().state() == "running"
    with pytest.raises(roost.RequestTimeoutError, match="still running"):
        release.wait(timeout=0)
    release.abort()
    with pytest.raises(roost.ReleaseError, match=r"Aborted by "):
        release.wait(timeout=60)
    with pytest.raises(roost.APIError, match="has ended"):
        release.abort()


def test_sdk_promotion_of_a_candidate(client: roost.Client, pipeline: roost.Pipeline) -> None:
    release = client.release(pipeline.name(), "sdk-same", [0.5], every="1h", promote="manual")
    until(lambda: release.status().get("stage"), "the canary begins")
    pipeline.promote()
    assert release.refresh().state() == "promoted"
    assert pipeline.versions()[0].steps == [{"model": release.candidate()}]
    # The object has the new definition, so it does not go back with the next deployment.
    pipeline.deploy()
    assert pipeline.status()["version"] == pipeline.versions()[0].id()


def test_sdk_promotion_of_a_challenger(client: roost.Client) -> None:
    models = [client.model_by_name(name) for name in ("sdk-echo", "sdk-complement")]
    pipeline = client.build_pipeline("sdk-promoted").add_random_split([(1, model) for model in models])
    pipeline.set_goal(roost.outputs[0][0] > 0.5).deploy()
    pipeline.infer({"x": [[0.1]]})
    report = pipeline.report()
    with pytest.raises(roost.APIError, match="sdk-complement"):
        pipeline.promote("unknown")
    promotion = pipeline.promote(models[1], report).versions()[0].promotion
    assert promotion is not None
    assert (promotion["report"], promotion["challenger"]) == (report.id, f"sdk-complement@{models[1].version()}")
    assert promotion["by"]
    with pytest.raises(roost.APIError, match="no challenger"):
        pipeline.promote()


def test_sdk_release_that_is_not_possible(client: roost.Client) -> None:
    with pytest.raises(roost.InvalidInputError, match="is a list"):
        client.release("p", "m", "50%")
    with pytest.raises(roost.EntityNotFoundError):
        client.plan_release("no-such-pipeline", "sdk-echo")
