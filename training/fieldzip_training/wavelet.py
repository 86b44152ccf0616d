"""CDF 9/7 by lifting, laid out as the native coder does it.

In place and interleaved: a coefficient stays at its pixel, level l works on the pixels whose row and column are multiples
of 2^l. Near-orthonormal: the low-pass has a gain of sqrt(2) a dimension. Here every size is a multiple of 2^levels; the native
code also does odd sizes.
"""

import torch

ALPHA, BETA, GAMMA, DELTA = -1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971
ZETA = 2**0.5 / 1.230174104914001
LEVELS = 6


def _next(s):
    return torch.cat((s[..., 1:], s[..., -1:]), -1)


def _previous(d):
    return torch.cat((d[..., :1], d[..., :-1]), -1)


def _analyse(x):
    s, d = x[..., 0::2], x[..., 1::2]
    d = d + ALPHA * (s + _next(s))
    s = s + BETA * (d + _previous(d))
    d = d + GAMMA * (s + _next(s))
    s = s + DELTA * (d + _previous(d))
    return s * ZETA, d / ZETA


def _synthesise(s, d):
    s, d = s / ZETA, d * ZETA
    s = s - DELTA * (d + _previous(d))
    d = d - GAMMA * (s + _next(s))
    s = s - BETA * (d + _previous(d))
    d = d - ALPHA * (s + _next(s))
    return torch.stack((s, d), -1).flatten(-2)


def forward(x, levels=LEVELS):
    """Coefficients of x (... x H x W), each at its pixel."""
    if levels == 0:
        return x
    low, high = _analyse(x)
    ll, lh = (t.transpose(-1, -2) for t in _analyse(low.transpose(-1, -2)))
    hl, hh = (t.transpose(-1, -2) for t in _analyse(high.transpose(-1, -2)))
    even = torch.stack((forward(ll, levels - 1), hl), -1).flatten(-2)
    odd = torch.stack((lh, hh), -1).flatten(-2)
    return torch.stack((even, odd), -2).flatten(-3, -2)


def inverse(c, levels=LEVELS):
    """x from the coefficients that `forward` gave."""
    if levels == 0:
        return c
    ll = inverse(c[..., 0::2, 0::2], levels - 1)
    lh, hl, hh = c[..., 1::2, 0::2], c[..., 0::2, 1::2], c[..., 1::2, 1::2]
    low = _synthesise(ll.transpose(-1, -2), lh.transpose(-1, -2)).transpose(-1, -2)
    high = _synthesise(hl.transpose(-1, -2), hh.transpose(-1, -2)).transpose(-1, -2)
    return _synthesise(low, high)
