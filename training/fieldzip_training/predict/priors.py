"""Puts the shapes' first counts into a network's file, from counts that the native coder made with it.

    python -m fieldzip_training.predict.priors --network predict.bin --counts counts.bin
"""

import argparse

import numpy as np

from .network import BINS, SHAPES, logistic_counts, small_float

UNIT = 4096  # what one symbol adds


def from_counts(counts, weight, floor):
    """Counts of the weight of `weight` symbols; a shape seen seldom leans on the logistic."""
    codes = logistic_counts(weight * UNIT)
    logistic = (8.0 + codes % 8) * 2.0 ** (codes // 8)
    blended = counts + 200 * logistic / logistic.sum(1, keepdims=True)
    return small_float(np.maximum(floor, blended / blended.sum(1, keepdims=True) * weight * UNIT))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", required=True)
    parser.add_argument("--counts", required=True)
    parser.add_argument("--weight", type=float, default=96)
    options = parser.parse_args()
    counts = np.fromfile(options.counts, "<f8").reshape(SHAPES, BINS)
    with open(options.network, "rb") as file:
        weights = file.read()[: -SHAPES * BINS]
    with open(options.network, "wb") as file:
        file.write(weights + from_counts(counts, options.weight, 16).astype("u1").tobytes())


if __name__ == "__main__":
    main()
