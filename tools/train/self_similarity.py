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
