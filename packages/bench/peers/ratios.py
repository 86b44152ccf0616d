"""Size of a candidate over size of a peer, at equal PSNR or at equal bound. The only place where curves are interpolated."""

import json
import math
from pathlib import Path

PSNR_AXIS = tuple(range(35, 75, 5))
BOUND_AXIS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5)


def load_curves(path, mask="zlib"):
    """curves.json with, for mask="best", the peers' bitmask charged at the best bitmap coder's size instead of zlib's."""
    curves = json.loads(Path(path).read_text())
    if mask == "best":
        for name, peers in curves["curves"].items():
            about = curves["slices"][name]
            saved = about["maskBytes"] - about["bestMaskBytes"]
            for points in peers.values():
                for point in points:
                    point["bytes"] -= saved
    return curves


def candidate_curves(points):
    """[{slice, bytes, psnr, ...}] as {slice: [point]}."""
    by_slice = {}
    for point in points:
        by_slice.setdefault(point["slice"], []).append(point)
    return by_slice


def _strictness(point, axis):
    """Where a point lies on the axis, growing with what is promised; None where it has no place on it."""
    if axis == "psnr":
        return point["psnr"]
    # What was asked for, not what was met: a user of a bound gets the file that the bound makes. A candidate without one (quality levels)
    # is placed at its largest error.
    bound = point.get("bound", point.get("npme"))
    return -math.log10(bound) if bound else None


def front(points, axis="psnr"):
    """(strictness, log bytes), rising in both: settings that another setting beats in quality and in size are dropped, for everybody, since
    nobody would use them."""
    placed = [(s, math.log(p["bytes"])) for p in points if (s := _strictness(p, axis)) is not None and math.isfinite(s)]
    kept = []
    for strictness, size in sorted(placed, key=lambda p: (-p[0], p[1])):
        if not kept or (size < kept[-1][1] and strictness < kept[-1][0]):
            kept.append((strictness, size))
    return kept[::-1]


def log_bytes(curve, x):
    """Piecewise linear between the measured points; None outside them."""
    for (x0, y0), (x1, y1) in zip(curve, curve[1:]):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return None


def ratio(candidate, peer, x):
    a, b = log_bytes(candidate, x), log_bytes(peer, x)
    return None if a is None or b is None else math.exp(a - b)


def geometric_mean(values):
    values = [v for v in values if v is not None]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def table(curves, candidate, peer, axis="psnr", at=PSNR_AXIS, names=None):
    """{slice: [ratio or None for each x]} of one peer, over the slices that both have."""
    xs = at if axis == "psnr" else [-math.log10(x) for x in at]
    rows = {}
    for name in names or candidate:
        points = curves["curves"].get(name, {}).get(peer)
        if points and candidate.get(name):
            ours, theirs = front(candidate[name], axis), front(points, axis)
            rows[name] = [ratio(ours, theirs, x) for x in xs]
    return rows


def means(rows):
    """For each column: the geometric mean, how many slices it is over, and the worst of them (ratio, slice)."""
    out = []
    for column in zip(*rows.values()):
        known = [(v, name) for v, name in zip(column, rows) if v is not None]
        out.append((geometric_mean(column), len(known), max(known) if known else None))
    return out


def heads(axis, at):
    return [f"{x} dB" for x in at] if axis == "psnr" else [f"{x:.0e}".replace("e-0", "e-") for x in at]


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cell(value):
    """A ratio; a loss (the candidate's file is the larger) is marked."""
    if value is None:
        return "-"
    text = f"{value:.2f}" if round(value, 2) != 1 or value <= 1 else f"{value:.3f}"
    return f"**{text}**" if value > 1 else text


def mean_cell(mean, all_slices):
    value, count, _ = mean
    return cell(value) + (f" ({count})" if 0 < count < all_slices else "")
