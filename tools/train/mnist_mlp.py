#!/usr/bin/python3
"""Trains the MNIST MLPs of He et al., arXiv 2101.05490, and exports them to ONNX.

    tools/train/mnist_mlp.py --widths 10 20 30 --seeds 1 --out models

Dense(width) -> BatchNorm -> ReLU, depth times, then Dense(10). The same command on the same machine gives the
same bytes. A run that was stopped continues from its checkpoint when the command is given again; a model that
is finished is not trained again. Progress goes to stderr, a Markdown table of all models in OUT to stdout.
"""
import argparse
import hashlib
import io
import json
import math
import os
import sys
import time
from collections import OrderedDict
from pathlib import Path

import onnx
import torch
from torch import nn

from check_models import DATA, accuracies, evaluate, read_splits

BATCH = 64
RATE, RATE_STEP, RATE_FACTOR = 0.01, 20, 0.1  # Adam; the rate falls tenfold every 20 epochs
L2 = 1e-6  # on the weights of hidden layers alone, as in the authors' code
PATIENCE = 10  # epochs without a lower training loss
# The authors left these at Keras's defaults, which are not PyTorch's.
ADAM_EPSILON, NORM_EPSILON, NORM_MOMENTUM = 1e-7, 1e-3, 0.01


def build(width, depth):
    layers = OrderedDict()
    inputs = 784
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


def flatten(parameters):
    """Makes parameters views of one vector: at batch 64, Adam's time is calls, not arithmetic."""
    flat = nn.Parameter(torch.cat([p.detach().flatten() for p in parameters]))
    flat.grad = torch.zeros_like(flat)
    start = 0
    for p in parameters:
        end = start + p.numel()
        p.data = flat.data[start:end].view_as(p)
        p.grad = flat.grad[start:end].view_as(p)
        start = end
    return flat


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


def train_epoch(model, optimizer, images, labels, order):
    """One pass over all samples; returns the mean cross-entropy, in nats."""
    model.train()
    total = 0.0
    for batch in order.split(BATCH):
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad(set_to_none=False)  # the gradients are views too
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(order)


