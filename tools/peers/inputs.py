#!/usr/bin/python3
"""Inputs of peers.py: `inputs.py MNIST FOLDER`, MNIST being the folder of its four idx files.

MNIST behind one fixed random layer of 1,024 ReLUs, its codes, filters of which some are planted near-copies, feature maps of which two
filters have planted outliers, and a ResNet-18 of random weights (that one needs PyTorch).
"""
import os
import sys

import numpy as np

generator = np.random.default_rng(7)


def idx(name):
    with open(os.path.join(sys.argv[1], name), "rb") as file:
        content = file.read()
    sizes = np.frombuffer(content, ">i4", content[3], 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(sizes)


def save(name, values):
    np.save(os.path.join(sys.argv[2], name + ".npy"), values)


os.makedirs(sys.argv[2], exist_ok=True)
layer = (generator.normal(size=(784, 1024)) / 28).astype(np.float32)
for split, prefix in (("train", "train"), ("test", "t10k")):
    pixels = idx(prefix + "-images-idx3-ubyte").reshape(-1, 784).astype(np.float32) / 255
    features = np.maximum((pixels - pixels.mean(1, keepdims=True)) @ layer, 0)
    save("features_" + split, features)
    save("codes_" + split, np.packbits(features > 0, axis=1))
    save("labels_" + split, idx(prefix + "-labels-idx1-ubyte").astype(np.int64))

originals, copies = generator.normal(size=(600, 1152)), generator.integers(0, 600, 4096)
noise = generator.choice([.2, 1.5], size=(4096, 1))
save("filters", (originals[copies] + noise * generator.normal(size=(4096, 1152))).astype(np.float32))

images = idx("t10k-images-idx3-ubyte")[:1000].astype(np.float32) / 255
maps = []
for kernel in generator.normal(size=(64, 3, 3)).astype(np.float32):
    convolved = sum(kernel[y, x] * images[:, y:y + 26, x:x + 26] for y in range(3) for x in range(3))
    maps.append(np.maximum(convolved, 0).reshape(1000, 13, 2, 13, 2).mean((2, 4)).reshape(1000, 169))
maps = np.stack(maps)
maps[5, ::250] *= 40
maps[17, 3] *= 200
save("maps", maps)

try:
    import torch
    import torchvision
except ImportError:
    sys.exit("without PyTorch and torchvision the task `extract` has no input; the others have theirs")
torch.manual_seed(0)
network = torchvision.models.resnet18(weights=None).eval()
inputs = torch.randn(256, 3, 224, 224)
save("images", inputs.numpy())
torch.save(network.state_dict(), os.path.join(sys.argv[2], "resnet18.pt"))
torch.onnx.export(network, inputs[:1], os.path.join(sys.argv[2], "resnet18.onnx"), opset_version=13, input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
