#!/usr/bin/env python3
"""Renders the documents as a web site in .build/site, and fails if a link leads nowhere.

The pages keep their paths of the repository, so that links between them, and to files such as deploy/roost.service, need no
change. The navigation is that of docs/index.md. A page that is missing there is added to the section of its folder, if need be
in the section Project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
WORK = REPOSITORY / ".build" / "site-source"
SITE = REPOSITORY / ".build" / "site"
INDEX, STYLES = Path("docs/index.md"), Path("docs/site.css")
FIRST_PAGES = [Path("docs/decisions/README.md")]
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "Examples/README.md",
    "python/README.md",
    "docs",
)

_LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)[^)]*\)")

#: The navigation as the configuration has it: a page's title and path, or a section's title and contents.
Navigation = list[dict[str, Any]]


def pages() -> list[Path]:
    """Returns the documents that git tracks or would add, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PAGES],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    found = {Path(name) for name in listed if name.endswith(".md") and (REPOSITORY / name).is_file()}
    return sorted(found, key=lambda page: (page.parent, page.name != "README.md", page.name))


def links(page: Path) -> list[tuple[str, Path]]:
    """Returns the texts of a page's links to files of the repository, and the files."""
    found = _LINK.findall((REPOSITORY / page).read_text())
    return [(text, Path(os.path.normpath(page.parent / target))) for text, target in found if "://" not in target]


def copy(found: list[Path]) -> list[str]:
    """Copies the pages and the other files that they link to into an empty folder, and returns what is wrong with links."""
    shutil.rmtree(WORK, ignore_errors=True)
    # The program itself reports links to pages that do not exist.
    others = {path: page for page in found for _, path in links(page) if path.suffix != ".md"}
    wrong = [f"{page}: {path} is not a file" for path, page in others.items() if not (REPOSITORY / path).is_file()]
    for path in [] if wrong else [*found, *others, STYLES]:
        copied = WORK / "pages" / path
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, copied)
    return wrong


def title(page: Path) -> str:
    heading = re.search(r"^# (.+)$", (REPOSITORY / page).read_text(), re.MULTILINE)
    return heading[1] if heading else page.stem


def navigation(found: list[Path]) -> Navigation:
    """Returns the sections of the index. Pages that it does not name follow in the sections of their folders."""
    first: Navigation = [{"Roost": "README.md"}, {"Documentation": str(INDEX)}]
    sections: dict[str, Navigation] = {}
    known = {Path("README.md"), INDEX}
    section = place = first
    for line in (REPOSITORY / INDEX).read_text().splitlines():
        if line.startswith("## "):
            section = place = sections[line[3:]] = []
        elif line.endswith(":"):
            place = []
            section.append({line[:-1]: place})
        for text, target in _LINK.findall(line):
            path = Path(os.path.normpath(INDEX.parent / target))
            # The first page of a folder begins the folder's own section, below.
            if path in found and path not in FIRST_PAGES:
                known.add(path)
                place.append({text: str(path)})
    folders: dict[str, Navigation] = {}
    for page in found:
        if page not in known:
            name = page.parent.name.capitalize()
            place = sections[name] if name in sections else folders.setdefault(name, [])
            place.append({title(page): str(page)})
    sections["Project"] += [{name: contents} for name, contents in folders.items()]
    return first + [{name: contents} for name, contents in sections.items()]


def as_toml(value: Any) -> str:
    """Returns a navigation as TOML, whose strings may be written as JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {as_toml(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value)


def main() -> int:
    found = pages()
    if wrong := copy(found):
        print("\n".join(wrong))
        return 1
    settings = f'docs_dir = "pages"\nsite_dir = "site"\nnav = {as_toml(navigation(found))}\n'
    template = (REPOSITORY / "zensical.toml").read_text()
    (WORK / "zensical.toml").write_text(template.replace("[project]\n", f"[project]\n{settings}", 1))
    program = REPOSITORY / ".venv-site" / "bin" / "zensical"
    done = subprocess.run(
        [program, "build", "--strict"],
        cwd=WORK,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout)
        return 1
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(WORK / "site", SITE)
    print(f"{len(found)} pages. Read them with: python3 -m http.server --directory {SITE.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
