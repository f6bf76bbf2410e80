"""Prints the last stage of the Dockerfile as a shell script, which ends with a look at the running server.

Usage: dockerfile_steps.py. The script expects the files of earlier stages at their places, and is for a system of its own.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

DOCKERFILE = Path(__file__).resolve().parents[1] / "Dockerfile"


def last_stage() -> list[tuple[str, str]]:
    """Returns the instructions after the last FROM, with continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    stage = text.rpartition("\nFROM ")[2].split("\n")[1:]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in stage if line.strip()]


def main() -> None:
    """Prints the script."""
    lines = ["set -eu"]
    user, entry, health = "root", "", ""
    for instruction, value in last_stage():
        match instruction:
            case "COPY":
                source, target = re.sub(r"--from=\S+ ", "", value).split()
                lines.append(f"mkdir -p {target} && cp {source} {target}")
            case "RUN":
                lines.append(value)
            case "ENV":
                lines.append(f"export {value}")
            case "USER":
                user = value
            case "ENTRYPOINT":
                entry = shlex.join(json.loads(value))
            case "HEALTHCHECK":
                health = shlex.join(json.loads(value.removeprefix("CMD ")))
            case "VOLUME" | "EXPOSE":
                pass
            case _:
                raise SystemExit(f"The instruction {instruction} is not translated.")
    lines += [
        f"setpriv --reuid={user} --regid={user} --clear-groups {entry} &",
        f"for _ in $(seq 100); do if {health} >/dev/null 2>&1; then break; fi; sleep 0.1; done",
        health,
        "kill $!",
        "wait $!",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
