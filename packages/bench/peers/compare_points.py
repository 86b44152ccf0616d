"""Any candidate's points against the peers at equal PSNR: geometric means over the slices, and the losses.

    python compare_points.py CURVES.json POINTS.json [--each] [--group bench|held-out] [--mask zlib|best]

POINTS.json: [{"slice": ..., "bytes": ..., "psnr": ...}, ...] or {"points": [...]}; a point may carry "bound" (of range) or "npme" for --axis bound."""

import argparse
import json
from pathlib import Path

import ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("curves", type=Path)
    parser.add_argument("points", type=Path)
    parser.add_argument("--axis", choices=("psnr", "bound"), default="psnr")
    parser.add_argument("--group", choices=("bench", "held-out"), help="only these slices")
    parser.add_argument("--mask", choices=("zlib", "best"), default="zlib", help="how the peers' bitmask of missing values is charged")
    parser.add_argument("--each", action="store_true", help="a row for every slice")
    args = parser.parse_args()

    curves = ratios.load_curves(args.curves, args.mask)
    points = json.loads(args.points.read_text())
    candidate = ratios.candidate_curves(points["points"] if isinstance(points, dict) else points)
    names = [n for n, s in curves["slices"].items() if n in candidate and args.group in (None, s["group"])]
    for unknown in sorted(set(candidate) - set(curves["slices"])):
        print(f"no peer knows the slice {unknown}: left out")
    at = ratios.PSNR_AXIS if args.axis == "psnr" else ratios.BOUND_AXIS

    summary, losses = [], []
    for peer, about in curves["peers"].items():
        rows = ratios.table(curves, candidate, peer, args.axis, at, names)
        if not rows:
            continue  # its curves are not there (yet)
        means = ratios.means(rows)
        summary.append([about["title"], *(ratios.mean_cell(m, len(names)) for m in means)])
        for name, row in rows.items():
            lost = [f"{head} {r:.2f}" for head, r in zip(ratios.heads(args.axis, at), row) if r and r > 1]
            if lost:
                losses.append(f"behind {about['title']} on {name}: {', '.join(lost)}")
            if args.each:
                summary.append([f"- {name}", *map(ratios.cell, row)])
    print(f"candidate's bytes over the peer's, geometric mean over {len(names)} slices (n) = over n of them only; below 1 is better\n")
    print(ratios.markdown(["", *ratios.heads(args.axis, at)], summary))
    print("\n" + ("\n".join(losses) or "behind nobody"))


if __name__ == "__main__":
    main()
