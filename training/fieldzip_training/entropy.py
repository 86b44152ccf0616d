"""Code lengths of the discretised logistic, as the native coder's tables give them."""

import math

import torch
from torch.nn import functional as F

from .quantised import straight_through

# The tables of the native coder: scale index i stands for 2^((i - 16) / 4), i in 0..63.
SCALE_INDEX_OFFSET, SCALES_PER_OCTAVE, SCALES = 16, 4, 64


def logistic_bits(v, mean, scale):
    """Bits of the integer (or noisy integer) v under a logistic integrated over [v - 1/2, v + 1/2]."""
    a, b = (v - 0.5 - mean) / scale, (v + 0.5 - mean) / scale
    # log(S(b) - S(a)) = log S(b) + log S(-a) + log(1 - e^(a - b)): stable in both tails.
    return (F.softplus(-b) + F.softplus(a) - torch.log(-torch.expm1(-1 / scale))) / math.log(2)


def latent_parameters(o, exact):
    """(mean, scale) from the hyper-decoder's 2C planes of integers 0..255: C of scales, C of means.

    exact: with the quarter-octave index that the coder uses; else smooth in o.
    """
    scale_out, mean_out = o.chunk(2, 1)
    log2 = (scale_out - 1.5) / 16 - 4
    if exact:
        index = torch.floor(scale_out.detach() / 4)
        log2 = straight_through((index - SCALE_INDEX_OFFSET) / SCALES_PER_OCTAVE, log2)
    scale = 2**log2
    return (mean_out - 128) / 32 * scale, scale


def rate_distortion_round(y, mean, scale, weight):
    """The integer of least bits + weight * (y - q)^2 among the nearest and its neighbour towards the mean."""
    near = torch.round(y)
    other = near + torch.sign(mean - near).where((mean - near).abs() > 0.5, torch.zeros(()))
    cost_near = logistic_bits(near, mean, scale) + weight * (y - near) ** 2
    cost_other = logistic_bits(other, mean, scale) + weight * (y - other) ** 2
    return torch.where(cost_other < cost_near, other, near)
