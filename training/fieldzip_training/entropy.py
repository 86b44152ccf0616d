"""Code lengths of discretised logistic and Gaussian, as the native coder's tables give them."""

import math

import torch
from torch.nn import functional as F

from .quantised import straight_through

# The tables of the native coder: scale index i stands for 2^((i - 16) / 4), i in 0..63.
SCALE_INDEX_OFFSET, SCALES_PER_OCTAVE, SCALES = 16, 4, 64

# What the native coder sets aside for symbols outside a table.
ESCAPE_SHARE = 2.0**-12


def logistic_bits(v, mean, scale):
    """Bits of the integer (or noisy integer) v under a logistic integrated over [v - 1/2, v + 1/2]."""
    a, b = (v - 0.5 - mean) / scale, (v + 0.5 - mean) / scale
    # log(S(b) - S(a)) = log S(b) + log S(-a) + log(1 - e^(a - b)): stable in both tails.
    return (F.softplus(-b) + F.softplus(a) - torch.log(-torch.expm1(-1 / scale))) / math.log(2)


def gaussian_bits(v, mean, scale):
    """Bits of the integer (or noisy integer) v under a Gaussian integrated over [v - 1/2, v + 1/2].

    A logistic of the same scale takes the escape's share: beyond the tables bits grow with the distance, as those of an
    escape do at most, and not with its square, whose gradient would drown all others.
    """
    distance = (v - mean).abs()  # both ends in or below the middle, where log_ndtr is exact
    above, below = torch.special.log_ndtr((0.5 - distance) / scale), torch.special.log_ndtr((-0.5 - distance) / scale)
    # The difference vanishes where v is too large for a float to have halves.
    inside = above + torch.log(-torch.expm1((below - above).clamp_max(-1e-7)))
    outside = -logistic_bits(v, mean, scale) * math.log(2)
    share = math.log(ESCAPE_SHARE)
    return -torch.logaddexp(inside + math.log1p(-ESCAPE_SHARE), outside + share) / math.log(2)


def latent_parameters(o, exact, means=True):
    """(mean, scale) from the hyper-decoder's planes of integers 0..255: C of scales, then, if it gives means, C of means.

    exact: with the quarter-octave index that the coder uses; else smooth in o.
    """
    scale_out, mean_out = o.chunk(2, 1) if means else (o, None)
    log2 = (scale_out - 1.5) / 16 - 4
    if exact:
        index = torch.floor(scale_out.detach() / 4)
        log2 = straight_through((index - SCALE_INDEX_OFFSET) / SCALES_PER_OCTAVE, log2)
    scale = 2**log2
    mean = (mean_out - 128) / 32 * scale if means else torch.zeros_like(scale)
    return mean, scale


def rate_distortion_round(y, mean, scale, weight):
    """The integer of least bits + weight * (y - q)^2 among the nearest and its neighbour towards the mean."""
    near = torch.round(y)
    other = near + torch.sign(mean - near).where((mean - near).abs() > 0.5, torch.zeros(()))
    cost_near = logistic_bits(near, mean, scale) + weight * (y - near) ** 2
    cost_other = logistic_bits(other, mean, scale) + weight * (y - other) ** 2
    return torch.where(cost_other < cost_near, other, near)
