"""Writes the files of the models: expected outputs as JSON, and reproducible archives."""

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np


def plain(values):
    """Returns nested lists of plain values. A float becomes the shortest decimal that reads back as the same float."""
    if isinstance(values, np.ndarray):
        return [plain(value) for value in values]
    if isinstance(values, np.float16):
        values = np.float32(values)
    if isinstance(values, np.floating):
        return float(str(values))
    if isinstance(values, np.generic):
        return values.item()
    if isinstance(values, bytes):
        return values.decode()
    return values


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def write_expected(root, name, inputs, outputs):
    """Writes inputs and the framework's outputs for them, both as arrays by name."""
    write_json(root / "expected" / f"{name}.json", {
        "inputs": {key: plain(value) for key, value in inputs.items()},
        "outputs": {key: plain(value) for key, value in outputs.items()},
    })


def write_zip(path, folder, prefix):
    """Zips a folder, including its subfolders, as `zip -r` does, under `prefix` ("" or "name/")."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if prefix:
            archive.writestr(_zip_entry(prefix), b"")
        for item in sorted(folder.rglob("*")):
            name = prefix + item.relative_to(folder).as_posix()
            if item.is_dir():
                archive.writestr(_zip_entry(name + "/"), b"")
            else:
                archive.writestr(_zip_entry(name), item.read_bytes())


def _zip_entry(name):
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    is_folder = name.endswith("/")
    entry.compress_type = zipfile.ZIP_STORED if is_folder else zipfile.ZIP_DEFLATED
    entry.external_attr = (0o40755 << 16 | 0x10) if is_folder else (0o100644 << 16)
    return entry


def write_tar_gz(path, members):
    """Writes {name: bytes} as a .tar.gz."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    path.write_bytes(gzip.compress(content.getvalue(), mtime=0))
