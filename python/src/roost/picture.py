"""Pictures in files."""

from __future__ import annotations

from pathlib import Path


def saved(picture: str, path: str | Path) -> Path:
    """Writes a picture to a file, and returns the file's path."""
    file = Path(path).expanduser()
    file.write_text(picture, encoding="utf-8")
    return file
