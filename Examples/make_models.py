#!/usr/bin/env python3
"""Makes the example models, their expected outputs, and the requests in `data/`."""

import os

# One thread, so that sums are always added in the same order. The libraries read these variables when they are loaded.
os.environ |= {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "",
}

import argparse
import importlib
import pathlib

PARTS = {"onnx": "onnx_models", "xgboost": "xgboost_models", "tensorflow": "tensorflow_models", "data": "data_files"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to make: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent,
                        help="the folder to write to (default: this folder)")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")

    (arguments.output / "models").mkdir(parents=True, exist_ok=True)
    for part in arguments.parts or PARTS:
        importlib.import_module(PARTS[part]).make(arguments.output, arguments.seed)
        print(f"made {part}")


if __name__ == "__main__":
    main()
