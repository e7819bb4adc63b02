#!/usr/bin/python3
"""Parameters and FLOPs of networks and layers by PyTorch's own profiler, for the tests of `inspect`.

    tools/reference/cost.py tests/Analyzer.Core.Tests/Reference

FLOPs are those of aten::conv2d, addmm, mm and bmm as torch.profiler counts them (two a multiply-add); its count of elementwise
products is left out. Transposed convolutions it does not count: theirs are counted here one product after the other.
"""
import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "train"))
import lenet  # noqa: E402
import tokens  # noqa: E402

COUNTED = {"aten::conv2d", "aten::addmm", "aten::mm", "aten::bmm"}


class Shortcut(nn.Module):
    """Option A of He et al., arXiv 1512.03385: every second pixel, zeros for the new channels."""

    def forward(self, x):
        added = x.shape[1] // 2
        return nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, added, added))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = nn.Identity() if stride == 1 else Shortcut()

    def forward(self, x):
        return torch.relu(self.conv2(torch.relu(self.conv1(x))) + self.shortcut(x))


def resnet(depth):
    """ResNet of CIFAR-10 with 6n + 2 layers; batch normalisation folded into a bias a filter, as in exported files."""
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.ReLU()]
    inputs = 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        for block in range((depth - 2) // 6):
            layers.append(Block(inputs, outputs, stride if block == 0 else 1))
            inputs = outputs
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            module.bias = nn.Parameter(torch.zeros(module.out_channels))
    return net


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.one, self.three = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat([self.one(x), self.three(x)], 1))


def squeezenet():
    """SqueezeNet 1.1, arXiv 1602.07360; torchvision gives 1,235,496 parameters and 0.349 giga multiply-adds."""
    pool = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(), Fire(128, 32, 128), Fire(256, 32, 128), pool(),
        Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256), nn.Conv2d(512, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))


class Product(nn.Module):
    def forward(self, a, b):
        return a @ b


def cost(net, *inputs):
    net.eval()
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU], with_flops=True, record_shapes=True) as done:
        net(*inputs)
    return {"parameters": sum(p.numel() for p in net.parameters()), "flops": sum(e.flops for e in done.key_averages() if e.key in COUNTED)}


def transposed(channels, outputs, groups, kernel, size):
    """Every element of the input meets every weight of its channel: counted by walking them."""
    count = 0
    for channel in range(channels):
        for _ in range(size * size):
            count += outputs // groups * kernel * kernel
    return {"parameters": channels * (outputs // groups) * kernel * kernel, "flops": 2 * count}


def main(folder):
    image = torch.zeros(1, 3, 32, 32)
    networks = {
        "akamaster-resnet20-cifar10.onnx": cost(resnet(20), image),
        "akamaster-resnet56-cifar10.onnx": cost(resnet(56), image),
        "winml-squeezenet-fp16.onnx": cost(squeezenet(), torch.zeros(1, 3, 224, 224)),
        "cifar10-lenet5-plain-s1-epoch128.onnx": cost(lenet.build(0), image),
        "cifar10-vit-s1-epoch015.onnx": cost(tokens.Tokens("vit"), image),
        "cifar10-resmlp-s1-epoch015.onnx": cost(tokens.Tokens("resmlp"), image),
    }
    layers = {
        "conv": cost(nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False), torch.zeros(1, 4, 15, 15)),
        "grouped": cost(nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2, bias=False), torch.zeros(1, 4, 15, 15)),
        "transposed": transposed(4, 8, 2, 3, 15),
        "gemm": cost(nn.Linear(5, 7, bias=False), torch.zeros(1, 5)),
        "tokens": cost(nn.Linear(5, 7, bias=False), torch.zeros(1, 6, 5)),
        "product": cost(Product(), torch.zeros(1, 2, 6, 5), torch.zeros(1, 2, 5, 7)),
        "lstm": cost(nn.LSTM(5, 7, bias=False, bidirectional=True), torch.zeros(6, 1, 5)),
    }
    made = f"tools/reference/cost.py with torch {torch.__version__}"
    Path(folder, "cost.json").write_text(json.dumps({"maker": made, "networks": networks, "layers": layers}, indent=1) + "\n")


main(sys.argv[1])
