"""Trains the predict codec's network on sites.

    python -m fieldzip_training.predict.train --sites train.bin --valid valid.bin --out predict.bin --minutes 8
"""

import argparse

import numpy as np
import torch

from ..descent import descend
from .network import LOWEST_EXPONENT, Perceptron, code_lengths
from .sites import SITE


def load(path):
    sites = np.fromfile(path, SITE)
    return [torch.from_numpy(np.ascontiguousarray(sites[name])) for name in SITE.names]


def take(data, index):
    inputs, difference, level, unit, flags = (column[index] for column in data)
    return inputs, difference, level.float(), unit.float(), flags


def weights(level):
    """Sites where few bits are expected count more: a loose bound's ratio is made of them. Depends on the inputs alone, so that the best distribution is still the true one."""
    return 1 / (0.15 + torch.log2(1 + 3 * torch.exp2(level / 8 + LOWEST_EXPONENT)))


def measures(network, sites):
    with torch.no_grad():
        bits, weight = code_lengths(network, *sites), weights(sites[2])
        return f"{bits.mean():.4f} bits, weighted {(bits * weight).mean():.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", required=True)
    parser.add_argument("--valid")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--from", dest="start", help="a state to start from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    data = load(options.sites)
    print(f"{len(data[0])} sites", flush=True)
    valid = take(load(options.valid), slice(None)) if options.valid else None
    network = Perceptron()
    if options.start:
        network.load_state_dict(torch.load(options.start))

    def loss_of(_, network):
        batch = take(data, torch.randint(len(data[0]), (options.batch,)))
        return (code_lengths(network, *batch) * weights(batch[2])).mean()

    descend([network], loss_of, options.minutes, options.rate, lambda: f"valid {measures(network, valid)}" if valid is not None else "")
    if valid is not None:
        print(f"averaged weights: valid {measures(network, valid)}")
    torch.save(network.state_dict(), options.out + ".pt")
    with open(options.out, "wb") as out:
        out.write(network.to_bytes())


if __name__ == "__main__":
    main()
