"""docs/reference/aws-apis.md lists the AWS operations that the server supports."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest
from conftest import REPOSITORY
from harness import BINARY


def script() -> ModuleType:
    """Returns the script that generates the page."""
    specification = importlib.util.spec_from_file_location("make_aws_apis", REPOSITORY / "scripts" / "make_aws_apis.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.skipif(
    not BINARY.is_file(), reason=f"There is no server binary at {BINARY}. Build it, or set ROOST_BINARY."
)
def test_the_page_is_what_the_server_says() -> None:
    maker = script()
    assert maker.PAGE.read_text() == maker.render(maker.operations()), "run scripts/make_aws_apis.py"
