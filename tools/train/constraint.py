#!/usr/bin/python3
"""Trains small token networks on CIFAR-10 with and without the self-similarity constraint of Ding et al., arXiv 2507.17785.

    tools/train/constraint.py --kinds resmlp --seeds 1 2 3

For each seed a baseline, then its twin from the same initial weights and in the same order of samples, whose loss has
alpha * (SS_rate of one random block - gamma)^2 on top; gamma is that block's SS_rate in the trained baseline. The table
of paired differences goes to stdout, and with JSON into --results. Runs that were stopped continue.
"""
import one_thread  # first, see there

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path

import numpy as np
import scipy.stats
import torch
from torch import nn

import self_similarity
from datasets import read_splits
from files import replace
from self_similarity import ss_rate
from tokens import DEPTH, DIM, Tokens
from training import Catalogue, Checkpoint, flatten, order_of, prepare

DATASET, FITTED = "cifar10", 20_000
BATCH, RATE, DECAY = 64, 2e-3, 0.05  # AdamW; the rate rises over the first steps and falls to 0 along a cosine
WARM_UP = 200  # steps
RATE_BATCHES = 16  # SS_rate of a network: the mean over so many batches, for it depends on their size


def responses(layer):
    """A block's output [n, tokens, units] averaged over the tokens."""
    return layer.mean(1)


def rates(model, images):
    """SS_rate of every block: the mean over the first batches of `images`."""
    model.eval()
    with torch.no_grad():
        found = []
        for batch in images[:RATE_BATCHES * BATCH].split(BATCH):
            model(batch)
            found.append([ss_rate(responses(layer)).item() for layer in model.layers])
    return np.mean(found, 0).round(5).tolist()


def epoch_loss(model, optimizer, images, labels, state, seed, steps, alpha, gamma):
    """One pass; returns the mean cross-entropy, the constraint not included."""
    model.train()
    layers = random.Random(1_000 * seed + state["epoch"])
    total = 0.0
    for batch in order_of(len(images), seed, state["epoch"]).split(BATCH):
        rise, fall = min(1, (state["step"] + 1) / WARM_UP), (1 + math.cos(math.pi * state["step"] / steps)) / 2
        optimizer.param_groups[0]["lr"] = RATE * rise * fall
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        total += loss.item() * len(batch)
        if alpha:
            layer = layers.randrange(DEPTH)
            loss = loss + alpha * (ss_rate(responses(model.layers[layer])) - gamma[layer]) ** 2
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        state["step"] += 1
    return total / len(images)


def train(catalogue, kind, seed, alpha, epochs, splits):
    """Trains one network, exports it and returns its entry of the catalogue."""
    baseline = f"{DATASET}-{kind}-s{seed}"
    name = f"{baseline}-alpha{alpha:g}" if alpha else baseline
    file = f"{name}-epoch{epochs:03}.onnx"
    gamma = catalogue.read()[f"{baseline}-epoch{epochs:03}.onnx"]["ssRate"] if alpha else None
    settings = {"dataset": DATASET, "fitted": FITTED, "kind": kind, "seed": seed, "alpha": alpha, "gamma": gamma, "epochs": epochs}
    if catalogue.has([file], settings):
        return catalogue.read()[file]

    images, labels = map(torch.from_numpy, splits["fit"])
    torch.manual_seed(seed)
    model = Tokens(kind)
    optimizer = torch.optim.AdamW([flatten(model.parameters())], lr=RATE, weight_decay=DECAY)
    checkpoint = Checkpoint(catalogue.folder / f"{name}.checkpoint", settings)

    def keep(file, epoch, loss):
        properties = {"family": kind, "dataset": DATASET, "width": DIM, "depth": DEPTH, "activation": "gelu",
                      "normalization": "affine" if kind == "resmlp" else "layer", "regularization": "decay",
                      "seed": seed, "epoch": epoch, "noise": 0, "samples": FITTED, "alpha": alpha, "protocol": "tokens-1"}
        measured = {**settings, "epochs": epoch, "loss": loss, "ssRate": rates(model, images)}
        catalogue.keep(file, model, (3, 32, 32), splits, measured, properties)

    state = checkpoint.load(model=model, optimizer=optimizer)
    if state is None:
        state = {"epoch": 0, "step": 0, "loss": None}
        if not alpha:
            keep(f"{name}-epoch000.onnx", 0, None)
    steps = epochs * math.ceil(len(images) / BATCH)
    while state["epoch"] < epochs:
        started = time.monotonic()
        state["loss"] = round(epoch_loss(model, optimizer, images, labels, state, seed, steps, alpha, gamma), 5)
        state["epoch"] += 1
        print(f"{name} epoch {state['epoch']}/{epochs} loss {state['loss']} {time.monotonic() - started:.1f} s",
              file=sys.stderr, flush=True)
        checkpoint.save(state, model=model, optimizer=optimizer)
    keep(file, epochs, state["loss"])
    checkpoint.remove()
    return catalogue.read()[file]


