"""Pages of a server with many suites, runs and gates."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
import requests
from gates import golden, put_gate, put_suite, run, scaled
from harness import Server, answered

SUITES, CASES, RUNS, GATES = 1000, 200, 1002, 1000


@pytest.fixture(scope="module")
def many(running_server: Server) -> Server:
    """A server with copies of a suite, of a run that failed, and of a pipeline with a gate."""
    server = running_server
    first = server.api.upload("m", scaled(2))
    server.api.serve("p", [{"model": "m"}])
    # Half of the cases fail.
    put_suite(server.api, "s", *(golden(1, 2 + index % 2, f"case-{index}") for index in range(CASES)), model="m")
    put_gate(server.api, "p", "s")
    assert run(server.api, "s", first) == "failed"
    assert run(server.api, "s", server.api.upload("m", scaled(3))) == "failed"
    # That of the first version, that of the upload, and that which was asked for.
    assert answered(server.api.get("/v1/suites/s/runs"), 200)["total"] == 3
    server.stop()
    with sqlite3.connect(server.data / "roost.sqlite") as catalog:
        fill(catalog)
    server.start()
    return server


def fill(catalog: sqlite3.Connection) -> None:
    """Copies rows of the catalog of a server that is not running."""
    for index in range(1, SUITES):
        name = f"s{index:04}"
        copy(catalog, "suite", "name = 's'", name=name)
        newest = "sequence = (SELECT max(sequence) FROM suite_run WHERE suite = 's')"
        copy(catalog, "suite_run", newest, sequence=None, id=f"{index:036}", suite=name)
        copy(catalog, "suite_run", newest, sequence=None, id=f"{RUNS + index:036}")
    names = "'$.id', id, '$.suite', suite"
    catalog.execute(
        f"UPDATE suite_run SET document = json_set(document, {names}), summary = json_set(summary, {names})"
    )
    for index in range(1, GATES):
        name = f"p{index:04}"
        copy(catalog, "pipeline", "name = 'p'", id=100 + index, name=name)
        copy(catalog, "pipeline_version", "pipeline_id = 1", id=f"{index:036}", sequence=None, pipeline_id=100 + index)
        catalog.execute(
            "INSERT INTO gate SELECT ?, replace(document, '\"p\"', ?) FROM gate WHERE pipeline = 'p'",
            (name, f'"{name}"'),
        )
        catalog.execute("INSERT INTO gate_suite (pipeline, suite) VALUES (?, 's')", (name,))


def copy(catalog: sqlite3.Connection, table: str, condition: str, **changed: Any) -> None:
    others = [row[1] for row in catalog.execute(f"PRAGMA table_info({table})") if row[1] not in changed]
    catalog.execute(
        f"INSERT INTO {table} ({', '.join([*changed, *others])})"
        f" SELECT {', '.join('?' for _ in changed)}, {', '.join(others)} FROM {table} WHERE {condition} LIMIT 1",
        tuple(changed.values()),
    )


def table(text: str, section: str) -> list[str]:
    """Returns the names in the first column of a table."""
    (found,) = re.findall(rf'<section id="{section}".*?</section>', text, re.DOTALL)
    return re.findall(r'<th scope="row"><a href="[^"]*">(?:<code[^>]*>)?([^<]*)', found)


def next_page(text: str, section: str) -> str | None:
    (found,) = re.findall(rf'<section id="{section}".*?</section>', text, re.DOTALL)
    link = re.search(r'href="([^"]*)" rel="next"', found)
    return link and link[1].replace("&amp;", "&")


def pages(server: Server, path: str | None, section: str) -> list[str]:
    """Follows the links to the next page, and returns the names of all rows."""
    names: list[str] = []
    while path:
        answer = requests.get(server.url + path, timeout=60)
        assert answer.status_code == 200
        assert len(answer.content) < 300_000
        found = table(answer.text, section)
        assert 0 < len(found) <= 100
        names += found
        path = next_page(answer.text, section)
    return names


def test_every_suite_and_gate_is_on_one_page(many: Server) -> None:
    assert pages(many, "/console/suites", "suites") == ["s"] + [f"s{index:04}" for index in range(1, SUITES)]
    assert pages(many, "/console/suites", "gates") == ["p"] + [f"p{index:04}" for index in range(1, GATES)]
    assert len(pages(many, "/console/suites/s", "runs")) == RUNS


def test_the_counts_are_of_all_suites(many: Server) -> None:
    text = requests.get(f"{many.url}/console/suites", timeout=60).text
    assert re.search(r"1[^0-9]*000 failed, 100 refused on this page", text)
    assert re.search(r"1 – 100 of 1[^0-9]*000", text)
    assert "100 of 200 failed" in text
    found = requests.get(f"{many.url}/console/suites?search=s09&gates=900", timeout=60).text
    assert table(found, "suites") == [f"s{index:04}" for index in range(900, 1000)]
    assert table(found, "gates") == [f"p{index:04}" for index in range(900, 1000)]


def test_behind_the_last_gate_is_the_last_page(many: Server) -> None:
    answer = requests.get(f"{many.url}/console/suites?offset=200&gates=99999", timeout=60, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/suites?gates=900&offset=200#gates")


def test_a_run_of_a_later_page_is_shown_there(many: Server) -> None:
    path = next_page(requests.get(f"{many.url}/console/suites/s", timeout=60).text, "runs")
    text = requests.get(f"{many.url}{path}", timeout=60).text
    links = re.findall(r'<a href="([^"]*run=[^"]*)"><code class="id" title="([^"]*)"', text)
    href, run = links[50]
    shown = requests.get(many.url + href.replace("&amp;", "&"), timeout=60).text
    (row,) = re.findall(r'<tr class="on">.*?title="([^"]*)"', shown)
    assert row == run
    assert len(table(shown, "runs")) == 100


def test_a_page_reads_only_what_it_shows(many: Server) -> None:
    paths = (
        "/console/suites",
        "/console/suites?offset=900&gates=900",
        "/console/suites/s",
        "/console/suites/s?offset=900",
        "/v1/suites",
        "/v1/suites/s/runs?cases=false&limit=1000",
    )
    for path in paths:
        times = []
        for _ in range(3):
            begin = many.processor_seconds()
            assert requests.get(many.url + path, timeout=60).status_code == 200
            times.append(many.processor_seconds() - begin)
        assert min(times) < 1.5, path


def test_a_catalog_is_filled(many: Server) -> None:
    """The copies are what the tests suppose."""
    found = answered(many.api.get("/v1/suites", params={"limit": 1}), 200)
    assert (found["total"], found["outcomes"], found["suites"][0]["case_count"]) == (SUITES, {"failed": SUITES}, CASES)
    assert found["suites"][0]["gates"] == ["p"] + [f"p{index:04}" for index in range(1, 10)]
    assert answered(many.api.get("/v1/gates"), 200)["total"] == GATES
    assert answered(many.api.get("/v1/suites/s/runs", params={"limit": 1}), 200)["total"] == RUNS
