"""Small networks on 16 tokens, the 8 x 8 patches of a CIFAR-10 image: ResMLP (arXiv 2105.03404) and ViT (2010.11929)."""
import torch
from torch import nn

from training import Standardize

PATCH, TOKENS, DIM, DEPTH, HEADS, EXPANSION = 8, 16, 64, 4, 4, 2


class Affine(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = nn.Parameter(torch.full((DIM,), scale))
        self.shift = nn.Parameter(torch.zeros(DIM))

    def forward(self, x):
        return x * self.scale + self.shift


class MixTokens(nn.Module):
    """One linear map over the tokens, the same for every channel."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Linear(TOKENS, TOKENS)

    def forward(self, x):
        return self.tokens(x.transpose(1, 2)).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        # Three maps, not one: a graph of Reshape, Transpose and MatMul, without slices.
        self.query, self.key, self.value, self.out = (nn.Linear(DIM, DIM) for _ in range(4))

    def forward(self, x):
        q, k, v = (map_(x).reshape(-1, TOKENS, HEADS, DIM // HEADS).transpose(1, 2)
                   for map_ in (self.query, self.key, self.value))
        weights = torch.softmax(q @ k.transpose(2, 3) * (DIM // HEADS) ** -0.5, -1)
        return self.out((weights @ v).transpose(1, 2).reshape(-1, TOKENS, DIM))


def mlp():
    return nn.Sequential(nn.Linear(DIM, EXPANSION * DIM), nn.GELU(), nn.Linear(EXPANSION * DIM, DIM))


class Block(nn.Module):
    def __init__(self, kind):
        super().__init__()
        resmlp = kind == "resmlp"
        self.norm1 = Affine(1.0) if resmlp else nn.LayerNorm(DIM)
        self.mix = MixTokens() if resmlp else Attention()
        self.norm2 = Affine(1.0) if resmlp else nn.LayerNorm(DIM)
        self.mlp = mlp()
        # ResMLP scales both branches down at first (its LayerScale; .1 at this depth).
        self.scale1, self.scale2 = (Affine(0.1) if resmlp else nn.Identity() for _ in range(2))

    def forward(self, x):
        x = x + self.scale1(self.mix(self.norm1(x)))
        return x + self.scale2(self.mlp(self.norm2(x)))


class Tokens(nn.Module):
    """`kind` is `resmlp` or `vit`. `layers` holds the blocks' outputs [n, tokens, dim] of the last call."""

    def __init__(self, kind):
        super().__init__()
        self.standardize = Standardize()
        self.patches = nn.Conv2d(3, DIM, PATCH, PATCH)
        self.positions = nn.Parameter(0.02 * torch.randn(1, TOKENS, DIM)) if kind == "vit" else None
        self.blocks = nn.ModuleList(Block(kind) for _ in range(DEPTH))
        self.norm = Affine(1.0) if kind == "resmlp" else nn.LayerNorm(DIM)
        self.classes = nn.Linear(DIM, 10)
        self.layers = []

    def forward(self, x):
        x = self.patches(self.standardize(x)).reshape(-1, DIM, TOKENS).transpose(1, 2)
        x = x if self.positions is None else x + self.positions
        self.layers = []
        for block in self.blocks:
            x = block(x)
            self.layers.append(x)
        return self.classes(self.norm(x).mean(1))
