"""The completion of commands in a shell: subcommands, options, and the names of what the server has."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from command import COMMAND_LIMIT, Command
from harness import BINARY, Api
from native_functions import ECHO, put

# Completes a line as bash does when Tab is pressed at its end.
COMPLETE = """
source completion.bash
read -ra COMP_WORDS <<<"$1"
[[ $1 == *" " ]] && COMP_WORDS+=("")
COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
_roost roost "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def roost(server: str, tmp_path: Path) -> Command:
    command = Command(server, tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "roost").symlink_to(BINARY)
    command.environment["PATH"] = f"{tmp_path / 'bin'}:{command.environment['PATH']}"
    (tmp_path / "completion.bash").write_text(command("--generate-completion-script", "bash"))
    return command


@pytest.fixture(scope="module")
def version(api: Api) -> str:
    """Makes something of each kind whose name begins with `tab-`, and returns the pipeline's version."""
    api.upload("tab-model", "house-price.onnx")
    put(api, "tab-function", source=ECHO)
    api.post("/v1/workspaces", json={"name": "tab-workspace"})
    api.upload("tab-other", "house-price.onnx", workspace="tab-workspace")
    version: str = api.serve("tab-pipeline", ["tab-model"])["id"]
    return version


def completions(roost: Command, line: str) -> list[str]:
    command = ["bash", "--norc", "-c", COMPLETE, "bash", line]
    done = subprocess.run(
        command,
        cwd=roost.folder,
        env=roost.environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT,
        check=False,
    )
    assert done.stderr == ""
    return [word for word in done.stdout.splitlines() if word]


LINES = {
    "roost infer tab-": ["tab-pipeline"],
    "roost logs tab-": ["tab-pipeline"],
    "roost logs delete tab-": ["tab-pipeline"],
    "roost report tab-": ["tab-pipeline"],
    "roost quality tab-": ["tab-pipeline"],
    "roost pipeline deploy tab-": ["tab-pipeline"],
    "roost pipeline rollback tab-pipeline --to prev": ["previous"],
    "roost model show tab-": ["tab-model"],
    "roost model show --workspace tab-workspace tab-": ["tab-other"],
    "roost model list --workspace tab-": ["tab-workspace"],
    "roost function invoke tab-": ["tab-function"],
    "roost transform --model tab-": ["tab-model"],
    "roost logs tab-pipeline --li": ["--limit"],
    "roost pipeline undep": ["undeploy"],
}


@pytest.mark.parametrize(("line", "words"), LINES.items(), ids=LINES)
def test_names_of_the_server_are_completed(roost: Command, version: str, line: str, words: list[str]) -> None:
    assert completions(roost, line) == words


def test_versions_of_the_pipeline_on_the_line_are_completed(roost: Command, version: str) -> None:
    assert completions(roost, f"roost pipeline deploy tab-pipeline --version {version[:6]}") == [version]
    assert completions(roost, "roost pipeline deploy nope --version ") == []


def test_without_a_server_nothing_is_completed_and_soon(roost: Command, version: str) -> None:
    url = roost.environment["ROOST_URL"]
    roost.environment["ROOST_URL"] = "http://127.0.0.1:1"
    assert completions(roost, "roost infer tab-") == []
    assert completions(roost, f"roost infer --url {url} tab-") == ["tab-pipeline"]
    # Nothing answers at this address.
    roost.environment["ROOST_URL"] = "http://192.0.2.1"
    start = time.monotonic()
    assert completions(roost, "roost infer tab-") == []
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_completion_script(roost: Command, shell: str) -> None:
    script = roost("--generate-completion-script", shell)
    assert all(word in script for word in ("pipeline", "runtimes", "drain-delay"))
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, timeout=COMMAND_LIMIT, check=True)
