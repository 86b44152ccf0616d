"""The wavelet codec's context model: from what is known around a block of 2 x 2 sites to the distributions of two of its sites.

Two integer networks, one a phase. Every output is an integer 0 to 255: for each coefficient a mean, a level and a tail (see `distribution`).
"""

import torch
from torch import nn

from ..quantised import QuantisedConv
from ..subbands import INPUTS, ORIENTATIONS

PARAMETERS = 3
OUTPUTS = 2 * ORIENTATIONS * PARAMETERS
INPUT_EXPONENT, HIDDEN_EXPONENT, OUTPUT_EXPONENT = 4, 5, 4
MAIN_SHARE = 0.7  # of the narrower logistic


class Phase(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.layers = nn.ModuleList(
            (
                QuantisedConv(inputs, width, 3, INPUT_EXPONENT, HIDDEN_EXPONENT),
                QuantisedConv(width, width, 3, HIDDEN_EXPONENT, HIDDEN_EXPONENT),
                QuantisedConv(width, width, 1, HIDDEN_EXPONENT, HIDDEN_EXPONENT),
                QuantisedConv(width, OUTPUTS, 1, HIDDEN_EXPONENT, OUTPUT_EXPONENT),
            )
        )
        with torch.no_grad():
            for layer in self.layers[:-1]:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.fill_(0.1)
            last = self.layers[-1]
            last.weight.mul_(0.1)
            last.bias.copy_(torch.tensor([8.0, 6.0, 0.5]).repeat(2 * ORIENTATIONS))

    def forward(self, planes):
        x = planes / 2**INPUT_EXPONENT
        for layer in self.layers:
            x = layer(x)
        return x * 2**OUTPUT_EXPONENT


class Context(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.phases = nn.ModuleList(Phase(inputs, width) for inputs in INPUTS)


def distribution(params):
    """(mean, expected magnitude of what is left, ratio of the two scales) from B x 18 x H x W integers, each B x 2 x 3 x H x W."""
    b, _, h, w = params.shape
    mean, level, tail = params.view(b, 2, ORIENTATIONS, PARAMETERS, h, w).unbind(3)
    magnitude = torch.exp2(level / 8 - 12)
    return (mean - 128) / 16 * magnitude, magnitude, 1 + tail / 32


def code_length(q, params):
    """Bits of q, B x 2 x 3 x H x W: a mixture of two logistics around the mean."""
    mean, magnitude, ratio = distribution(params)
    scale = magnitude / (1.3863 * (MAIN_SHARE + (1 - MAIN_SHARE) * ratio))
    # On the lower side, where float32 keeps its digits.
    x = -(q - mean).abs()

    def mass(s):
        return torch.sigmoid((x + 0.5) / s) - torch.sigmoid((x - 0.5) / s)

    return -torch.log2(MAIN_SHARE * mass(scale) + (1 - MAIN_SHARE) * mass(scale * ratio) + 1e-9)
