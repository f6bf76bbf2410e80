"""Sends a minute of hostile requests in every dialect. fuzz.py can send them for longer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from fuzz import INSIDE, Campaign, prepare, run
from fuzz_requests import Raw, text_of
from harness import Server

SECONDS = float(os.environ.get("ROOST_FUZZ_SECONDS", "60"))
#: A fixed seed, so that a new failure is due to a change in the code. `make fuzz` uses a random one.
SEED = int(os.environ.get("ROOST_FUZZ_SEED", "1"))


@pytest.fixture
def prepared(start_server: Callable[..., Server]) -> Server:
    server = start_server("--jobs", "1")
    prepare(server)
    return server


def test_nothing_that_is_sent_ends_the_server_or_shows_its_inside(prepared: Server) -> None:
    campaign = run(prepared, SECONDS, SEED)
    again = f"make fuzz ARGUMENTS='--seed {SEED} --replay {' '.join(str(each.number) for each in campaign.findings)}'"
    assert campaign.findings == [], "\n".join([*map(str, campaign.findings), again])
    assert campaign.statuses[200] > 0
    assert campaign.statuses[400] > 0
    assert prepared.stop() == 0


def test_the_death_of_a_server_is_found(prepared: Server) -> None:
    assert prepared.process is not None
    threading.Timer(1, prepared.process.kill).start()
    campaign = run(prepared, 30, SEED)
    assert [finding.what for finding in campaign.findings] == ["the server died; what was under way is shown"]


def test_a_request_depends_on_its_number_alone(prepared: Server) -> None:
    first, second = Campaign(prepared, 7), Campaign(prepared, 7)
    sent = [first.request(number).encoded() for number in range(200)]
    assert sent == [second.request(number).encoded() for number in range(200)]
    assert len(set(sent)) > 150
    assert sent != [Campaign(prepared, 8).request(number).encoded() for number in range(200)]


def test_json_that_no_library_writes_is_written() -> None:
    assert text_of({"a": Raw('1, "a": 2'), "b": [Raw("NaN"), None]}) == '{"a": 1, "a": 2, "b": [NaN, null]}'


@pytest.mark.parametrize(
    "text",
    [
        "no such file /tmp/x",
        "SQLITE_CONSTRAINT",
        "DecodingError.typeMismatch",
        "Fatal error: x",
        "Optional(1)",
        "a.swift:12",
    ],
)
def test_what_only_the_inside_knows_is_seen(text: str) -> None:
    assert INSIDE.search(text.encode())
