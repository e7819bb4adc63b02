"""What every training script here does alike: one thread, resumable runs, checked exports, a catalogue of the models."""
import one_thread  # first, see there

import io
import json
import math
import sys
import warnings

import onnx
import torch
from torch import nn

from cifar10 import MEAN, STD
from files import replace, sha256
from onnx_numpy import accuracies, evaluate

CHECKED = 1_000  # test samples whose logits must be PyTorch's


def prepare():
    torch.set_num_threads(1)  # sums in one order, and faster at this size
    torch.use_deterministic_algorithms(True)


class Standardize(nn.Module):
    """CIFAR-10's pixels / 255 to mean 0 and deviation 1 per channel: in the graph, so that one data set serves all."""

    def __init__(self):
        super().__init__()
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))

    def forward(self, x):
        return (x - self.mean) / self.std


def flatten(parameters):
    """Makes parameters views of one vector: at these batch sizes, an optimiser's time is calls, not arithmetic."""
    parameters = list(parameters)
    flat = nn.Parameter(torch.cat([p.detach().flatten() for p in parameters]))
    flat.grad = torch.zeros_like(flat)
    start = 0
    for p in parameters:
        end = start + p.numel()
        p.data = flat.data[start:end].view_as(p)
        p.grad = flat.grad[start:end].view_as(p)
        start = end
    return flat


def order_of(samples, seed, epoch):
    """The order depends on seed and epoch alone, so that a resumed run meets the same batches."""
    return torch.randperm(samples, generator=torch.Generator().manual_seed(1_000 * seed + epoch))


def train_epoch(model, optimizer, images, labels, order, batch_size, loss_of=nn.functional.cross_entropy):
    """One pass over all samples; returns the mean loss, in nats."""
    model.train()
    total = 0.0
    for batch in order.split(batch_size):
        loss = loss_of(model(images[batch]), labels[batch])
        optimizer.zero_grad(set_to_none=False)  # the gradients are views of one vector
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(order)


def export(model, path, shape, splits, properties=None):
    """Writes the network in inference mode, checks it against PyTorch, returns what can be measured of the file.

    `shape` is one sample's; `properties` become the file's metadata, as strings.
    """
    model.eval()
    # Only the container says that it trains: the exporter would else merge equal tensors of the untrained network
    # (zero biases, unit variances) and put Identity nodes in their places. Every layer stays in inference mode.
    # Folding turns a weight's Transpose into a weight; it leaves batch normalisation alone.
    model.training = True
    warnings.filterwarnings("ignore", "It is recommended that constant folding be turned off")
    content = io.BytesIO()
    torch.onnx.export(
        model, torch.zeros(2, *shape), content, opset_version=13,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=True,
        input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )
    content = content.getvalue()
    exported = onnx.load_from_string(content)
    if properties:
        onnx.helper.set_model_props(exported, {key: str(value) for key, value in properties.items()})
        content = exported.SerializeToString()
    onnx.checker.check_model(exported, full_check=True)
    images = splits["test"][0][:CHECKED]
    with torch.no_grad():
        expected = model(torch.from_numpy(images).view(-1, *shape)).numpy()
    difference = abs(evaluate(exported, images) - expected).max()
    if not difference <= 1e-4 * max(1, abs(expected).max()):
        raise SystemExit(f"`{path}`: the exported graph's logits differ from PyTorch's by {difference}")
    replace(path, content)
    return {
        "sha256": sha256(content),
        "bytes": len(content),
        "parameters": sum(math.prod(t.dims) for t in exported.graph.initializer),
        "accuracy": accuracies(exported, splits),
    }


class Catalogue:
    """`models.json` of a folder: for every model what it is and what was measured of its file."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.path = folder, folder / "models.json"

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def has(self, files, settings):
        known = self.read()
        return all((self.folder / file).exists() and settings.items() <= known.get(file, {}).items() for file in files)

    def keep(self, file, model, shape, splits, settings, properties=None):
        """Exports under that name and notes it. Read again first: another run may share the folder."""
        entry = {**settings, **export(model, self.folder / file, shape, splits, properties)}
        known = {**self.read(), file: entry}
        replace(self.path, (json.dumps(dict(sorted(known.items())), indent=2) + "\n").encode())
        print(f"{file}: {entry['accuracy']}", file=sys.stderr, flush=True)


class Checkpoint:
    """The state of a run after its last whole epoch. It goes when the run is done."""

    def __init__(self, path, run):
        self.path, self.run = path, run

    def load(self, **parts):
        """Puts what was saved into parts, by name; returns the rest of the state, or None where nothing was saved."""
        if not self.path.exists():
            return None
        saved = torch.load(self.path)
        if saved.pop("run") != self.run:
            raise SystemExit(f"`{self.path}` is of a run with other options; finish that one or remove the file")
        for name, part in parts.items():
            part.load_state_dict(saved.pop(name))
        return saved

    def save(self, state, **parts):
        content = io.BytesIO()
        torch.save({"run": self.run, **state, **{name: part.state_dict() for name, part in parts.items()}}, content)
        replace(self.path, content.getvalue())

    def remove(self):
        self.path.unlink(missing_ok=True)
