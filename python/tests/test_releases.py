from __future__ import annotations

import getpass
from datetime import timedelta

import pytest

import roost
from roost.release import requester
from roost.release_client import _stages


@pytest.mark.parametrize(
    ("stages", "every", "units", "sent"),
    [
        (None, None, None, None),
        ([0.1], None, None, [{"share": 0.1}]),
        ([0.1, "50%"], "30m", 200, [{"duration": "30m", "units": 200, "share": share} for share in (0.1, "50%")]),
        ([{"share": 1, "units": 0}], timedelta(hours=1), 5, [{"duration": "3600s", "units": 0, "share": 1}]),
        (None, "1s", None, [{"duration": "1s", "share": share} for share in (0.01, 0.1, 0.5)]),
    ],
)
def test_stages_are_shares_with_common_limits(stages: object, every: object, units: object, sent: object) -> None:
    assert _stages(stages, every, units) == sent  # type: ignore[arg-type]


def test_stages_are_not_a_text() -> None:
    with pytest.raises(roost.InvalidInputError, match="is a list"):
        _stages("50%", None, None)


@pytest.mark.parametrize(("name", "sent"), [("ann", "ann"), ("a\nb", "ab"), ("é" * 100, "é" * 64), ("", None)])
def test_the_requester_is_the_user(monkeypatch: pytest.MonkeyPatch, name: str, sent: str | None) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: name)
    assert requester() == sent


def test_a_user_without_a_name_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert requester() is None
