#!/usr/bin/python3
"""Checks exported models against models.json without PyTorch: file hash, ONNX validity, accuracy.

    tools/train/check_models.py models

Models whose data set is not there are checked without their accuracy, and said to be.
"""
import one_thread  # first, see there

import argparse
import functools
import json
import sys
from pathlib import Path

import onnx

from datasets import folder_of, read_splits
from files import sha256
from onnx_numpy import accuracies

# What the first models, those of mnist_mlp.py, do not say.
FIRST = {"dataset": "mnist", "fitted": 48_000}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder with models.json and the .onnx files")
    options = parser.parse_args()
    read = functools.lru_cache(maxsize=1)(read_splits)
    failed = False
    for name, facts in json.loads((options.models / "models.json").read_text()).items():
        content = (options.models / name).read_bytes()
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model, full_check=True)
        same = sha256(content) == facts["sha256"]
        dataset = {**FIRST, **facts}["dataset"]
        if folder_of(dataset).is_dir():
            splits = read(dataset, {**FIRST, **facts}["fitted"])
            measured = accuracies(model, {split: splits[split] for split in facts["accuracy"]})
            # Another BLAS rounds otherwise, which may flip a sample that lies on a boundary.
            close = all(abs(measured[split] - share) < 5e-4 for split, share in facts["accuracy"].items())
        else:
            measured, close = f"accuracy not checked: `{folder_of(dataset)}` is missing", True
        failed |= not (close and same)
        print(f"{'ok    ' if close and same else 'FAILED'} {name} {measured}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
