"""Training sites: crops, each with a step, walked by the native coder, so that the networks are trained on what they will see.

    python -m fieldzip_training.bands.sites --data DATA --tool band_sites --out sites.bin --crops 600
"""

import argparse

import numpy as np

from ..data import Crops
from ..predict.sites import feed

SITE = np.dtype([("inputs", "u1", 44), ("difference", "<f4"), ("level", "<i2"), ("orientation", "u1"), ("zero", "u1")])
OCTAVES = 15  # of steps below the standard deviation; from twice that on
SIZES = (192, 256, 384, 512)
SHARES = (0.72, 0.14)  # of science and of photographs


def write_crops(to, crops, count):
    for _ in range(count):
        crop = crops.crop(int(crops.rng.choice(SIZES)))
        step = crop.std() * np.exp2(1 - crops.rng.random() * OCTAVES)
        to.write(np.array(crop.shape, "<i4").tobytes() + np.array([step], "<f4").tobytes() + crop.astype("<f4").tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tool", required=True, help="the native coder's band_sites")
    parser.add_argument("--out", required=True)
    parser.add_argument("--crops", type=int, default=600)
    parser.add_argument("--keep", type=int, default=16, help="one site in this many is kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--network", help="count the bins of every shape with these networks instead")
    options = parser.parse_args()
    command = [options.tool, "priors", options.network] if options.network else [options.tool, "sites", str(options.keep)]
    crops = Crops(options.data, seed=options.seed, shares=SHARES)
    feed(command, lambda to: write_crops(to, crops, options.crops), options.out)


if __name__ == "__main__":
    main()