def replace(path, content):
    """Writes under a temporary name and renames: a reader never sees half a file."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def export(model, path, splits):
    """Writes the network in inference mode, checks it against PyTorch, returns what can be measured of the file."""
    model.eval()
    # Only the container says that it trains: the exporter would else merge equal tensors of the untrained network
    # (zero biases, unit variances) and put Identity nodes in their places. Every layer stays in inference mode.
    model.training = True
    content = io.BytesIO()
    torch.onnx.export(
        model, torch.zeros(2, 784), content, opset_version=13,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )
    content = content.getvalue()
    exported = onnx.load_from_string(content)
    onnx.checker.check_model(exported, full_check=True)
    images, _ = splits["test"]
    with torch.no_grad():
        expected = model(torch.from_numpy(images)).numpy()
    difference = abs(evaluate(exported, images)["logits"] - expected).max()
    if not difference <= 1e-4 * max(1, abs(expected).max()):
        raise SystemExit(f"`{path}`: the exported graph's logits differ from PyTorch's by {difference}")
    replace(path, content)
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "parameters": sum(math.prod(t.dims) for t in exported.graph.initializer),
        "accuracy": accuracies(exported, splits),
    }


def train(options, width, seed, splits):
    out = Path(options.out.format(seed=seed))
    out.mkdir(parents=True, exist_ok=True)
    noise = f"-noise{round(100 * options.label_noise):02}" if options.label_noise else ""
    name = "mnist-mlp-w{:03}{}{}".format(width, f"-d{options.depth}" if options.depth > 1 else "", noise)
    settings = {"width": width, "depth": options.depth, "seed": seed,
                "labelNoise": options.label_noise, "maximumEpochs": options.epochs}
    catalogue, checkpoint = out / "models.json", out / f"{name}.checkpoint"
    known = json.loads(catalogue.read_text()) if catalogue.exists() else {}
    wanted = [f"{name}.onnx"] + [f"{name}-epoch{e:02}.onnx" for e in options.snapshots]
    if all((out / file).exists() and settings.items() <= known.get(file, {}).items() for file in wanted):
        print(f"{name} seed {seed}: finished before", file=sys.stderr)
        return

    def keep(file, epoch):
        known[file] = {**settings, "epochs": epoch, **export(model, out / file, splits)}
        replace(catalogue, (json.dumps(dict(sorted(known.items())), indent=2) + "\n").encode())
        print(f"{file} seed {seed}: {known[file]['accuracy']}", file=sys.stderr)

    images, labels = map(torch.from_numpy, splits["fit"])
    labels = fitted_labels(labels, options.label_noise, seed)
    torch.manual_seed(seed)
    model = build(width, options.depth)
    decayed, others = flatten_by_decay(model)
    # Adam adds weight_decay * w to the gradient, which is that of L2 * w² when weight_decay is 2 * L2.
    optimizer = torch.optim.Adam([{"params": [decayed], "weight_decay": 2 * L2}, {"params": [others]}],
                                 lr=RATE, eps=ADAM_EPSILON)
    run = {**settings, "snapshots": options.snapshots}
    state = {"run": run, "epoch": 0, "best": math.inf, "bestEpoch": 0}
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        if saved["run"] != run:
            raise SystemExit(f"`{checkpoint}` is of another run, {saved['run']}; finish that one or remove the file")
        model.load_state_dict(saved.pop("model"))
        optimizer.load_state_dict(saved.pop("optimizer"))
        state = saved
    elif 0 in options.snapshots:
        keep(f"{name}-epoch00.onnx", 0)

    while state["epoch"] < options.epochs and state["epoch"] - state["bestEpoch"] < PATIENCE:
        started = time.monotonic()
        for group in optimizer.param_groups:
            group["lr"] = RATE * RATE_FACTOR ** (state["epoch"] // RATE_STEP)
        # The order depends on seed and epoch alone, so that a resumed run meets the same batches.
        shuffle = torch.Generator().manual_seed(1_000 * seed + state["epoch"])
        loss = train_epoch(model, optimizer, images, labels, torch.randperm(len(images), generator=shuffle))
        loss += L2 * decayed.detach().square().sum().item()  # early stopping watches the penalty too
        state["epoch"] += 1
        if loss < state["best"]:
            state["best"], state["bestEpoch"] = loss, state["epoch"]
        print(f"{name} seed {seed} epoch {state['epoch']}/{options.epochs} loss {loss:.5f} "
              f"{time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
        if state["epoch"] in options.snapshots:
            keep(f"{name}-epoch{state['epoch']:02}.onnx", state["epoch"])
        content = io.BytesIO()
        torch.save({**state, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, content)
        replace(checkpoint, content.getvalue())
    keep(f"{name}.onnx", state["epoch"])
    checkpoint.unlink(missing_ok=True)


def table(catalogue):
    """The README's rows, from what was measured when each file was written."""
    yield "| file | seed | epochs | parameters | bytes | train | validation | test | sha256 |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for file, m in json.loads(catalogue.read_text()).items():
        shares = " | ".join(f"{m['accuracy'][split]:.4f}" for split in ("fit", "validation", "test"))
        yield (f"| {file} | {m['seed']} | {m['epochs']} | {m['parameters']:,} | {m['bytes']:,} "
               f"| {shares} | `{m['sha256']}` |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", default=DATA, help="folder with the four MNIST idx files (default: %(default)s)")
    add("--out", default="models", help="folder for the models; {seed} stands for the seed (default: %(default)s)")
    add("--widths", type=int, nargs="+", default=[10, 20, 30, 40, 60, 80, 100], help="units per hidden layer")
    add("--seeds", type=int, nargs="+", default=[1], help="of initialisation, order of samples and label noise")
    add("--depth", type=int, default=1, help="hidden layers (default: %(default)s)")
    add("--epochs", type=int, default=60, help="at most this many (default: %(default)s; the paper: 200)")
    add("--snapshots", type=int, nargs="*", default=[], help="epochs to export as well; 0 is the untrained network")
    add("--label-noise", type=float, default=0, help="share of training labels to permute, in [0, 1)")
    options = parser.parse_args()
    if len(options.seeds) > 1 and "{seed}" not in options.out:
        parser.error("several --seeds need {seed} in --out, or one would overwrite the other")
    if not all(0 <= epoch <= options.epochs for epoch in options.snapshots):
        parser.error(f"--snapshots must be epochs from 0 to {options.epochs}, the value of --epochs")
    if not 0 <= options.label_noise < 1:
        parser.error(f"--label-noise is {options.label_noise}; it must be in [0, 1)")

    torch.set_num_threads(1)  # sums in one order, and faster at this size
    torch.use_deterministic_algorithms(True)
    splits = read_splits(options.data)
    for seed in options.seeds:
        for width in options.widths:
            train(options, width, seed, splits)
        print("\n".join(table(Path(options.out.format(seed=seed), "models.json"))))


if __name__ == "__main__":
    main()
