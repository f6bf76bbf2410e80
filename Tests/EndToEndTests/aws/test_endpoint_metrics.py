"""CloudWatch's metrics of endpoints: what boto3 sums up is what was sent, by variant, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import boto3
import pytest
from aws import REGION, client, refusal
from botocore.exceptions import ClientError
from endpoint_clients import AWS, Trained, csv, variant
from harness import Server, until
from test_endpoint_canaries import prepared

NAMES = [
    "Invocation4XXErrors",
    "Invocation5XXErrors",
    "InvocationModelErrors",
    "Invocations",
    "InvocationsPerInstance",
    "ModelLatency",
    "OverheadLatency",
]


@dataclass
class Sent:
    """What was sent to a server's endpoint, by variant."""

    server: Server
    trained: Trained
    good: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    bad: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})

    @property
    def cloudwatch(self) -> Any:
        return client("cloudwatch", self.server.url)

    def send(self, name: str, good: int, bad: int = 0) -> None:
        aws = AWS(self.server.url)
        for _ in range(good):
            answer = aws.invoke("two", csv(self.trained.rows[:1]), TargetVariant=name)
            assert answer["InvokedProductionVariant"] == name
        for _ in range(bad):
            with pytest.raises(ClientError) as error:
                aws.invoke("two", "not,numbers", TargetVariant=name)
            assert error.value.response["OriginalStatusCode"] in (400, 415), error.value.response
        self.good[name] += good
        self.bad[name] += bad

    def question(self, metric: str, name: str, **changes: Any) -> dict[str, Any]:
        now = datetime.now(timezone.utc)
        return {
            "Namespace": "AWS/SageMaker",
            "MetricName": metric,
            "Dimensions": dimensions(name),
            "StartTime": now - timedelta(hours=1),
            "EndTime": now + timedelta(minutes=2),
            "Period": 60,
            "Statistics": ["Sum", "Average", "Minimum", "Maximum", "SampleCount"],
        } | changes

    def points(self, metric: str, name: str, **changes: Any) -> Any:
        return self.cloudwatch.get_metric_statistics(**self.question(metric, name, **changes))["Datapoints"]

    def sum(self, metric: str, name: str, statistic: str = "Sum") -> float:
        return float(sum(point[statistic] for point in self.points(metric, name)))

    def _has_counted(self, name: str) -> bool:
        return bool(self.sum("Invocations", name) == self.good[name] + self.bad[name])

    def counted(self) -> None:
        """Waits for what was counted in the last second."""
        for name in ("A", "B"):
            until(
                partial(self._has_counted, name),
                f"the invocations of {name} are there",
                10,
            )


def dimensions(name: str, endpoint: str = "two") -> list[dict[str, str]]:
    # In an order that is not alphabetical: it does not matter.
    return [{"Name": "VariantName", "Value": name}, {"Name": "EndpointName", "Value": endpoint}]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    server = Server(tmp_path_factory.mktemp("metrics"))
    server.start()
    trained = Trained(0)
    aws = AWS(server.url)
    aws.put_model("first", trained.archive)
    aws.put_model("second", Trained(1).archive)
    variants = [variant("A", "first", 1), variant("B", "second", 3) | {"InitialInstanceCount": 2}]
    aws.sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants)
    assert aws.serve("two", "two")["EndpointStatus"] == "InService"
    sent = Sent(server, trained)
    sent.send("A", 5, bad=2)
    sent.send("B", 8, bad=1)
    sent.counted()
    yield sent
    server.kill()


def test_the_sums_are_what_was_sent(sent: Sent) -> None:
    for name, instances in (("A", 1), ("B", 2)):
        requests = sent.good[name] + sent.bad[name]
        assert sent.sum("Invocations", name) == sent.sum("Invocations", name, "SampleCount") == requests
        assert sent.sum("Invocation4XXErrors", name) == sent.bad[name]
        assert sent.sum("Invocation4XXErrors", name, "SampleCount") == requests
        assert sent.sum("Invocation5XXErrors", name) == 0
        assert sent.sum("InvocationModelErrors", name) == sent.bad[name]
        assert sent.sum("InvocationsPerInstance", name) == requests / instances
        for metric in ("ModelLatency", "OverheadLatency"):
            points = sent.points(metric, name)
            assert sum(point["SampleCount"] for point in points) == sent.good[name]
            for point in points:
                assert point["Unit"] == "Microseconds"
                assert 0 < point["Minimum"] <= point["Average"] <= point["Maximum"] < 10_000_000
                assert point["Average"] == pytest.approx(point["Sum"] / point["SampleCount"])
    assert {point["Unit"] for point in sent.points("Invocations", "A")} == {"None"}


