"""Rate and error of a checkpoint on .npy slices: python -m fieldzip_training.evaluate --run RUN SLICE.npy ...

Ideal code lengths of PyTorch's own arithmetic; the bytes that count are measured by the benchmark suite.
"""

import argparse
import json
import os

import numpy as np
import torch

from .data import fill_missing
from .export import load
from .levels import batch_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--levels", default="2,3,4,5,6,7,8,9,9.5")
    parser.add_argument("--points", help="write {slice, level, bytes, psnr} here as JSON")
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("slices", nargs="+")
    args = parser.parse_args()
    net, state = load(args.run, args.raw)
    print("steps", state["steps"])
    points = []
    for path in args.slices:
        a = np.load(path).astype(np.float32)
        present = np.isfinite(a)
        low, high = a[present].min(), a[present].max()
        x = ((fill_missing(a).astype(np.float64) - low) / (high - low)).astype(np.float32)
        h, w = x.shape
        x = np.pad(x, ((0, -h % 64), (0, -w % 64)), mode="symmetric")
        row = []
        for level in map(float, args.levels.split(",")):
            weights, step, lam = batch_of([level])
            with torch.no_grad():
                bpp, _, parts = net.bits(torch.from_numpy(x)[None, None], weights, step, lam, True)
            error = (parts["restored"][0, 0, :h, :w].numpy() - x[:h, :w])[present]
            psnr = -10 * np.log10(np.mean(error.astype(np.float64) ** 2))
            size = bpp.item() * h * w / 8 + 45
            points.append({"slice": os.path.basename(path)[:-4], "level": level, "bytes": size, "psnr": psnr})
            row.append(f"{psnr:.1f}dB {bpp.item():.3f} (z {100 * parts['z'].item() / bpp.item():.0f}%)")
        print(os.path.basename(path), " ".join(row), flush=True)
    if args.points:
        json.dump(points, open(args.points, "w"))


if __name__ == "__main__":
    main()
