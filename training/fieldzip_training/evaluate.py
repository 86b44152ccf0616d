"""Rate and error of a checkpoint on .npy slices: python -m fieldzip_training.evaluate --run RUN SLICE.npy ...

Ideal code lengths of PyTorch's own arithmetic; the bytes that count are measured by the benchmark suite.
"""

import argparse
import json
import os

import numpy as np
import torch

from .checkpoint import load
from .data import fill_missing


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--levels", help="separated by commas; without it, a choice of those that the network serves")
    parser.add_argument("--points", help="write {slice, level, bytes, psnr} here as JSON")
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("slices", nargs="+")
    args = parser.parse_args(argv)
    recipe, net, state = load(args.run, args.raw)
    levels = [float(v) for v in args.levels.split(",")] if args.levels else recipe.quality_levels()
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
        for level in levels:
            with torch.no_grad():
                bpp, share_of_z, restored = recipe.code(net, torch.from_numpy(x)[None, None], level)
            error = (restored[0, 0, :h, :w].numpy() - x[:h, :w])[present]
            psnr = -10 * np.log10(np.mean(error.astype(np.float64) ** 2))
            size = bpp.item() * h * w / 8 + 45
            points.append({"slice": os.path.basename(path)[:-4], "level": level, "bytes": size, "psnr": psnr})
            row.append(f"{psnr:.1f}dB {bpp.item():.3f} (z {100 * share_of_z.item():.0f}%)")
        print(os.path.basename(path), " ".join(row), flush=True)
    if args.points:
        with open(args.points, "w") as f:
            json.dump(points, f)


if __name__ == "__main__":
    main()
