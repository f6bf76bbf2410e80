"""The console's pages of jobs, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import own_algorithms
import pytest
import requests
from harness import Api, answered, until
from playwright.sync_api import Page, expect

# A page that is live is read again every 5 s.
expect.set_options(timeout=20_000)

#: Writes a metric with a value for each round, and text that looks like markup. It goes on until it is stopped if it is told to.
TRAIN = """
import json, os, sys, time

root = os.environ["SAGEMAKER_BASE_DIR"]
given = json.load(open(root + "/input/config/hyperparameters.json"))
print("<script>alert(1)</script> <b>bold</b>\\ta tab", flush=True)
depth = int(given.get("depth", 3))
for round in range(30):
    print(f"train loss: {depth + 1 / (round + 1)} validation loss: {depth + 2 / (round + 1)}", flush=True)
if given.get("breaks") or depth == 4:
    open(root + "/output/failure", "w").write("it <i>broke</i> & \\"ended\\"")
    sys.exit(1)
for row in range(int(given.get("lines", 0))):
    print("." * 300 + f" row {row + 1}", flush=True)
for piece in range(int(given.get("megabytes", 0))):
    sys.stdout.write("A" * 1_000_000)
for percent in range(int(given.get("bar", 0))):
    sys.stdout.write(f"\\r{percent} % done")
count = 0
while given.get("wait"):
    count += 1
    print(f"line {count}", flush=True)
    time.sleep(0.2)
