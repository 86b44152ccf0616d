"""Writes the networks' file: the layers of both passes, then the first counts of every context.

    python -m fieldzip_training.interpolate.file pass0.pt pass1.pt [--counts counts.bin] --out interpolation.bin
"""

import argparse

import numpy as np
import torch

from ..predict.network import Perceptron, small_float

TAILS, CONTEXTS, MAGNITUDES = 5, 160, 31
UNIT = 64  # what one number adds


def magnitudes_of(context):
    quarters = context // TAILS
    return min(MAGNITUDES, 3 + (((40 + 10 * (quarters % 4)) << (quarters // 4)) >> 8))


def logistic_counts():
    """Shares of the magnitudes of a context, as the training has them."""
    counts = np.zeros((CONTEXTS, MAGNITUDES + 1))
    for context in range(CONTEXTS):
        magnitude, ratio = 2 ** ((context // TAILS + 0.5) / 4 - 6), 1 + (16, 48, 96, 192, 192)[context % TAILS] / 32
        s = magnitude / (1.3863 * (0.7 + 0.3 * ratio))
        edges = np.arange(magnitudes_of(context)) + 0.5
        beyond = sum(share / (1 + np.exp(np.minimum(edges / width, 700))) for share, width in ((0.7, s), (0.3, s * ratio)))
        masses = np.append(1 - 2 * beyond[0], 2 * (beyond[:-1] - beyond[1:]))
        counts[context, : len(masses)] = masses
        counts[context, MAGNITUDES] = 2 * beyond[-1]
    return counts


def priors(counts, weight=400, lean=100):
    """Counts of the weight of `weight` numbers; a context seen seldom leans on the logistic."""
    counts = counts + lean * logistic_counts()
    return small_float(np.maximum(8, counts / counts.sum(1, keepdims=True) * weight * UNIT))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("passes", nargs=2)
    parser.add_argument("--counts")
    parser.add_argument("--weight", type=float, default=400)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    with open(options.out, "wb") as out:
        for path in options.passes:
            network = Perceptron()
            network.load_state_dict(torch.load(path))
            out.write(network.layer_bytes())
        counts = np.fromfile(options.counts, "<f8").reshape(CONTEXTS, -1) if options.counts else np.zeros((CONTEXTS, MAGNITUDES + 1))
        out.write(priors(counts, options.weight).astype("u1").tobytes())


if __name__ == "__main__":
    main()
