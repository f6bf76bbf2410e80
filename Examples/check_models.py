#!/usr/bin/env python3
"""Checks that each model in `models/` still gives the outputs in `expected/`, and prints its signature."""

import os

os.environ |= {
    "ORT_DISABLE_TELEMETRY": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "",
}

import json
import pathlib
import sys
import tarfile
import tempfile
import threading
import zipfile

import numpy as np
import onnx_models
import onnxruntime
import tensorflow as tf
import tensorflow_models
import xgboost
import xgboost_models
from tensorflow.core.protobuf import saved_model_pb2

ROOT = pathlib.Path(__file__).parent
ONNX_TYPES = {
    "bool": np.bool_, "float": np.float32, "double": np.float64, "float16": np.float16, "string": object,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
}


def check_onnx(path, inputs):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for kind, values in (("in", session.get_inputs()), ("out", session.get_outputs())):
        for value in values:
            print(f"    {kind:3} {value.name} {value.type} {value.shape}")
    types = {value.name: ONNX_TYPES[value.type[7:-1]] for value in session.get_inputs()}
    return onnx_models.predict(path, {name: np.array(value, types[name]) for name, value in inputs.items()})


def check_xgboost(path, inputs):
    data = path.read_bytes()
    if path.suffix == ".gz":
        with tarfile.open(path) as archive:
            data = archive.extractfile("xgboost-model").read()
    booster = xgboost.Booster(model_file=bytearray(data))
    answer = xgboost_models.predict(booster, np.array(inputs["input"], np.float32))
    print(f"    in  FP32 [-1, {booster.num_features()}], out FP32 [-1, {answer.shape[1]}]")
    return {"0": answer}


def check_tensorflow(path, inputs):
    with tempfile.TemporaryDirectory() as scratch:
        zipfile.ZipFile(path).extractall(scratch)
        [file] = pathlib.Path(scratch).rglob("saved_model.pb")
        [graph] = saved_model_pb2.SavedModel.FromString(file.read_bytes()).meta_graphs
        signature = graph.signature_def["serving_default"]
        for kind, values in (("in", signature.inputs), ("out", signature.outputs)):
            for name in sorted(values, key=lambda name: int(values[name].name.rpartition(":")[2])):
                value = values[name]
                shape = [dimension.size for dimension in value.tensor_shape.dim]
                print(f"    {kind:3} {name} {tf.dtypes.as_dtype(value.dtype).name} {shape} = {value.name}")
        types = {name: tf.dtypes.as_dtype(value.dtype).as_numpy_dtype for name, value in signature.inputs.items()}
        return tensorflow_models.predict(
            file.parent, {name: np.array(value, types[name]) for name, value in inputs.items()})


def agrees(answer, expected):
    if answer.dtype == object:
        answer = [[v.decode() if isinstance(v, bytes) else v for v in np.ravel(answer)]]
        return np.ravel(answer).tolist() == np.ravel(np.array(expected, object)).tolist()
    if answer.dtype.kind == "f":
        expected = np.array(expected, answer.dtype)
        return answer.shape == expected.shape and np.allclose(answer, expected, rtol=1e-5, atol=1e-6)
    return answer.tolist() == expected


def hangs_until_terminated():
    """Returns whether slow-loop, on an input that makes it loop, runs for two seconds and ends when it is terminated."""
    session = onnxruntime.InferenceSession(ROOT / "models/slow-loop.onnx", providers=["CPUExecutionProvider"])
    options, ended = onnxruntime.RunOptions(), threading.Event()
    options.log_severity_level = 4

    def run():
        try:
            session.run(None, {"input": np.ones((1, 29), np.float32)}, options)
        except Exception as error:  # ONNX Runtime has no specific exception for it.
            print(f"    ended with: {error}")
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    if ended.wait(2):
        return False
    options.terminate = True
    return ended.wait(5)


def requests_hold():
    """Returns whether the requests in `data/` have the results that the README states."""
    def ask(model, file):
        return onnx_models.predict(ROOT / "models" / f"{model}.onnx", {
            {"fraud-dense": "dense_input", "fraud-trees": "inputs"}.get(model, name): np.array(rows, np.float32)
            for name, rows in json.loads((ROOT / "data" / file).read_text()).items()})

    prices = ask("house-price", "houses.json")["price"][:, 0]
    frauds = {model: ask(model, "fraud-1000.json")["probability"][:, 0] > 0.5
              for model in ("fraud-dense", "fraud-dense-2", "fraud-trees")}
    one = [ask(model, "fraud.json")["probability"].item() for model in frauds]
    scaled = ask("scaler", "fraud-raw.json")["scaled"]
    print("    house prices", [f"{price:.1f}" for price in prices])
    print("    frauds of 1000", {model: int(found.sum()) for model, found in frauds.items()}, "one fraud", one)
    return (
        (prices > 100).nonzero()[0].tolist() == [17] and (np.delete(prices, 17) < 60).all() and min(one) > 0.9
        and all(5 < found.sum() < 50 for found in frauds.values())
        and np.allclose(scaled, json.loads((ROOT / "data/fraud.json").read_text())["tensor"], atol=1e-3))


def main():
    checks = {".onnx": check_onnx, ".zip": check_tensorflow}
    failed = []
    for path in sorted((ROOT / "models").iterdir()):
        print(f"{path.name}, {path.stat().st_size} bytes")
        expected = json.loads((ROOT / "expected" / f"{path.name.split('.')[0]}.json").read_text())
        answer = checks.get(path.suffix, check_xgboost)(path, expected["inputs"])
        if answer.keys() != expected["outputs"].keys() or not all(
            agrees(answer[name], value) for name, value in expected["outputs"].items()
        ):
            failed.append(path.name)
    for check in (hangs_until_terminated, requests_hold):
        print(check.__name__)
        if not check():
            failed.append(check.__name__)
    print("failed: " + ", ".join(failed) if failed else "all agree")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