open(root + "/model/model.txt", "w").write("x")
"""

METRICS = [
    {"name": "train:loss", "pattern": "train loss: ([0-9.]+)"},
    {"name": "validation:loss", "pattern": "validation loss: ([0-9.]+)"},
]
TRAINING: dict[str, Any] = {
    "algorithm": "talks",
    "channels": [{"name": "train", "uri": "s3://job-data/train/"}],
    "output": "s3://job-data/out",
    "metrics": METRICS,
}


@pytest.fixture(scope="module", autouse=True)
def algorithm(server: str, api: Api, tmp_path_factory: pytest.TempPathFactory) -> None:
    own_algorithms.add(server, "talks", own_algorithms.algorithm(tmp_path_factory.mktemp("a") / "talks", TRAIN))
    answered(api.put("/v1/buckets/job-data"), 201)
    body = b"1,2\n" * 50
    answered(api.put("/v1/buckets/job-data/object", params={"key": "train/a.csv"}, data=body), 201)


def start(api: Api, name: str, kind: str = "training", **more: Any) -> None:
    """Starts a job, unless the test of another width has done it."""
    definition = TRAINING | {"name": name} | more if kind == "training" else more | {"name": name}
    answered(api.post(f"/v1/{kind}-jobs", json=definition), 201, 409)


def ended(api: Api, name: str, kind: str = "training-jobs", limit: float = 240) -> Any:
    def look() -> Any:
        job = answered(api.get(f"/v1/{kind}/{name}"), 200)
        return job if job["state"]["status"] not in ("InProgress", "Stopping") else None

    return until(look, f"the end of {name}", limit)


def test_a_job_that_ended(page: Page, api: Api) -> None:
    start(api, "done", hyperparameters={"a<b": '"&'})
    assert ended(api, "done")["state"]["status"] == "Completed"
    page.goto("/console/jobs")
    page.get_by_role("link", name="done", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("done")
    main = page.get_by_role("main")
    expect(page.locator(".title")).to_contain_text("Completed")
    # The log is text, and the script says that it has ended.
    log = page.get_by_role("log")
    expect(log).to_contain_text("<script>alert(1)</script> <b>bold</b>\ta tab")
    expect(page.locator("roost-log")).to_contain_text("Ended")
    # The time of a line, and no gap for a source that it does not have.
    expect(page.locator("roost-log pre > div").first.locator("i")).to_have_count(1)
    assert log.locator("b, script").count() == 0
    # Both losses are lines of one chart.
    band = page.locator("roost-band")
    expect(band).to_have_count(1)
    expect(band.locator("path.line")).to_have_count(2)
    assert band.locator("tbody tr").count() == 30
    expect(main).to_contain_text("Uploading")
    expect(main).to_contain_text("a<b")
    page.get_by_role("link", name="s3://job-data/train/").click()
    expect(page.get_by_text("train/a.csv")).to_be_visible()


def test_long_lines_make_no_large_page(page: Page, api: Api, server: str) -> None:
    start(api, "endless", hyperparameters={"megabytes": "5", "bar": "99"})
    ended(api, "endless")
    text = requests.get(f"{server}/console/jobs/training-jobs/endless", timeout=30).text
    assert len(text) < 100_000
    assert "more characters" in text
    answer = answered(api.get("/v1/training-jobs/endless/logs", params={"limit": 10_000}), 200)
    assert sum(len(event["message"]) for event in answer["events"]) < 1_200_000
    # Nothing is lost to those who go on reading.
    position, count = 0, 0
    while (answer := answered(api.get("/v1/training-jobs/endless/logs", params={"from": position}), 200))["events"]:
        position = answer["next"]
        count += sum(event["message"].count("A") for event in answer["events"])
    assert count == 5_000_000
    page.goto("/console/jobs/training-jobs/endless")
    # As in a terminal, a progress bar is where it ended.
    expect(page.get_by_role("log")).to_contain_text("98 % done")
    expect(page.get_by_role("log")).not_to_contain_text("97 % done")


def test_a_job_that_failed_says_why(page: Page, api: Api) -> None:
    start(api, "broken", hyperparameters={"breaks": "1"})
    assert ended(api, "broken")["state"]["status"] == "Failed"
    page.goto("/console/jobs/training-jobs/broken")
    expect(page.locator(".verdict")).to_contain_text('it <i>broke</i> & "ended"')
    expect(page.locator(".title")).to_contain_text("Failed")
    page.goto("/console/jobs?kind=training&status=failed")
    expect(page.get_by_role("row").filter(has_text="broken")).to_contain_text("Failed")
    expect(page.get_by_role("link", name="done", exact=True)).to_have_count(0)


def test_a_log_is_followed_and_a_job_stopped(page: Page, api: Api, request: pytest.FixtureRequest) -> None:
    name = "waits-" + request.node.callspec.id
    start(api, name, hyperparameters={"wait": "yes"})
    until(lambda: answered(api.get(f"/v1/training-jobs/{name}/logs"), 200)["events"], "the job writes")
    page.goto(f"/console/jobs/training-jobs/{name}")
    expect(page.locator("roost-log")).to_contain_text("Following")
    seen = page.locator("roost-log pre > div").count()
    page.wait_for_function("seen => document.querySelectorAll('roost-log pre > div').length > seen + 3", arg=seen)
    page.get_by_role("link", name="Stop…").click()
    expect(page.get_by_text(f"Stop {name}?")).to_be_visible()
    page.get_by_role("button", name=f"Stop {name}").click()
    expect(page.get_by_role("main")).to_be_visible()
    assert ended(api, name)["state"]["status"] == "Stopped"
    expect(page.locator(".title")).to_contain_text("Stopped")
    expect(page.get_by_role("link", name="Stop…")).to_have_count(0)


def test_a_long_log_begins_near_its_end(page: Page, api: Api, server: str) -> None:
    start(api, "wordy", hyperparameters={"lines": "2500"})
    ended(api, "wordy")
    page.goto("/console/jobs/training-jobs/wordy")
    log = page.locator("roost-log")
    expect(log).to_contain_text("Ended")
    # As many as a page has room for.
    expect(log).to_contain_text("the last 159 lines, newest last")
    expect(log.locator("pre > div")).to_have_count(159)
    expect(log.locator("pre > div").last).to_contain_text("row 2500")
    expect(log).not_to_contain_text("row 2000")
    # The rest can be read as text, whole.
    address = page.get_by_role("link", name="All lines as plain text").get_attribute("href")
    lines = requests.get(f"{server}{address}", timeout=30).text.splitlines()
    assert [line.rpartition(" ")[2] for line in lines[-2500:]] == [str(number + 1) for number in range(2500)]
    tail = answered(api.get("/v1/training-jobs/wordy/logs", params={"tail": "3"}), 200)
    assert [event["message"].lstrip(".") for event in tail["events"]] == [" row 2498", " row 2499", " row 2500"]
    after = answered(api.get("/v1/training-jobs/wordy/logs", params={"from": str(tail["next"])}), 200)
    assert after == {"events": [], "next": tail["next"]}
    whole = answered(api.get("/v1/training-jobs/wordy/logs", params={"limit": "10000"}), 200)
    assert answered(api.get("/v1/training-jobs/wordy/logs", params={"tail": "10000"}), 200) == whole


def test_pages_behind_the_last_one_lead_there(page: Page, api: Api, server: str) -> None:
    start(api, "done")
    ended(api, "done")
    page.goto("/console/jobs?kind=training&offset=5000")
    expect(page).to_have_url(server + "/console/jobs?kind=training")
    assert answered(api.get("/v1/training-jobs", params={"limit": "1"}), 200)["total"] >= 1


def test_the_log_is_plain_text_from_an_offset(server: str, api: Api) -> None:
    start(api, "done")
    ended(api, "done")
    path = server + "/console/jobs/training-jobs/done/log"
    whole = requests.get(path, timeout=30)
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["x-log-ended"] == "false"
    assert "<script>alert(1)</script>" in whole.text
    rest = requests.get(path, params={"offset": whole.headers["x-next-offset"]}, timeout=30)
    assert (rest.text, rest.headers["x-log-ended"]) == ("", "true")
    for offset in ("-1", "x", "99999999999999999999"):
        assert requests.get(path, params={"offset": offset}, timeout=30).text == whole.text
    assert requests.get(path.replace("done", "nope"), timeout=30).status_code == 404
    assert requests.get(path.replace("training-jobs", "other-jobs"), timeout=30).status_code == 404
    assert requests.post(path, timeout=30).status_code in (403, 405)


def test_a_tuning_job(page: Page, api: Api) -> None:
    start(
        api,
        "search",
        "tuning",
        strategy="Grid",
        objective={"metric": "validation:loss", "direction": "Minimize"},
        ranges=[{"name": "depth", "type": "categorical", "values": ["2", "3", "4", "5"]}],
        max_trials=4,
        max_parallel_trials=2,
        training=TRAINING,
    )
    ended(api, "search", "tuning-jobs")
    # In the list of all jobs, what another job has started says so.
    page.goto("/console/jobs?name=search")
    trial = page.get_by_role("row").filter(has_text="trial of search").first
    trial.get_by_role("link", name="search", exact=True).click()
    expect(page).to_have_url(re.compile("/console/jobs/tuning-jobs/search$"))
    rows = page.locator("#trials tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("Best")
    expect(rows.last).to_contain_text("Failed")
    expect(page.locator("roost-points path.dot")).to_have_count(3)
    expect(page.get_by_role("main")).to_contain_text("3 done, 1 failed")
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text("Trial of")
    page.get_by_role("link", name="search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("search")


def test_axes_filter_the_trials(page: Page, api: Api) -> None:
    start(
        api,
        "ranges",
        "tuning",
        strategy="Random",
        seed=1,
        objective={"metric": "validation:loss", "direction": "Minimize"},
        ranges=[{"name": "depth", "type": "integer", "min": 5, "max": 50}],
        max_trials=4,
        max_parallel_trials=2,
        training=TRAINING,
    )
    ended(api, "ranges", "tuning-jobs")
    page.goto("/console/jobs/tuning-jobs/ranges")
    axis = page.get_by_role("button", name="depth, ")
    axis.focus()
    axis.press("ArrowDown")
    page.wait_for_function("document.querySelectorAll('#trials tbody tr[hidden]').length > 0")
    page.get_by_role("button", name="depth, ").press("Escape")
    page.wait_for_function("document.querySelectorAll('#trials tbody tr[hidden]').length === 0")


def test_a_learning_curve(page: Page, api: Api) -> None:
    channels = [{"name": "train", "uri": "s3://job-data/train/", "content_type": "text/csv"}]
    definition = {
        "name": "curve",
        "training": TRAINING | {"channels": channels},
        "percents": [50, 100],
        "repeats": 2,
        "metric": "validation:loss",
        "direction": "Minimize",
    }
    answered(api.post("/v1/learning-curves", json=definition), 201, 409)
    ended(api, "curve", "learning-curves")
    page.goto("/console/jobs?kind=learning-curve")
    page.get_by_role("link", name="curve", exact=True).click()
    expect(page.locator("#curve tbody tr")).to_have_count(2)
    expect(page.locator("#curve path.line")).to_have_count(1)


def test_lists(page: Page) -> None:
    page.goto("/console/jobs?name=no-such-job")
    expect(page.get_by_role("main")).to_contain_text("No job matches")
    page.get_by_role("link", name="Show all jobs").click()
    for tab in ("Training", "Tuning", "Transform", "Learning curves", "All"):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
    for path in (
        "/console/jobs/other-jobs/x",
        "/console/jobs/training-jobs/nope",
        "/console/jobs/training-jobs/nope/stop",
    ):
        response = page.goto(path)
        assert response is not None
        assert response.status == 404, path


def test_transform_jobs(page: Page, api: Api) -> None:
    api.upload("house-price", "house-price.onnx")
    body = (",".join(["1"] * 13) + "\n").encode() * 5
    answered(api.put("/v1/buckets/job-data/object", params={"key": "rows.csv"}, data=body), 201)
    source = {"uri": "s3://job-data/rows.csv", "content_type": "text/csv"}
    start(api, "scores", "transform", model="house-price", input=source, output="s3://job-data/predicted")
    assert ended(api, "scores", "transform-jobs")["state"]["status"] == "Completed"
    page.goto("/console/jobs/transform-jobs/scores")
    expect(page.get_by_role("main")).to_contain_text("1 of 1 object, 5 records")
