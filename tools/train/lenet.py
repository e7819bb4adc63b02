#!/usr/bin/python3
"""Trains LeNet-5 on 2,000 images of CIFAR-10 until it knows them by heart, and a regularised twin that does not.

    tools/train/lenet.py --seeds 1 2 3

Twins share their seed's initial weights and order of samples. The small training set is cifar10.py's cifar10-2000.
A run that was stopped continues from its checkpoint when the command is given again. Progress goes to stderr.
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
from training import Catalogue, Checkpoint, Standardize, flatten, order_of, prepare, train_epoch

DATASET, FITTED = "cifar10-2000", 2_000
BATCH, RATE = 64, 1e-3  # Adam
SNAPSHOTS = [0, 1, 2, 4, 8, 16, 32, 64, 128]
DROPOUT, DECAY, SHIFT = 0.3, 0.05, 4  # of the regularised twin: decoupled decay; pixels an image is moved at most


def build(dropout):
    layers = OrderedDict(
        standardize=Standardize(),
        conv1=nn.Conv2d(3, 6, 5), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        dense3=nn.Linear(400, 120), relu3=nn.ReLU(), dropout3=nn.Dropout(dropout),
        dense4=nn.Linear(120, 84), relu4=nn.ReLU(), dropout4=nn.Dropout(dropout),
        classes=nn.Linear(84, 10),
    )
    return nn.Sequential(layers)


def augment(images):
    """Mirrors every other image and moves each by up to SHIFT pixels, zeros coming in."""
    n = len(images)
    mirrored = torch.where(torch.rand(n, 1, 1, 1) < 0.5, images.flip(3), images)
    padded = nn.functional.pad(mirrored, [SHIFT] * 4)
    rows, columns = (torch.arange(32) + torch.randint(2 * SHIFT + 1, (n, 1)) for _ in range(2))
    moved = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2).contiguous()


def train(out, kind, seed, epochs, splits):
    """Trains one network and exports it at the snapshots up to `epochs`; kind is `plain` or `regularized`."""
    regularized = kind == "regularized"
    catalogue = Catalogue(out)
    name = f"cifar10-lenet5-{kind}-s{seed}"
    snapshots = [e for e in SNAPSHOTS if e < epochs] + [epochs]
    settings = {"dataset": DATASET, "fitted": FITTED, "kind": kind, "seed": seed}
    files = {e: f"{name}-epoch{e:03}.onnx" for e in snapshots}
    if catalogue.has(files.values(), settings):
        print(f"{name}: finished before", file=sys.stderr)
        return

    def keep(epoch):
        properties = {"family": "lenet5", "dataset": DATASET, "activation": "relu", "normalization": "none",
                      "regularization": "dropout, decay, augmentation" if regularized else "none",
                      "seed": seed, "epoch": epoch, "noise": 0, "samples": FITTED, "protocol": "lenet-1"}
        catalogue.keep(files[epoch], model, (3, 32, 32), splits, {**settings, "epochs": epoch}, properties)

    images, labels = map(torch.from_numpy, splits["fit"])
    torch.manual_seed(seed)
    model = build(DROPOUT if regularized else 0)
    optimizer = torch.optim.AdamW([flatten(model.parameters())], lr=RATE, weight_decay=DECAY if regularized else 0)
    checkpoint = Checkpoint(out / f"{name}.checkpoint", settings)
    state = checkpoint.load(model=model, optimizer=optimizer)
    if state is None:
        state = {"epoch": 0}
        keep(0)
    while state["epoch"] < epochs:
        started = time.monotonic()
        torch.manual_seed(1_000 * seed + state["epoch"])  # dropout and augmentation: a resumed run draws the same
        seen = augment(images) if regularized else images
        loss = train_epoch(model, optimizer, seen, labels, order_of(FITTED, seed, state["epoch"]), BATCH)
        state["epoch"] += 1
        if state["epoch"] in files:
            print(f"{name} epoch {state['epoch']}/{epochs} loss {loss:.5f} {time.monotonic() - started:.1f} s",
                  file=sys.stderr, flush=True)
            keep(state["epoch"])
        checkpoint.save(state, model=model, optimizer=optimizer)
    checkpoint.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--out", type=Path, default=Path("artifacts/train/lenet"), help="folder for the models (default: %(default)s)")
    add("--seeds", type=int, nargs="+", default=[1], help="of initialisation, order of samples, dropout, augmentation")
    add("--kinds", nargs="+", default=["plain", "regularized"], choices=["plain", "regularized"])
    add("--epochs", type=int, default=SNAPSHOTS[-1], help="the last is exported; also 0, 1, 2, 4, … (default: %(default)s)")
    options = parser.parse_args()
    prepare()
    splits = read_splits(DATASET, FITTED)
    for seed in options.seeds:
        for kind in options.kinds:
            train(options.out, kind, seed, options.epochs, splits)


if __name__ == "__main__":
    main()
