"""Files uploaded by mistake are identified, with advice on how to get a model. All files are made by the real libraries."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import xgboost
from harness import BINARY, MODELS, Api, refused
from PIL import Image
from sklearn.linear_model import LogisticRegression
from small_onnx import number
from unusual_onnx import model, node, tensor_type, value

ROWS = np.arange(40, dtype=np.float32).reshape(10, 4)
LABELS = np.arange(10) % 2
SKLEARN = LogisticRegression().fit(ROWS, LABELS)
BOOSTER = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(ROWS, LABELS), 2)


def buffered(write: Callable[[io.BytesIO], Any]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def dumped(compress: Any = 0) -> bytes:
    return buffered(lambda buffer: joblib.dump(SKLEARN, buffer, compress=compress))


def saved(tmp_path: Path, save: Callable[[str], Any]) -> bytes:
    path = tmp_path / "file"
    save(str(path))
    return path.read_bytes()


def packed(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return buffer.getvalue()


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return buffer.getvalue()


def picture(kind: str) -> bytes:
    return buffered(lambda buffer: Image.new("RGB", (4, 4)).save(buffer, kind))


def database(path: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()


SKL2ONNX, SAVE_MODEL, NOT_RUN = "skl2onnx.to_onnx", 'booster.save_model("model.json")', "Roost does not run it"
FILES: dict[str, tuple[Callable[[Path], bytes], tuple[str, ...]]] = {
    **{
        f"a pickle of protocol {protocol}": (
            lambda _, protocol=protocol: pickle.dumps(SKLEARN, protocol),  # type: ignore[misc]
            ("Python pickle of a scikit-learn model", NOT_RUN, SKL2ONNX),
        )
        for protocol in range(6)
    },
    "a pickle of a dictionary": (lambda _: pickle.dumps({"a": [1]}, 0), ("Python pickle", NOT_RUN)),
    "a pickle of a list": (lambda _: pickle.dumps([1, 2], 0), ("Python pickle", NOT_RUN)),
    "a pickle of a booster": (lambda _: pickle.dumps(BOOSTER), ("Python pickle of an XGBoost booster", SAVE_MODEL)),
    "a file of joblib": (lambda _: dumped(), ("Python pickle of a scikit-learn model", SKL2ONNX)),
    "a file of joblib with zlib": (lambda _: dumped(("zlib", 3)), ("zlib", SKL2ONNX)),
    "a file of joblib with gzip": (lambda _: dumped(("gzip", 3)), ("gzip", "Python pickle", SKL2ONNX)),
    "a file of joblib with bz2": (lambda _: dumped(("bz2", 3)), ("bzip2", SKL2ONNX)),
    "a file of joblib with xz": (lambda _: dumped(("xz", 3)), ("xz", SKL2ONNX)),
    "a file of joblib with lzma": (lambda _: dumped(("lzma", 3)), ("xz", SKL2ONNX)),
    "zlib": (lambda _: zlib.compress(b"x" * 100, 9), ("zlib",)),
    "bzip2": (lambda _: bz2.compress(b"x"), ("bzip2",)),
    "xz": (lambda _: lzma.compress(b"x"), ("xz",)),
    "a dump of a booster": (lambda path: saved(path, BOOSTER.dump_model), ("dump of an XGBoost model", SAVE_MODEL)),
    "a dump of a booster as JSON": (
        lambda path: saved(path, lambda name: BOOSTER.dump_model(name, dump_format="json")),
        ("dump of an XGBoost model", SAVE_MODEL),
    ),
    "a configuration of a booster": (
        lambda _: BOOSTER.save_config().encode(),
        ("XGBoost configuration", SAVE_MODEL),
    ),
    "a booster in gzip": (lambda _: gzip.compress(bytes(BOOSTER.save_raw("json"))), ("gzip", "gunzip")),
    "an array": (lambda _: buffered(lambda buffer: np.save(buffer, ROWS)), ("NumPy",)),
    "arrays": (lambda _: buffered(lambda buffer: np.savez(buffer, rows=ROWS)), ("NumPy",)),
    "a PNG": (lambda _: picture("PNG"), ("an image",)),
    "a JPEG": (lambda _: picture("JPEG"), ("an image",)),
    "a GIF": (lambda _: picture("GIF"), ("an image",)),
    "a BMP": (lambda _: picture("BMP"), ("an image",)),
    "a database": (lambda path: saved(path, database), ("SQLite",)),
    "a program": (lambda _: BINARY.read_bytes()[:100_000], ("executable",)),
    "a network of PyTorch": (lambda _: zipped("a/data.pkl", "a/data/0"), ("PyTorch", "torch.onnx.export")),
    "a network of Keras": (
        lambda _: zipped("config.json", "metadata.json", "model.weights.h5"),
        ("Keras", 'model.export("folder")'),
    ),
    "an ONNX model in a zip": (lambda _: zipped("m/model.onnx"), ("contains an ONNX model", "'model.onnx'")),
    "an ONNX model in a tar": (
        lambda _: gzip.compress(packed("model.onnx")),
        ("contains an ONNX model", "'model.onnx'"),
    ),
    "a SavedModel in a tar": (
        lambda _: gzip.compress(packed("m/saved_model.pb")),
        ("SavedModel", "framework=tensorflow"),
    ),
    "a pickle in a tar": (lambda _: gzip.compress(packed("model.joblib")), ("'model.joblib'", NOT_RUN)),
    "a model of an algorithm": (lambda _: gzip.compress(packed("model.json")), ("model.json", "linear-learner")),
    "a plain tar": (lambda _: packed("xgboost-model"), ("uncompressed tar archive",)),
    "a table": (lambda _: b"a,b\n1,2\n3,4\n", ("comma-separated",)),
    "a list as JSON": (lambda _: json.dumps([1, 2]).encode(), ("JSON", SAVE_MODEL)),
    "an object as JSON": (lambda _: json.dumps({"a": 1}).encode(), ("JSON", SAVE_MODEL)),
    "a notebook": (
        lambda _: json.dumps({"cells": [{"cell_type": "code"}], "nbformat": 4}).encode(),
        ("notebook",),
    ),
    "a page": (lambda _: b"\n<!doctype html>\n<html><body>Please log in</body></html>", ("HTML",)),
    "a pointer": (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", ("git lfs pull",)),
    "Python": (lambda _: b"import numpy as np\n", ("Python source",)),
    "words": (lambda _: "Zürich\n".encode(), ("text",)),
}


@pytest.mark.parametrize(("make", "parts"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_model_is_named(
    api: Api, tmp_path: Path, make: Callable[[Path], bytes], parts: tuple[str, ...]
) -> None:
    content = make(tmp_path)
    refused(api.post("/v1/models/foreign/versions", data=content), 400, "body", *parts)
    # Declaring a framework makes no difference.
    answer = api.post("/v1/models/foreign/versions?framework=onnx", data=content)
    refused(answer, 400, "body", "model that can be loaded")


@pytest.mark.parametrize(("ir", "opset"), [(99, 15), (8, 99)])
def test_a_model_of_a_newer_onnx_can_be_converted_again(api: Api, ir: int, opset: int) -> None:
    values = [value(name, tensor_type(1, [None, 2])) for name in "xy"]
    content = model([node("Relu", ["x"], ["y"])], values[:1], values[1:], opset=opset)
    newer = content.replace(number(1, 8), number(1, ir), 1)
    refused(
        api.post("/v1/models/foreign/versions", data=newer), 400, "body", "version", ". See the guide 'Which models"
    )


def test_models_themselves_are_not_foreign(api: Api) -> None:
    for format in ("json", "ubj"):
        api.upload("own", bytes(BOOSTER.save_raw(format)))
    assert (MODELS / "fraud-dense.onnx").is_file()
    api.upload("own", "fraud-dense.onnx")