def test_percentiles(sent: Sent) -> None:
    question = sent.question("ModelLatency", "A", ExtendedStatistics=["p0", "p50", "p99.9", "p100"])
    del question["Statistics"]
    for point in sent.cloudwatch.get_metric_statistics(**question)["Datapoints"]:
        found = point["ExtendedStatistics"]
        assert 0 < found["p0"] <= found["p50"] <= found["p99.9"] <= found["p100"]
        assert "Average" not in point
    assert sent.points("ModelLatency", "A", Unit="Seconds") == []
    assert sent.points("ModelLatency", "A", Unit="Microseconds") != []


def test_metric_data(sent: Sent) -> None:
    now = datetime.now(timezone.utc)

    def stat(id: str, metric: str, name: str, stat: str, **more: Any) -> dict[str, Any]:
        asked = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions(name)}
        return {"Id": id, "MetricStat": {"Metric": asked, "Period": 3600, "Stat": stat}} | more

    queries = [
        stat("n", "Invocations", "A", "Sum", Label="asked"),
        stat("bad", "Invocation4XXErrors", "A", "Sum", ReturnData=False),
        stat("p", "ModelLatency", "B", "p90"),
        stat("none", "Invocations", "C", "Sum"),
        {"Id": "rate", "Expression": "100 * bad / (n + 0)", "Label": "error rate"},
    ]
    # Two hours, so that all of it lies in a few periods of the hour.
    span = {"StartTime": now - timedelta(hours=2), "EndTime": now + timedelta(minutes=1)}
    answer = sent.cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    assert list(results) == ["n", "p", "none", "rate"]
    assert {result["StatusCode"] for result in results.values()} == {"Complete"}
    assert sum(results["n"]["Values"]) == sent.good["A"] + sent.bad["A"]
    assert (results["n"]["Label"], results["p"]["Label"]) == ("asked", "ModelLatency")
    assert results["none"]["Values"] == results["none"]["Timestamps"] == []
    if len(results["rate"]["Values"]) == 1:
        assert results["rate"]["Values"] == pytest.approx([100 * sent.bad["A"] / (sent.good["A"] + sent.bad["A"])])
    assert all(isinstance(time, datetime) for time in results["n"]["Timestamps"])
    pages = sent.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, **span, ScanBy="TimestampAscending", MaxDatapoints=1
    )
    paged: dict[str, list[float]] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            paged.setdefault(result["Id"], []).extend(result["Values"])
    assert paged == {id: result["Values"][::-1] for id, result in results.items()}


def test_a_client_that_speaks_the_query_protocol(sent: Sent) -> None:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    old = session.client("cloudwatch", endpoint_url=sent.server.url)
    if "query" not in old.meta.service_model.protocols:
        pytest.skip("This botocore no longer speaks it.")
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions("A")}
    query = {"Id": "n", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    now = datetime.now(timezone.utc)
    found = old.get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
    )["MetricDataResults"][0]
    assert sum(found["Values"]) == sent.good["A"] + sent.bad["A"]
    assert all(isinstance(time, datetime) for time in found["Timestamps"])


def test_the_list_of_metrics(sent: Sent) -> None:
    listed = sent.cloudwatch.list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    assert sorted({metric["MetricName"] for metric in listed}) == NAMES
    assert len(listed) == 2 * len(NAMES)
    for metric in listed:
        assert [each["Name"] for each in metric["Dimensions"]] == ["EndpointName", "VariantName"]

    def count(**filters: Any) -> int:
        return len(sent.cloudwatch.list_metrics(**filters)["Metrics"])

    assert count(MetricName="Invocations") == 2
    assert count(MetricName="Invocations", Dimensions=[{"Name": "VariantName", "Value": "B"}]) == 1
    assert count(Dimensions=[{"Name": "EndpointName"}]) == 2 * len(NAMES)
    assert count(Dimensions=[{"Name": "EndpointName", "Value": "other"}]) == 0
    assert count(Namespace="AWS/SageMaker", RecentlyActive="PT3H") == 2 * len(NAMES)
    assert count(Namespace="AWS/Lambda") == 0


def test_what_nobody_measured_has_no_datapoints(sent: Sent) -> None:
    assert sent.points("Invocations", "C") == []
    assert sent.points("CPUUtilization", "A") == []
    assert sent.points("Invocations", "A", Namespace="AWS/Lambda") == []
    assert sent.points("Invocations", "A", Dimensions=dimensions("A")[:1]) == []
    assert sent.points("Invocations", "A", Dimensions=dimensions("A", "other")) == []
    old = datetime.now(timezone.utc) - timedelta(days=14)
    assert sent.points("Invocations", "A", StartTime=old, EndTime=old + timedelta(hours=1)) == []


