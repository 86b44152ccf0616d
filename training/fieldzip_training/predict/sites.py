"""Training sites: crops put on lattices, walked by the native coder, so that the network is trained on what it will see.

    python -m fieldzip_training.predict.sites --data DATA --tool perceptron_sites --out sites.bin --crops 1500
"""

import argparse
import subprocess

import numpy as np

from ..data import Crops

SITE = np.dtype([("inputs", "u1", 32), ("difference", "<f4"), ("level", "<i2"), ("unit", "u1"), ("flags", "u1")])
OCTAVES = 15  # of bounds below the standard deviation; from twice that on
SIZES = (192, 256, 384, 512)  # the walk in lockstep wants 128 columns, and its filters learn longer in large slices
SHARES = (0.72, 0.14)  # of science and of photographs


def lattice(rng, crop):
    """A crop on the lattice of a bound drawn log-uniformly: integers, int32."""
    step = 2 * crop.std() * np.exp2(2 - rng.random() * OCTAVES)
    return np.rint((crop.astype(np.float64) - crop.min()) / step).astype("<i4")


def write_lattices(to, crops, count):
    for _ in range(count):
        grid = lattice(crops.rng, crops.crop(int(crops.rng.choice(SIZES))))
        to.write(np.array(grid.shape, "<i4").tobytes() + grid.tobytes())


def feed(command, write, out):
    """Runs a tool on what `write` gives it, its output into a file."""
    with open(out, "wb") as file, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file) as tool:
        write(tool.stdin)
        tool.stdin.close()
    if tool.returncode != 0:
        raise SystemExit(f"{command[0]} failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tool", required=True, help="the native coder's perceptron_sites")
    parser.add_argument("--out", required=True)
    parser.add_argument("--crops", type=int, default=1500)
    parser.add_argument("--keep", type=int, default=16, help="one site in this many is kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--network", help="count the bins of every shape with this network instead")
    options = parser.parse_args()
    command = [options.tool, "priors", options.network] if options.network else [options.tool, "sites", str(options.keep)]
    crops = Crops(options.data, seed=options.seed, shares=SHARES)
    feed(command, lambda to: write_lattices(to, crops, options.crops), options.out)


if __name__ == "__main__":
    main()
