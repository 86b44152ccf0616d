"""Puts the shapes' first counts into the networks' file, from counts that the native coder made with it.

    python -m fieldzip_training.bands.priors --network bands.bin --counts counts.bin
"""

import argparse

import numpy as np

from ..predict.network import BINS, SHAPES
from ..predict.priors import from_counts
from .network import ORIENTATIONS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", required=True)
    parser.add_argument("--counts", required=True)
    parser.add_argument("--weight", type=float, default=96)
    options = parser.parse_args()
    counts = np.fromfile(options.counts, "<f8").reshape(ORIENTATIONS, SHAPES, BINS)
    with open(options.network, "rb") as file:
        whole = file.read()
    length = len(whole) // ORIENTATIONS
    with open(options.network, "wb") as file:
        for orientation in range(ORIENTATIONS):
            own = whole[orientation * length : (orientation + 1) * length]
            file.write(own[: -SHAPES * BINS] + from_counts(counts[orientation], options.weight, 16).astype("u1").tobytes())


if __name__ == "__main__":
    main()