def test_the_age_of_the_start_decides_which_periods_have_datapoints(sent: Sent) -> None:
    now = datetime.now(timezone.utc)
    for days, short, long, minutes in ((20, 1860, 1800, 5), (70, 5400, 7200, 60)):
        start = (now - timedelta(days=days)).replace(minute=3, second=1)
        assert sent.points("Invocations", "A", StartTime=start, Period=short) == []
        points = sent.points("Invocations", "A", StartTime=start, Period=long)
        assert sum(point["Sum"] for point in points) == sent.good["A"] + sent.bad["A"]
        assert all(point["Timestamp"].minute % minutes == 0 for point in points)


def test_questions_that_cloudwatch_refuses(sent: Sent) -> None:
    now = datetime.now(timezone.utc)
    changes: list[tuple[dict[str, Any], str, str]] = [
        ({"Period": 5}, "InvalidParameterValue", "multiple of 60"),
        ({"Period": 90}, "InvalidParameterValue", "Period"),
        ({"StartTime": now - timedelta(days=2)}, "InvalidParameterCombination", "exceeds the limit of 1,440"),
        ({"StartTime": now, "EndTime": now}, "InvalidParameterValue", "must not equal"),
        ({"StartTime": now, "EndTime": now - timedelta(1)}, "InvalidParameterValue", "must be less than"),
        ({"ExtendedStatistics": ["p90"]}, "InvalidParameterCombination", "cannot be used together"),
    ]
    for change, code, part in changes:
        found = refusal(sent.cloudwatch.get_metric_statistics, **sent.question("Invocations", "A", **change))
        assert found[0] == code, (change, found)
        assert part in found[1], (change, found)
    question = sent.question("ModelLatency", "A", ExtendedStatistics=["tm99"])
    del question["Statistics"]
    assert "tm99 is not supported" in refusal(sent.cloudwatch.get_metric_statistics, **question)[1]

    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions("A")}
    good = {"Id": "n", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    deep = "(" * 1000 + "n" + ")" * 1000
    for queries, part in (
        ([good, good], "used by several queries"),
        ([good | {"Id": "N"}], "must begin with a lowercase letter"),
        ([{"Id": "e", "Expression": "SEARCH('x', 'Sum', 60)"}], "not supported by this server"),
        ([good, {"Id": "e", "Expression": deep}], "not supported by this server"),
        ([good, {"Id": "e", "Expression": "n / m"}], "uses m"),
        ([{"Id": "e"}], "either MetricStat or Expression"),
        ([], "1 to 500"),
    ):
        code, text = refusal(
            sent.cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=now - timedelta(1), EndTime=now
        )
        assert (code, part in text) == ("ValidationError", True), text


def test_the_series_of_an_endpoint(sent: Sent) -> None:
    api = sent.server.api
    for name in ("A", "B"):
        found = api.get("/v1/endpoints/two/series", params={"variant": name}).json()
        assert found["variants"] == ["A", "B"]
        assert sum(value or 0 for value in found["requests"]) == sent.good[name] + sent.bad[name]
    whole = api.get("/v1/endpoints/two/series").json()
    assert sum(value or 0 for value in whole["errors"]) == sum(sent.bad.values())


def test_a_model_that_fails_is_a_server_error(sent: Sent) -> None:
    aws = prepared(sent.server.url)
    assert aws.serve("failing", "failing")["EndpointStatus"] == "InService"
    for _ in range(3):
        aws.invoke("failing", "1")
    for _ in range(2):
        with pytest.raises(ClientError) as error:
            aws.invoke("failing", "2")
        assert error.value.response["OriginalStatusCode"] == 500
    asked = {"Dimensions": dimensions("main", "failing")}

    def sums(metric: str) -> float:
        return float(sum(point["Sum"] for point in sent.points(metric, "main", **asked)))

    until(lambda: sums("Invocations") == 5, "all invocations are there", 10)
    assert [sums(f"Invocation{kind}") for kind in ("4XXErrors", "5XXErrors", "ModelErrors")] == [0, 2, 2]
    aws.sagemaker.delete_endpoint(EndpointName="failing")

    def is_gone() -> bool:
        return "failing" not in [each["EndpointName"] for each in aws.sagemaker.list_endpoints()["Endpoints"]]

    until(is_gone, "the endpoint is deleted")
    assert sums("Invocations") == 5, "as on AWS, metrics outlive their endpoint"


def test_metrics_survive_a_restart(sent: Sent) -> None:
    sent.server.stop()
    sent.server.start()
    sent.counted()
    sent.send("A", 3)
    sent.counted()
    assert sent.sum("Invocation4XXErrors", "B") == sent.bad["B"]
    assert sent.sum("ModelLatency", "A", "SampleCount") == sent.good["A"]