def compare(pairs):
    """Test accuracies of (baseline, constrained) pairs: means, paired difference, its 95 % t interval."""
    accuracies = np.array([[m["accuracy"]["test"] for m in pair] for pair in pairs])
    differences = accuracies[:, 1] - accuracies[:, 0]
    mean, n = differences.mean(), len(differences)
    half = scipy.stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / math.sqrt(n) if n > 1 else None
    return {
        "seeds": [pair[0]["seed"] for pair in pairs],
        "baseline": accuracies[:, 0].tolist(), "constrained": accuracies[:, 1].tolist(),
        "difference": round(mean, 5), "interval": half and [round(mean - half, 5), round(mean + half, 5)],
        "ssRateBaseline": np.mean([p[0]["ssRate"] for p in pairs], 0).round(4).tolist(),
        "ssRateConstrained": np.mean([p[1]["ssRate"] for p in pairs], 0).round(4).tolist(),
    }


def table(results):
    yield "| network | α | seeds | baseline | constrained | difference | 95 % interval | SS_rate per block, baseline | constrained |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for r in results:
        interval = "{:+.4f} to {:+.4f}".format(*r["interval"]) if r["interval"] else "one seed: none"
        layers = (" ".join(f"{v:.3f}" for v in r[key]) for key in ("ssRateBaseline", "ssRateConstrained"))
        yield (f"| {r['kind']} | {r['alpha']:g} | {len(r['seeds'])} | {np.mean(r['baseline']):.4f} | {np.mean(r['constrained']):.4f} "
               f"| {r['difference']:+.4f} | {interval} | {' | '.join(layers)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--out", type=Path, default=Path("artifacts/train/constraint"), help="folder for the models (default: %(default)s)")
    add("--results", type=Path, help="folder for constraint.json and constraint.md, the comparison")
    add("--kinds", nargs="+", default=["resmlp"], choices=["resmlp", "vit"])
    add("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of initialisation, order of samples, choice of blocks")
    add("--alphas", type=float, nargs="*", default=[1e-4, 1], help="weights of the constraint; none: baselines alone")
    add("--epochs", type=int, default=15, help="(default: %(default)s)")
    options = parser.parse_args()
    prepare()
    self_similarity.check()
    splits = read_splits(DATASET, FITTED)
    del splits["validation"]
    catalogue = Catalogue(options.out)
    results = []
    for kind in options.kinds:
        pairs = {alpha: [] for alpha in options.alphas}
        for seed in options.seeds:
            baseline = train(catalogue, kind, seed, 0, options.epochs, splits)
            for alpha in options.alphas:
                pairs[alpha].append((baseline, train(catalogue, kind, seed, alpha, options.epochs, splits)))
        results += [{"kind": kind, "alpha": alpha, "epochs": options.epochs, **compare(found)} for alpha, found in pairs.items()]
    text = "\n".join(table(results)) + "\n"
    if options.results:
        options.results.mkdir(parents=True, exist_ok=True)
        replace(options.results / "constraint.json", (json.dumps(results, indent=2) + "\n").encode())
        replace(options.results / "constraint.md", text.encode())
    print(text, end="")


if __name__ == "__main__":
    main()
