"""Training sites: crops with bounds, walked by the native coder, so that the networks are trained on what they will see.

    python -m fieldzip_training.interpolate.sites --data DATA --tool interpolation_sites --out sites.bin --crops 600
"""

import argparse

import numpy as np

from ..data import Crops
from ..predict.sites import feed

SITE = np.dtype([("pass", "u1"), ("inputs", "u1", 32), ("difference", "<f4"), ("level", "<i2"), ("weight", "<f4")])
LARGEST, OCTAVES = 0.5, 9  # bounds, in octaves over the standard deviation: the largest, and how far below it they go
SIZES = (192, 256, 384, 512, 768)
SHARES = (0.78, 0.1)  # of science and of photographs


def write_fields(to, crops, count):
    for _ in range(count):
        crop = crops.crop(int(crops.rng.choice(SIZES)))
        bound = float(crop.std() * np.exp2(LARGEST - crops.rng.random() * OCTAVES))
        to.write(np.array(crop.shape, "<i4").tobytes() + np.float64(bound).tobytes() + crop.tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tool", required=True, help="the native coder's interpolation_sites")
    parser.add_argument("--out", required=True)
    parser.add_argument("--crops", type=int, default=600)
    parser.add_argument("--keep", type=int, default=12, help="one point in this many is kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--networks", default="-", help="those that the walk is made with")
    parser.add_argument("--priors", action="store_true", help="count the magnitudes of every context instead")
    options = parser.parse_args()
    what = ["priors"] if options.priors else ["sites", str(options.keep)]
    crops = Crops(options.data, seed=options.seed, shares=SHARES)
    feed([options.tool, *what, options.networks], lambda to: write_fields(to, crops, options.crops), options.out)


if __name__ == "__main__":
    main()
