"""The code of functions: files, folders, archives and texts."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

from .errors import InvalidInputError, MissingFileError

# What Git and Python keep for themselves.
_OMITTED = {".git", "__pycache__"}


def code_fields(code: str | Path | bytes) -> dict[str, str]:
    """Returns the fields of a definition for code.

    Args:
        code: The path of a Python file, of a folder or of a zip archive; or the text of a Python file, which has at
            least one line end; or the bytes of a zip archive.

    Raises:
        MissingFileError: If there is no such file.
        InvalidInputError: If a folder has something that is not a regular file.
    """
    if isinstance(code, bytes):
        return {"code": base64.b64encode(code).decode()}
    if isinstance(code, str) and "\n" in code:
        return {"source": code}
    file = Path(code).expanduser()
    if file.is_dir():
        return {"code": base64.b64encode(packed(file)).decode()}
    if not file.is_file():
        raise MissingFileError(f"There is no file or folder '{code}' (looked in {Path.cwd()}).")
    if file.suffix.lower() == ".py":
        return {"source": file.read_text(encoding="utf-8")}
    return {"code": base64.b64encode(file.read_bytes()).decode()}


def packed(folder: Path) -> bytes:
    """Returns a zip archive of the files in a folder. The same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder)
            if not _OMITTED.isdisjoint(name.parts):
                continue
            if file.is_symlink() or not (file.is_file() or file.is_dir()):
                raise InvalidInputError(f"'{name}' is not a regular file.")
            if file.is_dir():
                continue
            entry = zipfile.ZipInfo(name.as_posix())
            entry.external_attr = (0o100755 if file.stat().st_mode & 0o111 else 0o100644) << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
