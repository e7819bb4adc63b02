"""Reference files from real digits: MNIST through a fixed integer network, so that every maker gets the same bits.

    python3 mnist.py IDX_FOLDER OUT_FOLDER

Bit j of an image is 1 where the sum of s[j, p] x[p] over its pixels x, integers 0 to 255, is above 0. The signs s are
+1, -1 and 0 (one, one and four times in six), drawn by SplitMix64 from its state 1.
"""
import json
import sys

import numpy as np

import codes

TRAIN_ROWS, TEST_ROWS = 3000, 1000


def idx(path):
    raw = open(path, "rb").read()
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def signs(bits, pixels):
    with np.errstate(over="ignore"):
        z = np.uint64(1) + np.arange(1, bits * pixels + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.array([1, -1, 0, 0, 0, 0])[(z % np.uint64(6)).astype(int)].reshape(bits, pixels)


def main():
    source, target = sys.argv[1:3]
    images, labels = {}, {}
    for split, prefix, rows in (("train", "train", TRAIN_ROWS), ("test", "t10k", TEST_ROWS)):
        images[split] = idx(f"{source}/{prefix}-images-idx3-ubyte")[:rows].reshape(rows, -1).astype(np.int64)
        labels[split] = idx(f"{source}/{prefix}-labels-idx1-ubyte")[:rows]
    np.concatenate([labels["train"], labels["test"]]).tofile(f"{target}/mnist-labels.bin")
    for bits in (20, 100):
        packed = {split: np.packbits(x @ signs(bits, x.shape[1]).T > 0, axis=1) for split, x in images.items()}
        np.concatenate([packed["train"], packed["test"]]).tofile(f"{target}/mnist-{bits}-codes.bin")
        result = codes.compare(packed["train"], packed["test"], labels["train"], labels["test"], bits)
        with open(f"{target}/mnist-{bits}.json", "w", encoding="utf-8") as file:
            json.dump({"maker": "tools/reference/mnist.py", "versions": codes.versions(),
                       "command": "python3 tools/reference/mnist.py IDX_FOLDER tests/Analyzer.Statistics.Tests/Reference", **result},
                      file)
            file.write("\n")


if __name__ == "__main__":
    main()
