"""Trains the networks of the walk over bands on sites.

    python -m fieldzip_training.bands.train --sites train.bin --valid valid.bin --out bands.bin --minutes 15
"""

import argparse

import numpy as np
import torch

from ..descent import descend
from ..predict.network import LOWEST_EXPONENT, code_lengths
from ..predict.train import take
from .network import ORIENTATIONS, file_of, perceptrons
from .sites import SITE


def load(path):
    """Of each orientation: inputs, difference, level, the unit (0) and flags (0) that code_lengths takes."""
    sites = np.fromfile(path, SITE)
    parts = []
    for orientation in range(ORIENTATIONS):
        own = sites[sites["orientation"] == orientation]
        nothing = np.zeros(len(own), "u1")
        parts.append([torch.from_numpy(np.ascontiguousarray(c)) for c in (own["inputs"], own["difference"], own["level"], nothing, nothing)])
    return parts


def weights(level):
    """Sites where few bits are expected count more: a loose bound's ratio is made of them. Depends on the inputs alone, so that the best distribution is still the true one."""
    return 1 / (0.1 + torch.log2(1 + 3 * torch.exp2(level / 8 + LOWEST_EXPONENT)))


def measures(network, sites):
    with torch.no_grad():
        bits, weight = code_lengths(network, *sites), weights(sites[2])
        return f"{bits.mean():.4f} bits, weighted {(bits * weight).mean():.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", required=True)
    parser.add_argument("--valid")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--from", dest="start", help="a state to start from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    data = load(options.sites)
    print([len(part[0]) for part in data], "sites", flush=True)
    valid = [take(part, slice(None)) for part in load(options.valid)] if options.valid else None
    networks = torch.nn.ModuleList(perceptrons())
    if options.start:
        networks.load_state_dict(torch.load(options.start))

    def loss_of(orientation, network):
        part = data[orientation]
        batch = take(part, torch.randint(len(part[0]), (options.batch,)))
        return (code_lengths(network, *batch) * weights(batch[2])).mean()

    def said():
        return "; ".join("valid " + measures(*pair) for pair in zip(networks, valid)) if valid is not None else ""

    descend(networks, loss_of, options.minutes, options.rate, said)
    torch.save(networks.state_dict(), options.out + ".pt")
    with open(options.out, "wb") as out:
        out.write(file_of(networks))


if __name__ == "__main__":
    main()
