#!/usr/bin/python3
"""Trains the CIFAR-10 MLPs of He et al., arXiv 2101.05490, and exports them to ONNX.

    tools/train/cifar10_mlp.py

Five times Dense(width) -> BatchNorm -> ReLU, then Dense(10); otherwise as mnist_mlp.py. Needs cifar10.py's data.
"""
import hash_encoder


def properties(settings):
    return {"family": "he-mlp", "dataset": "cifar10", "activation": "relu", "normalization": "batch", "protocol": "he-1",
            "width": settings["width"], "depth": settings["depth"], "seed": settings["seed"], "epoch": settings["epoch"],
            "noise": settings["labelNoise"], "samples": settings["samples"]}


if __name__ == "__main__":
    hash_encoder.main(__doc__, "cifar10", 40_000, [10, 20, 100, 200], depth=5, properties_of=properties)
