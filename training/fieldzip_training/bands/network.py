"""The networks of the walk over bands: integer perceptrons as the predict codec's, and their file."""

import torch
from torch import nn

from ..predict.network import BINS, HIDDEN_EXPONENT, INPUT_EXPONENT, OUTPUT_EXPONENT, SHAPES, IntegerLinear, clipped, logistic_counts

ORIENTATIONS = 3
INPUTS, HIDDEN1, HIDDEN2, OUTPUTS = 44, 32, 24, 3


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = IntegerLinear(INPUTS, HIDDEN1, INPUT_EXPONENT, HIDDEN_EXPONENT)
        self.second = IntegerLinear(HIDDEN1, HIDDEN2, HIDDEN_EXPONENT, HIDDEN_EXPONENT)
        self.third = IntegerLinear(HIDDEN2, OUTPUTS, HIDDEN_EXPONENT, OUTPUT_EXPONENT)
        with torch.no_grad():
            self.third.weight.mul_(0.1)
            self.third.bias.copy_(torch.tensor([0.0, 0.0, 3.0]))

    def forward(self, inputs):
        """inputs: u8, sites x 44. Returns mean shift (1/16 m), level correction (1/8 octave), tail (0..255)."""
        x = (inputs.float() - 128) / 2**INPUT_EXPONENT
        x = clipped(self.first(x), 0, 255) / 2**HIDDEN_EXPONENT
        x = clipped(self.second(x), 0, 255) / 2**HIDDEN_EXPONENT
        y = self.third(x)
        return clipped(y[:, 0], -64, 64), clipped(y[:, 1], -127, 127), clipped(y[:, 2], 0, 255)

    def to_bytes(self):
        """Weights, biases and shifts of every layer."""
        parts = []
        for layer in (self.first, self.second, self.third):
            weight, bias, shift = layer.integers()
            assert shift.min() >= 1 and shift.max() <= 24
            parts += [weight.numpy().astype("i1").tobytes(), bias.numpy().astype("<i4").tobytes(), shift.numpy().astype("u1").tobytes()]
        return b"".join(parts)


def file_of(networks, priors=None):
    """The file: for each orientation the network, then the first counts of its shapes (small floats, a byte each)."""
    priors = [logistic_counts() for _ in networks] if priors is None else priors
    return b"".join(network.to_bytes() + own.astype("u1").tobytes() for network, own in zip(networks, priors))


__all__ = ["BINS", "SHAPES", "INPUTS", "ORIENTATIONS", "Perceptron", "file_of"]
