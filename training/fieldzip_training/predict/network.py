"""The predict codec's network: an integer perceptron, trained with its rounding in the loop, and its file."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..quantised import WEIGHT_LIMIT, straight_through

INPUTS, HIDDEN1, HIDDEN2, OUTPUTS = 32, 32, 24, 3
SHAPES, BINS = 124, 34
LOWEST_EXPONENT = -12
# Integers are real numbers times 2^exponent.
INPUT_EXPONENT, HIDDEN_EXPONENT, OUTPUT_EXPONENT = 4, 5, 4


class IntegerLinear(nn.Linear):
    """Weights s8 within +-63 over a power of two for each output, output floor(x + 1/2)."""

    def __init__(self, inputs, outputs, in_exponent, out_exponent):
        super().__init__(inputs, outputs)
        self.in_exponent, self.out_exponent = in_exponent, out_exponent

    def weight_exponents(self):
        largest = self.weight.detach().abs().amax(1)
        # At least 1 bit is shifted away, at most 24.
        least = 1 - self.in_exponent + self.out_exponent
        return torch.floor(torch.log2(WEIGHT_LIMIT / largest.clamp_min(1e-8))).clamp(least, least + 14)

    def integers(self):
        e = self.weight_exponents()
        weight = torch.round(self.weight * 2 ** e[:, None]).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        bias = torch.round(self.bias * 2 ** (e + self.in_exponent))
        return weight.int(), bias.int(), (e + self.in_exponent - self.out_exponent).int()

    def forward(self, x):
        e = self.weight_exponents()
        scale = 2 ** e[:, None]
        weight = straight_through(torch.round(self.weight * scale).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT) / scale, self.weight)
        bias_scale = 2 ** (e + self.in_exponent)
        bias = straight_through(torch.round(self.bias * bias_scale) / bias_scale, self.bias)
        y = F.linear(x, weight, bias) * 2**self.out_exponent
        return straight_through(torch.floor(y + 0.5), y)


def clipped(y, low, high):
    # The clip keeps a small gradient beyond its ends, so that a saturated unit can come back.
    c = y.clamp(low, high)
    return straight_through(c, c + 0.01 * (y - c))


class Perceptron(nn.Module):
    def __init__(self, inputs=INPUTS):
        super().__init__()
        self.first = IntegerLinear(inputs, HIDDEN1, INPUT_EXPONENT, HIDDEN_EXPONENT)
        self.second = IntegerLinear(HIDDEN1, HIDDEN2, HIDDEN_EXPONENT, HIDDEN_EXPONENT)
        self.third = IntegerLinear(HIDDEN2, OUTPUTS, HIDDEN_EXPONENT, OUTPUT_EXPONENT)
        with torch.no_grad():
            self.third.weight.mul_(0.1)
            self.third.bias.copy_(torch.tensor([0.0, 0.0, 3.0]))

    def forward(self, inputs):
        """inputs: u8, sites x inputs. Returns mean shift (1/16 m), level correction (1/8 octave), tail (0..255)."""
        x = (inputs.float() - 128) / 2**INPUT_EXPONENT
        x = clipped(self.first(x), 0, 255) / 2**HIDDEN_EXPONENT
        x = clipped(self.second(x), 0, 255) / 2**HIDDEN_EXPONENT
        y = self.third(x)
        return clipped(y[:, 0], -64, 64), clipped(y[:, 1], -127, 127), clipped(y[:, 2], 0, 255)

    def layer_bytes(self):
        """Weights, biases and shifts of every layer."""
        parts = []
        for layer in (self.first, self.second, self.third):
            weight, bias, shift = layer.integers()
            assert shift.min() >= 1 and shift.max() <= 24
            parts += [weight.numpy().astype("i1").tobytes(), bias.numpy().astype("<i4").tobytes(), shift.numpy().astype("u1").tobytes()]
        return b"".join(parts)

    def to_bytes(self, priors=None):
        """The file: the layers, then the first counts of the shapes (small floats, a byte each)."""
        return self.layer_bytes() + (logistic_counts() if priors is None else priors).astype("u1").tobytes()


def code_lengths(network, inputs, difference, level, unit, flags):
    """Bits of every site: .7 of a logistic and .3 of a wider one, over the value's own interval."""
    shift, correction, tail = network(inputs)
    # In units of 2^unit: a level far below a unit is as far as a lattice of whole numbers can tell.
    magnitude = torch.exp2((level + correction + 0.5) / 8 + LOWEST_EXPONENT - unit)
    ratio = 1 + tail / 32
    s = magnitude / (1.3863 * (0.7 + 0.3 * ratio))
    scale = torch.exp2(-unit)
    centre = difference * scale - shift / 16 * magnitude
    high = torch.where((flags & 2) > 0, 1e9, centre + 0.5 * scale)
    low = torch.where((flags & 1) > 0, -1e9, centre - 0.5 * scale)
    p = 0
    for share, width in ((0.7, s), (0.3, s * ratio)):
        # The side on which the difference of two tails loses nothing.
        sign = torch.where(centre > 0, -1.0, 1.0)
        p = p + share * (torch.sigmoid(sign * high / width) - torch.sigmoid(sign * low / width)).abs()
    return -torch.log2(p * (1 - 1e-4) + 1e-7)


BIN_ENDS = [0, 16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 2048]


def small_float(counts):
    """Nearest codes of (8 + code mod 8) * 2^(code >> 3), 0..127."""
    counts = np.clip(np.asarray(counts, float), 8, 15 * 2.0**15)
    exponent = np.floor(np.log2(counts / 8)).clip(0, 15)
    eighths = np.rint(counts / 2**exponent - 8)
    return np.clip(exponent * 8 + eighths, 0, 127).astype(int)


def logistic_counts(weight=24 * 4096):
    ends = np.array([-e for e in BIN_ENDS[:0:-1]] + BIN_ENDS) / 64 / 0.7213
    mass = np.diff(1 / (1 + np.exp(-ends)))
    counts = np.concatenate([[64], np.maximum(64, mass * weight), [64]])
    return np.tile(small_float(counts), (SHAPES, 1))
