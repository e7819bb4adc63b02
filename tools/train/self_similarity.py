"""The self-similarity of a layer and its use as a constraint: Ding et al., arXiv 2507.17785, variant of the authors' code."""
import math

import torch

GRID = 256  # thresholds
STEEPNESS = 1.0  # k of the sigmoid that stands in for the step when gradients are taken


class HardShare(torch.autograd.Function):
    """The share of distances below each threshold; its gradient is that of units * mean(sigmoid(k (theta - c)) - 1/2)."""

    @staticmethod
    def forward(context, distances, thresholds, units):
        context.save_for_backward(distances, thresholds)
        context.units = units
        below = torch.searchsorted(distances.sort().values, thresholds)
        return below.to(distances.dtype) / len(distances)

    @staticmethod
    def backward(context, gradient):
        distances, thresholds = context.saved_tensors
        soft = torch.sigmoid(STEEPNESS * (thresholds[:, None] - distances))
        slope = STEEPNESS * context.units / len(distances) * soft.mul_(1 - soft)
        return -(gradient @ slope), None, None


def ss_rate(responses):
    """SS_rate of a layer from its responses [samples, units]; near 0 is strongly self-similar.

    The distance of two units is ||F_i - F_j|| / sqrt(samples). The thresholds are taken as constants in the gradient.
    Where all distances are equal there is no range of thresholds and no rate: that is an error.
    """
    samples, units = responses.shape
    distances = torch.pdist(responses.T.contiguous()) / math.sqrt(samples)
    low, high = (torch.log1p(d).item() for d in (distances.detach().min(), distances.detach().max()))
    if not high > low:
        raise ValueError("all units are equally far apart: SS_rate is not defined")
    log_thresholds = torch.linspace(low, high, GRID)
    share = HardShare.apply(distances, torch.expm1(log_thresholds), units)
    boxes = units - (units - 1) * torch.log1p((units - 1) * share) / math.log(units)
    line = (high - log_thresholds) / (high - low)
    return 2 * (line - torch.log(boxes) / math.log(units)).abs().mean()


def check():
    """Stops where SS_rate, counted pair by pair, or the stand-in's gradient, by PyTorch's own rules, is another."""
    samples, units = 40, 24
    h = torch.randn(samples, units, generator=torch.Generator().manual_seed(5))
    c = [math.dist(h[:, i], h[:, j]) / math.sqrt(samples) for i in range(units) for j in range(i)]
    low, high = math.log1p(min(c)), math.log1p(max(c))
    thresholds = [low + (high - low) * i / (GRID - 1) for i in range(GRID)]
    total = 0.0
    for t in thresholds:
        share = sum(math.log1p(d) < t for d in c) / len(c)
        boxes = units - (units - 1) * math.log(1 + (units - 1) * share) / math.log(units)
        total += abs((high - t) / (high - low) - math.log(boxes) / math.log(units))
    # A float32 threshold may fall on the other side of a pair than the exact one: one pair at a few of the thresholds.
    if not abs(ss_rate(h).item() - 2 / GRID * total) < 1e-3:
        raise SystemExit(f"SS_rate is {ss_rate(h).item()}; its definition gives {2 / GRID * total}")

    distances, thresholds = torch.tensor(c, requires_grad=True), torch.tensor(thresholds).expm1()
    weights = torch.randn(GRID, generator=torch.Generator().manual_seed(6))
    stand_in = units * (torch.sigmoid(STEEPNESS * (thresholds[:, None] - distances)) - 0.5).mean(1)
    ours, theirs = (torch.autograd.grad(share @ weights, distances)[0]
                    for share in (HardShare.apply(distances, thresholds, units), stand_in))
    if not torch.allclose(ours, theirs, rtol=1e-4, atol=1e-6):
        raise SystemExit("the gradient of the share is not that of its stand-in")
