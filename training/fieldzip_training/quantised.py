"""Integer networks (Balle, Johnston, Minnen, ICLR 2019), trained with their rounding in the loop.

Weights are integers within +-63 over a power of two (one exponent per output channel), activations integers 0..255 over a power of
two. Every product and sum then stays below 2^24, so that float32 arithmetic, 8-bit instructions and any order of
summation give the same bits.
"""

import torch
from torch import nn
from torch.nn import functional as F

WEIGHT_LIMIT = 63

# Activations reach 255, so that weights whose magnitudes sum to this leave 2^24 - 255 * 60000 for rounding and the bias.
# Binds only where a filter has more than 952 weights.
WEIGHT_SUM_LIMIT = 60000


def straight_through(rounded, x):
    return x + (rounded - x).detach()


class QuantisedConv(nn.Conv2d):
    """A convolution whose weights and output are integers over powers of two.

    in_exponent: input integers are real * 2^in_exponent; out_exponent likewise. The output is clipped to 0..255.
    """

    def __init__(self, inputs, outputs, kernel, in_exponent, out_exponent):
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        self.in_exponent, self.out_exponent = in_exponent, out_exponent

    def weight_exponents(self):
        magnitude = self.weight.detach().abs()
        largest = torch.maximum(magnitude.amax((1, 2, 3)), magnitude.sum((1, 2, 3)) * (WEIGHT_LIMIT / WEIGHT_SUM_LIMIT))
        return torch.floor(torch.log2(WEIGHT_LIMIT / largest.clamp_min(1e-8))).clamp(-4, 18)

    def integers(self):
        """(weights s8, biases s32, shifts): output = clip(round((sum + bias) * 2^-shift), 0, 255)."""
        e = self.weight_exponents()
        weight = torch.round(self.weight * 2 ** e[:, None, None, None]).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        bias = torch.round(self.bias * 2 ** (e + self.in_exponent))
        return weight.int(), bias.int(), (e + self.in_exponent - self.out_exponent).int()

    def forward(self, x):
        e = self.weight_exponents()
        scale = 2 ** e[:, None, None, None]
        weight = straight_through(torch.round(self.weight * scale).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT) / scale, self.weight)
        bias_scale = 2 ** (e + self.in_exponent)
        bias = straight_through(torch.round(self.bias * bias_scale) / bias_scale, self.bias)
        y = F.conv2d(x, weight, bias, padding=self.padding) * 2**self.out_exponent
        # The clip keeps a small gradient beyond its ends, so that a saturated unit can come back.
        y = straight_through(torch.round(y.clamp(0, 255)), y.clamp(0, 255) + 0.01 * (y - y.clamp(0, 255)))
        return y / 2**self.out_exponent
