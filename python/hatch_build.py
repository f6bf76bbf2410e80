"""Makes the wheel of a release: the SDK, and the `roost` command for one platform.

`scripts/dist.sh` sets ROOST_STAGE to a folder with `bin/roost` and `share`, and ROOST_PLATFORM to the wheel's
platform tag. Without them, the wheel is the SDK alone.
"""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommandHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the command to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the staged files, which pip installs in the environment's `bin` and `share`."""
        stage = os.environ.get("ROOST_STAGE")
        if not stage:
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['ROOST_PLATFORM']}"
        build_data["shared_scripts"][f"{stage}/bin/roost"] = "roost"
        build_data["shared_data"][f"{stage}/share"] = "share"
