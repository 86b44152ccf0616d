"""What the wavelet codec's decoder knows when it comes to a coefficient, as the native coder lays it out.

Levels l = 1 (finest) to L; A_l is the approximation after l levels. The details of level l stand at the sites of A_l, three orientations
a site (HL: high-pass along the row; LH: down the column; HH). Sites are taken in blocks of 2 x 2, a b / c d; phase 0 codes a and d of
every block, phase 1 codes b and c.
"""

import torch
from torch.nn import functional as F

from .wavelet import _analyse, _synthesise

ORIENTATIONS = 3
SITE_FEATURES = 8
PARENTS = 4 * SITE_FEATURES
INPUTS = (PARENTS + ORIENTATIONS + 1, PARENTS + ORIENTATIONS + 1 + 2 * ORIENTATIONS)
LARGEST_LOW = 12  # levels go on while the longer side of the approximation is larger


def levels_of(size):
    count = 0
    while size > LARGEST_LOW:
        size, count = (size + 1) // 2, count + 1
    return count


def _transposed(pair):
    return tuple(t.transpose(-1, -2) for t in pair)


def analyse(x, levels):
    """(A_L, [details of level 1, 2 ...]), details B x 3 x H x W. Sides are multiples of 2^levels."""
    details = []
    for _ in range(levels):
        low, high = _analyse(x)
        ll, lh = _transposed(_analyse(low.transpose(-1, -2)))
        hl, hh = _transposed(_analyse(high.transpose(-1, -2)))
        details.append(torch.cat((hl, lh, hh), 1))
        x = ll
    return x, details


def synthesise(low, detail):
    """A_(l-1) from A_l and the details of level l."""
    hl, lh, hh = detail.split(1, 1)
    left = _synthesise(low.transpose(-1, -2), lh.transpose(-1, -2)).transpose(-1, -2)
    right = _synthesise(hl.transpose(-1, -2), hh.transpose(-1, -2)).transpose(-1, -2)
    return _synthesise(left, right)


def compand(x):
    """To eighths of an octave of 1 + |x|, with the sign, -127 to 127."""
    return torch.sign(x) * torch.round(8 * torch.log2(1 + x.abs())).clamp_max(127)


def blocks(x):
    """B x C x 2H x 2W to B x 4 x C x H x W: sites a, b, c, d."""
    return torch.stack((x[..., 0::2, 0::2], x[..., 0::2, 1::2], x[..., 1::2, 0::2], x[..., 1::2, 1::2]), 1)


def inputs(low, step, level, parents):
    """The 36 input planes of phase 0, as integers. low: A_l, B x 1 x 2H x 2W; step: B x 1 x 1 x 1; parents: q of level l + 1 or None."""
    a = low / step
    p = F.pad(a, (1, 2, 1, 2), mode="replicate")
    h, w = a.shape[-2:]

    def at(i, j):
        return p[..., 1 + i : 1 + i + h, 1 + j : 1 + j + w]

    right, down = at(0, 1), at(1, 0)
    left, up = at(0, -1), at(-1, 0)
    features = torch.cat(
        (
            right - a,
            down - a,
            right - 2 * a + left,
            down - 2 * a + up,
            at(0, 2) - 3 * right + 3 * a - left,
            at(2, 0) - 3 * down + 3 * a - up,
            at(1, 1) - right - down + a,
            (a - a.amin((1, 2, 3), keepdim=True)) / 2**level,
        ),
        1,
    )
    packed = compand(blocks(features).flatten(1, 2))
    shape = packed[:, :1].shape
    parents = torch.zeros_like(packed[:, :ORIENTATIONS]) if parents is None else compand(parents)
    return torch.cat((packed, parents, packed.new_full(shape, 16.0 * min(level, 7))), 1)


def quantise(c, step, dead_zone):
    """Indices; |c| / step rounds up from `dead_zone`."""
    return torch.sign(c) * torch.floor(c.abs() / step + 1 - dead_zone)


def reconstruct(q, step, towards_zero):
    """towards_zero: of a step, for |q| = 1 and beyond."""
    magnitude = q.abs()
    delta = torch.where(magnitude == 1, towards_zero[0], towards_zero[1])
    return torch.sign(q) * (magnitude - delta) * step
