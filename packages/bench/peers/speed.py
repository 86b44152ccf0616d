"""One peer's side of a speed run: src/speed.ts starts one such process a peer and asks for a round by writing a line.

A process a peer, so that its peak memory is its own. Rounds alternate between the peers and fieldzip: whatever else the machine does falls on all."""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import numpy as np

import peers
import ratios
from slices import Slice


def peak_mib():
    # Not getrusage: its maximum survives exec and would be that of the Node process that started this one.
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--slice", required=True)
    parser.add_argument("--mirror", type=int, default=1)
    parser.add_argument("--peer", required=True)
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--psnr", type=float, help="run at the setting whose PSNR is nearest")
    goal.add_argument("--bound", type=float, help="of the value range")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    peer = next(p for p in peers.PEERS if p.name == args.peer)
    if args.bound is not None:
        setting = args.bound
    else:
        points = ratios.load_curves(args.work / "curves.json")["curves"][args.slice][args.peer]
        point = min((p for p in points if p["psnr"] is not None), key=lambda p: abs(p["psnr"] - args.psnr))
        setting = point.get("bound", point.get("asked"))
    values = np.load(args.work / "slices" / f"{args.slice}.npy")
    more = args.mirror - 1
    values = np.pad(values, [(0, more * n) for n in values.shape], mode="symmetric")
    item = Slice(args.slice, "bench", values)

    for _ in sys.stdin:
        start = time.perf_counter()
        coded = peer.encode(item, setting, args.threads)
        middle = time.perf_counter()
        decoded = peer.decode(coded, item, setting, args.threads)
        end = time.perf_counter()
        result = {
            "compress": middle - start,
            "decompress": end - middle,
            "bytes": len(coded) + peer.side_bytes + item.mask_bytes,
            "psnr": item.errors(decoded)["psnr"],
            "peakMiB": peak_mib(),
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
