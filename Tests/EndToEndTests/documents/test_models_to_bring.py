"""The guide's lines convert real models, which predict on the server what they predict in their own libraries.

`make models` does the same for the large frameworks.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from brought import MODELS, Brought, bring, guides_lines
from harness import Api

SMALL = [brought for brought in MODELS if brought.environment == "models"]


@pytest.mark.parametrize("brought", SMALL, ids=[brought.name for brought in SMALL])
def test_a_model_predicts_the_same_on_the_server(api: Api, tmp_path: Path, brought: Brought) -> None:
    bring(brought, api, tmp_path)


def test_every_line_of_the_guide_is_run() -> None:
    lines = {(section, number) for section, blocks in guides_lines().items() for number in range(len(blocks))}
    assert lines == {(brought.section, brought.block) for brought in MODELS}
