#!/usr/bin/python3
"""Trains MNIST MLPs over depth x width x activation, the factors that Ayinde et al., arXiv 1901.10900, name for redundancy.

    tools/train/mnist_grid.py

(Dense(width) -> activation) x depth, then Dense(10); no normalisation, no penalty. Narrow ones first. A model that is
finished is not trained again, one that was stopped begins again: the longest takes minutes. Progress goes to stderr.
"""
import one_thread  # first, see there

import argparse
import sys
import time
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

from datasets import read_splits
from training import Catalogue, flatten, order_of, prepare, train_epoch

DATASET, FITTED = "mnist", 60_000
BATCH, RATE = 128, 1e-3  # Adam
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "selu": nn.SELU}


def build(width, depth, activation):
    layers, inputs = OrderedDict(), 784
    for i in range(1, depth + 1):
        layers[f"hidden{i}"] = nn.Linear(inputs, width)
        layers[f"{activation}{i}"] = ACTIVATIONS[activation]()
        inputs = width
    layers["classes"] = nn.Linear(inputs, 10)
    for layer in layers.values():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(layers)


def train(catalogue, width, depth, activation, seed, epochs, splits):
    name = f"mnist-grid-w{width:04}-d{depth}-{activation}" + (f"-s{seed}" if seed != 1 else "")
    settings = {"dataset": DATASET, "fitted": FITTED, "width": width, "depth": depth, "activation": activation,
                "seed": seed, "epochs": epochs}
    if catalogue.has([f"{name}.onnx"], settings):
        return
    started = time.monotonic()
    images, labels = map(torch.from_numpy, splits["fit"])
    torch.manual_seed(seed)
    model = build(width, depth, activation)
    optimizer = torch.optim.Adam([flatten(model.parameters())], lr=RATE)
    for epoch in range(epochs):
        loss = train_epoch(model, optimizer, images, labels, order_of(FITTED, seed, epoch), BATCH)
    print(f"{name} loss {loss:.5f} {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    properties = {"family": "grid-mlp", "dataset": DATASET, "width": width, "depth": depth, "activation": activation,
                  "normalization": "none", "regularization": "none", "seed": seed, "epoch": epochs, "noise": 0,
                  "samples": FITTED, "protocol": "grid-1"}
    catalogue.keep(f"{name}.onnx", model, (784,), splits, settings, properties)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--out", type=Path, default=Path("artifacts/train/grid"), help="folder for the models (default: %(default)s)")
    add("--widths", type=int, nargs="+", default=[100, 300, 1000], help="units per hidden layer (default: 100 300 1000)")
    add("--depths", type=int, nargs="+", default=[1, 2, 3, 4], help="hidden layers (default: 1 2 3 4)")
    add("--activations", nargs="+", default=list(ACTIVATIONS), choices=ACTIVATIONS, help="(default: all)")
    add("--seeds", type=int, nargs="+", default=[1], help="of initialisation and order of samples; from 2 on in the name")
    add("--epochs", type=int, default=5, help="(default: %(default)s)")
    options = parser.parse_args()
    prepare()
    splits = read_splits(DATASET, FITTED)
    catalogue = Catalogue(options.out)
    for seed in options.seeds:
        for width in options.widths:
            for depth in options.depths:
                for activation in options.activations:
                    train(catalogue, width, depth, activation, seed, options.epochs, splits)


if __name__ == "__main__":
    main()
