"""Trains the predict codec's network on sites.

    python -m fieldzip_training.predict.train --sites train.bin --valid valid.bin --out predict.bin --minutes 8
"""

import argparse
import math
import time

import numpy as np
import torch

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
    optimiser = torch.optim.Adam(network.parameters(), lr=options.rate)
    began, step, seconds = time.time(), 0, options.minutes * 60
    mean = None
    average = {k: v.clone() for k, v in network.state_dict().items()}
    while (share := (time.time() - began) / seconds) < 1:
        batch = take(data, torch.randint(len(data[0]), (options.batch,)))
        for group in optimiser.param_groups:
            group["lr"] = options.rate * 0.5 * (1 + math.cos(math.pi * share)) + 1e-5
        bits = code_lengths(network, *batch)
        loss = (bits * weights(batch[2])).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            for k, v in network.state_dict().items():
                average[k].lerp_(v, 0.01)
        mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
        if step % 500 == 0:
            said = ""
            if valid is not None:
                said = f"; valid {measures(network, valid)}"
            print(f"{step} {time.time() - began:.0f} s: {mean:.4f}{said}", flush=True)
    network.load_state_dict(average)
    if valid is not None:
        print(f"averaged weights: valid {measures(network, valid)}")
    torch.save(network.state_dict(), options.out + ".pt")
    with open(options.out, "wb") as out:
        out.write(network.to_bytes())


if __name__ == "__main__":
    main()
