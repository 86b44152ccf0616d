"""The factorised prior: for each channel a density of its own, of no given shape (Balle et al. 2018, appendix 6.1)."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WIDTHS = (1, 3, 3, 3, 1)
INITIAL_SPREAD = 10.0
LEAST_PROBABILITY = 1e-9  # 30 bits: about what an escape costs
LARGEST = 127  # the coder refuses hyper-latents beyond it
FREQUENCY_TOTAL = 2**20
# What all symbols left out of a table may have together. The coder gives every symbol of a table at least 2^-15.
TRIMMED_SHARE = 2.0**-13


class FactorisedPrior(nn.Module):
    """The distribution function of each channel is a small monotonic network of the value."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        growth = INITIAL_SPREAD ** (1 / (len(WIDTHS) - 1))
        self.matrices, self.biases, self.factors = nn.ParameterList(), nn.ParameterList(), nn.ParameterList()
        for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
            start = math.log(math.expm1(1 / growth / outputs))
            self.matrices.append(nn.Parameter(torch.full((channels, outputs, inputs), start)))
            self.biases.append(nn.Parameter(torch.empty(channels, outputs, 1).uniform_(-0.5, 0.5)))
            if i < len(WIDTHS) - 2:
                self.factors.append(nn.Parameter(torch.zeros(channels, outputs, 1)))

    def logits(self, v):
        """Log odds of being below v, C x 1 x n."""
        for i, (matrix, bias) in enumerate(zip(self.matrices, self.biases)):
            v = F.softplus(matrix) @ v + bias
            if i < len(self.factors):
                v = v + torch.tanh(self.factors[i]) * torch.tanh(v)
        return v

    def probability(self, v):
        """Of [v - 1/2, v + 1/2], C x 1 x n."""
        low, high = self.logits(v - 0.5), self.logits(v + 0.5)
        # In the upper tail both are near 1: the difference is taken where they are near 0.
        sign = -torch.sign(low + high).detach()
        return (torch.sigmoid(sign * high) - torch.sigmoid(sign * low)).abs()

    def bits(self, z):
        """Of each value of z, B x C x H x W."""
        v = z.transpose(0, 1).reshape(self.channels, 1, -1)
        bits = -torch.log2(self.probability(v) + LEAST_PROBABILITY)
        return bits.reshape(self.channels, z.shape[0], *z.shape[2:]).transpose(0, 1)

    @torch.no_grad()
    def tables(self):
        """For each channel the first symbol of its table and the frequencies of the symbols, as integers."""
        symbols = torch.arange(-LARGEST, LARGEST + 1, dtype=torch.float64)
        # A copy in double precision: the tables are shipped, so nobody has to compute them again.
        prior = FactorisedPrior(self.channels).double()
        prior.load_state_dict(self.state_dict())
        masses = prior.probability(symbols.expand(self.channels, 1, -1))[:, 0].numpy()
        return [self._table(mass) for mass in masses]

    @staticmethod
    def _table(mass):
        first, last = 0, len(mass) - 1
        left = TRIMMED_SHARE
        while first < last and min(mass[first], mass[last]) <= left:
            left -= min(mass[first], mass[last])
            if mass[first] <= mass[last]:
                first += 1
            else:
                last -= 1
        kept = mass[first : last + 1]
        # A channel all of whose mass lies beyond the limit would have no table at all.
        frequencies = np.maximum(1, np.round(kept * FREQUENCY_TOTAL)).astype(int)
        return {"first": first - LARGEST, "frequencies": frequencies.tolist()}
