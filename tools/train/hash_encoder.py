"""The protocol of He et al., arXiv 2101.05490, for MLPs: (Dense -> BatchNorm -> ReLU) x depth, then Dense(10)."""
import one_thread  # first, see there

import argparse
import math
import sys
import time
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

from datasets import folder_of, read_splits
from training import Catalogue, Checkpoint, flatten, order_of, prepare, train_epoch

BATCH = 64
RATE, RATE_STEP, RATE_FACTOR = 0.01, 20, 0.1  # Adam; the rate falls tenfold every 20 epochs
L2 = 1e-6  # on the weights of hidden layers alone, as in the authors' code
PATIENCE = 10  # epochs without a lower training loss
# The authors left these at Keras's defaults, which are not PyTorch's.
ADAM_EPSILON, NORM_EPSILON, NORM_MOMENTUM = 1e-7, 1e-3, 0.01


def build(inputs, width, depth):
    layers = OrderedDict()
    for i in range(1, depth + 1):
        layers[f"hidden{i}"] = nn.Linear(inputs, width)
        layers[f"norm{i}"] = nn.BatchNorm1d(width, eps=NORM_EPSILON, momentum=NORM_MOMENTUM)
        layers[f"relu{i}"] = nn.ReLU()
        inputs = width
    layers["classes"] = nn.Linear(inputs, 10)
    for layer in layers.values():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(layers)


def flatten_by_decay(model):
    """Two vectors: the weights of hidden layers, which the penalty is on, and all other parameters."""
    groups = [], []
    for name, p in model.named_parameters():
        groups[not (name.startswith("hidden") and name.endswith(".weight"))].append(p)
    return map(flatten, groups)


def fitted_labels(labels, noise, seed):
    """The paper's control: the first floor(noise * n) labels are permuted among themselves."""
    count = math.floor(noise * len(labels))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return torch.cat([labels[:count][order], labels[count:]])


def train(options, dataset, depth_unsaid, properties_of, width, seed, splits):
    """Trains one width with one seed, from its checkpoint where there is one, and exports it."""
    catalogue = Catalogue(Path(options.out.format(seed=seed)))
    noise = f"-noise{round(100 * options.label_noise):02}" if options.label_noise else ""
    few = f"-n{options.samples:05}" if options.samples else ""
    name = f"{dataset}-mlp-w{width:03}" + (f"-d{options.depth}" if options.depth != depth_unsaid else "") + few + noise
    settings = {"width": width, "depth": options.depth, "seed": seed,
                "labelNoise": options.label_noise, "maximumEpochs": options.epochs,
                **({"fittedSamples": options.samples} if options.samples else {})}
    # The catalogue of the first models, MNIST's, does not say this; it is kept as it was.
    source = {"dataset": dataset, "fitted": len(splits["fit"][1])} if dataset != "mnist" else {}
    wanted = [f"{name}.onnx"] + [f"{name}-epoch{e:02}.onnx" for e in options.snapshots]
    if catalogue.has(wanted, settings):
        print(f"{name} seed {seed}: finished before", file=sys.stderr)
        return

    images, labels = (torch.from_numpy(part)[:options.samples or None] for part in splits["fit"])
    images = images.flatten(1)
    labels = fitted_labels(labels, options.label_noise, seed)

    def keep(file, epoch):
        catalogue.keep(file, model, images.shape[1:], splits, {**source, **settings, "epochs": epoch},
                       properties_of({**settings, "epoch": epoch, "samples": len(labels)}))

    torch.manual_seed(seed)
    model = build(images.shape[1], width, options.depth)
    decayed, others = flatten_by_decay(model)
    # Adam adds weight_decay * w to the gradient, which is that of L2 * w² when weight_decay is 2 * L2.
    optimizer = torch.optim.Adam([{"params": [decayed], "weight_decay": 2 * L2}, {"params": [others]}],
                                 lr=RATE, eps=ADAM_EPSILON)
    checkpoint = Checkpoint(catalogue.folder / f"{name}.checkpoint", {**settings, "snapshots": options.snapshots})
    state = checkpoint.load(model=model, optimizer=optimizer)
    if state is None:
        state = {"epoch": 0, "best": math.inf, "bestEpoch": 0}
        if 0 in options.snapshots:
            keep(f"{name}-epoch00.onnx", 0)

    while state["epoch"] < options.epochs and state["epoch"] - state["bestEpoch"] < PATIENCE:
        started = time.monotonic()
        for group in optimizer.param_groups:
            group["lr"] = RATE * RATE_FACTOR ** (state["epoch"] // RATE_STEP)
        loss = train_epoch(model, optimizer, images, labels, order_of(len(images), seed, state["epoch"]), BATCH)
        loss += L2 * decayed.detach().square().sum().item()  # early stopping watches the penalty too
        state["epoch"] += 1
        if loss < state["best"]:
            state["best"], state["bestEpoch"] = loss, state["epoch"]
        print(f"{name} seed {seed} epoch {state['epoch']}/{options.epochs} loss {loss:.5f} "
              f"{time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
        if state["epoch"] in options.snapshots:
            keep(f"{name}-epoch{state['epoch']:02}.onnx", state["epoch"])
        checkpoint.save(state, model=model, optimizer=optimizer)
    keep(f"{name}.onnx", state["epoch"])
    checkpoint.remove()


def main(description, dataset, fitted, widths, depth, properties_of):
    """The command line of a script that trains these networks on one data set.

    `properties_of` makes a file's metadata of its settings; the name of a file says the depth where it is not `depth`.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", default=str(folder_of(dataset)), help="folder of the data set (default: %(default)s)")
    add("--out", default="models", help="folder for the models; {seed} stands for the seed (default: %(default)s)")
    add("--widths", type=int, nargs="+", default=widths, help="units per hidden layer")
    add("--seeds", type=int, nargs="+", default=[1], help="of initialisation, order of samples and label noise")
    add("--depth", type=int, default=depth, help="hidden layers (default: %(default)s)")
    add("--epochs", type=int, default=60, help="at most this many (default: %(default)s; the paper: 200)")
    add("--snapshots", type=int, nargs="*", default=[], help="epochs to export as well; 0 is the untrained network")
    add("--samples", type=int, default=0, help="fit on the first so many training samples alone, a hundred or more (default: all of them)")
    add("--label-noise", type=float, default=0, help="share of training labels to permute, in [0, 1)")
    options = parser.parse_args()
    if len(options.seeds) > 1 and "{seed}" not in options.out:
        parser.error("several --seeds need {seed} in --out, or one would overwrite the other")
    if not all(0 <= epoch <= options.epochs for epoch in options.snapshots):
        parser.error(f"--snapshots must be epochs from 0 to {options.epochs}, the value of --epochs")
    if options.samples and options.samples < 100:
        parser.error(f"--samples is {options.samples}; batch normalisation over fewer than 100 in batches of {BATCH} means little")
    if not 0 <= options.label_noise < 1:
        parser.error(f"--label-noise is {options.label_noise}; it must be in [0, 1)")

    prepare()
    splits = read_splits(dataset, fitted, options.data)
    for seed in options.seeds:
        for width in options.widths:
            train(options, dataset, depth, properties_of, width, seed, splits)
