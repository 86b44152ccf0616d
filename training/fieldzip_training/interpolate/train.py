"""Trains the network of one of interpolation's two passes on sites.

    python -m fieldzip_training.interpolate.train --pass 0 --sites train.bin --valid valid.bin --out pass0.pt --minutes 10
"""

import argparse

import numpy as np
import torch

from ..descent import descend
from ..predict.network import LOWEST_EXPONENT, Perceptron
from .sites import SITE

MOST_WEIGHT = 60


def load(path, which):
    sites = np.fromfile(path, SITE)
    sites = sites[sites["pass"] == which]
    return [torch.from_numpy(np.ascontiguousarray(sites[name])) for name in ("inputs", "difference", "level", "weight")]


def bits_between(low, high, magnitude, tail):
    """Of an interval: .7 of a logistic of this mean magnitude and .3 of a wider one."""
    ratio = 1 + tail / 32
    s = magnitude / (1.3863 * (0.7 + 0.3 * ratio))
    p = 0
    for share, width in ((0.7, s), (0.3, s * ratio)):
        # The side on which the difference of two tails loses nothing.
        sign = torch.where(low + high > 0, -1.0, 1.0)
        p = p + share * (torch.sigmoid(sign * high / width) - torch.sigmoid(sign * low / width)).abs()
    return -torch.log2(p * (1 - 1e-5) + 1e-8)


def code_lengths(network, inputs, difference, level):
    """Bits of the numbers as they are coded, and with the unrounded error, from which alone the move of the prediction can learn."""
    move, correction, tail = network(inputs)
    magnitude = torch.exp2((level.float() + correction + 0.5) / 8 + LOWEST_EXPONENT)
    error = difference - move / 16 * magnitude.detach()
    number = torch.round(error.detach())
    coded = bits_between(number - 0.5, number + 0.5, magnitude, tail)
    smooth = bits_between(error - 0.5, error + 0.5, magnitude.detach(), tail.detach())
    return coded, smooth


def measure(network, sites, most=1_000_000):
    with torch.no_grad():
        every = slice(0, None, max(1, len(sites[0]) // most))
        inputs, difference, level, weight = (column[every] for column in sites)
        coded, _ = code_lengths(network, inputs, difference, level)
        return f"{(coded * weight).mean():.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pass", dest="which", type=int, choices=(0, 1), required=True)
    parser.add_argument("--sites", required=True)
    parser.add_argument("--valid", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--batch", type=int, default=8192)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--from", dest="start", help="a state to start from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    data, valid = load(options.sites, options.which), load(options.valid, options.which)
    print(f"{len(data[0])} sites", flush=True)
    network = Perceptron()
    if options.start:
        network.load_state_dict(torch.load(options.start))

    def loss_of(_, network):
        index = torch.randint(len(data[0]), (options.batch,))
        inputs, difference, level, weight = (column[index] for column in data)
        coded, smooth = code_lengths(network, inputs, difference, level)
        return ((coded + 0.5 * smooth) * weight.clamp(max=MOST_WEIGHT)).mean()

    descend([network], loss_of, options.minutes, options.rate, lambda: f"valid {measure(network, valid, 200_000)}")
    print(f"averaged weights: valid {measure(network, valid)}")
    torch.save(network.state_dict(), options.out)


if __name__ == "__main__":
    main()
