"""Tables and a plot of fieldzip's curves beside the peers'.

    python report.py --curves WORK/curves.json --ours WORK/ours.json --out WORK [--into docs/benchmarks.md]

Writes report.json, curves.svg and report.md into --out; with --into, the tables go between that page's two "measured" marks instead of report.md."""

import argparse
import json
import os
from pathlib import Path

import plot
import ratios

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def summary(curves, ours, names, axis, at):
    rows = []
    for peer, about in curves["peers"].items():
        table = ratios.table(curves, ours, peer, axis, at, names)
        if table and any(r for row in table.values() for r in row):
            rows.append([about["title"], *(ratios.mean_cell(m, len(names)) for m in ratios.means(table))])
    return ratios.markdown(["geometric mean", *ratios.heads(axis, at)], rows)


def each(curves, ours, names, axis, at):
    parts = []
    for peer, about in curves["peers"].items():
        table = ratios.table(curves, ours, peer, axis, at, names)
        if table:
            rows = [[name, *map(ratios.cell, row)] for name, row in table.items()]
            parts.append(ratios.markdown([f"over {about['title']}", *ratios.heads(axis, at)], rows))
    return "\n\n".join(parts)


def losses(curves, ours, names, axis, at):
    """(peer, slice, [(where, ratio)]) wherever ours is the larger file."""
    found = []
    for peer, about in curves["peers"].items():
        for name, row in ratios.table(curves, ours, peer, axis, at, names).items():
            where = [(h, round(r, 3)) for h, r in zip(ratios.heads(axis, at), row) if r is not None and r > 1]
            if where:
                found.append((about["title"], name, where))
    return found


def reach(ours, names):
    rows = []
    for name in names:
        first, *_, last = sorted((p for p in ours[name] if p["psnr"] is not None), key=lambda p: p["level"])
        worst = max(ours[name], key=lambda p: abs(p["bias"]) / p["deviation"])
        rows.append(
            [
                name,
                f"{first['level']:g} to {last['level']:g}",
                f"{first['psnr']:.1f} to {last['psnr']:.1f} dB",
                f"{first['bytes']} to {last['bytes']}",
                f"{100 * abs(worst['bias']) / worst['deviation']:.2f} % (level {worst['level']:g})",
            ]
        )
    return ratios.markdown(["slice", "levels", "PSNR", "bytes", "largest mean error, of its deviation"], rows)


def broken_bounds(curves):
    """Peers whose error exceeds the bound that they were given by more than the rounding of the result to float32 explains."""
    rows = []
    for peer, about in curves["peers"].items():
        worst = (1, None, None)
        broken = total = 0
        for name, by_peer in curves["curves"].items():
            item = curves["slices"][name]
            slack = max(abs(item["minimum"]), abs(item["minimum"] + item["range"])) * 2**-24
            for point in by_peer.get(peer, []):
                if "bound" in point:
                    total += 1
                    if point["maxError"] > point["bound"] * item["range"] + slack:
                        broken += 1
                        worst = max(worst, (point["maxError"] / (point["bound"] * item["range"]), name, point["bound"]))
        if broken:
            rows.append([about["title"], f"{broken} of {total}", f"{worst[0]:.2f} x on {worst[1]} at {worst[2]:.0e} of range"])
    return ratios.markdown(["peer", "settings over their bound", "worst"], rows) if rows else "No peer exceeded its bound."


def lossless(curves, bounds, names):
    peers = list(next(iter(curves["lossless"].values())))
    rows, over_best = [], []
    for name in names:
        raw = 4 * curves["slices"][name]["shape"][0] * curves["slices"][name]["shape"][1]
        sizes = [next(p["bytes"] for p in bounds[name] if p["bound"] == 0), *(curves["lossless"][name][p] for p in peers)]
        over_best.append(sizes[0] / min(sizes[1:]))
        rows.append([name, str(raw), *(f"{size} ({raw / size:.2f})" for size in sizes), ratios.cell(over_best[-1])])
    rows.append(["geometric mean", "", *[""] * (len(peers) + 1), ratios.cell(ratios.geometric_mean(over_best))])
    return ratios.markdown(["slice", "bytes", "fieldzip (ratio)", *(f"{p} (ratio)" for p in peers), "over the best"], rows)


def at_bounds(curves, bounds, groups):
    """Tables at equal bound, and where ours is the larger file."""
    parts, lost = [], []
    for group, names in groups.items():
        if names:
            title = "development slices" if group == "bench" else "held-out slices"
            parts.append(f"{len(names)} {title}:\n\n" + summary(curves, bounds, names, "bound", ratios.BOUND_AXIS))
            lost += losses(curves, bounds, names, "bound", ratios.BOUND_AXIS)
    parts.append("Behind:\n\n" + ("\n".join(behind(lost)) or "Nowhere."))
    return "\n\n".join(parts)


def behind(lost):
    return [f"- {p} on {n}: {', '.join(f'{h} {r}' for h, r in where)}" for p, n, where in lost]


def compose(curves, measured, ours, axis, at):
    groups = {g: [n for n, s in curves["slices"].items() if s["group"] == g and n in ours] for g in ("bench", "held-out")}
    model = measured.get("model") or {}
    parts = [f"Model `{model.get('hash')}`. Ours over the peer, whole files: below 1 fieldzip's is the smaller."]
    parts.append("(n): only n slices have both curves there. **Bold**: fieldzip's file is the larger.")
    parts.append("## Quality levels (codec `hyperprior`), at equal PSNR")
    lost = []
    for group, names in groups.items():
        if not names:
            continue
        title = "Development slices" if group == "bench" else "Held-out slices"
        parts += [f"### {title} ({len(names)})", summary(curves, ours, names, axis, at)]
        parts += [each(curves, ours, names, axis, at), reach(ours, names)]
        lost += losses(curves, ours, names, axis, at)
    parts.append("### Where fieldzip is behind")
    parts.append("\n".join(behind(lost)) or "Nowhere in these tables.")
    bounds = ratios.candidate_curves(measured["bounds"])
    parts += ["## Bounds (codec `predict`), at equal bound of the value range", at_bounds(curves, bounds, groups)]
    parts += ["## Lossless, bytes", lossless(curves, bounds, [n for g in groups.values() for n in g])]
    parts.append("## What must hold")
    parts.append(
        "\n".join(f"- {f}" for f in measured["faults"])
        or "PSNR and bytes rise with every level, |mean error| is below 2 % of its deviation, and every bound is kept."
    )
    parts += ["### Peers that miss their own bound", broken_bounds(curves)]
    parts.append("Versions: " + "; ".join(f"{p['title']}: {p['version']}" for p in curves["peers"].values()) + ".")
    return "\n\n".join(parts) + "\n", {"groups": groups, "losses": lost}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curves", type=Path, required=True)
    parser.add_argument("--ours", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--axis", choices=("psnr", "bound"), default="psnr")
    parser.add_argument("--mask", choices=("zlib", "best"), default="zlib")
    parser.add_argument("--into", type=Path, help="a Markdown file with the two marks, to be filled")
    args = parser.parse_args()

    curves = ratios.load_curves(args.curves, args.mask)
    measured = json.loads(args.ours.read_text())
    ours = ratios.candidate_curves(measured["points"])
    ours = {n: ours[n] for n in curves["slices"] if n in ours}
    at = ratios.PSNR_AXIS if args.axis == "psnr" else ratios.BOUND_AXIS
    text, facts = compose(curves, measured, ours, args.axis, at)

    args.out.mkdir(parents=True, exist_ok=True)
    tables = {p: ratios.table(curves, ours, p, args.axis, at) for p in curves["peers"]}
    (args.out / "report.json").write_text(json.dumps({"axis": args.axis, "at": at, "ratios": tables, **facts}))
    plot.curves(curves, ours, args.out / "curves.svg")
    if args.into:
        plot_link = os.path.relpath(args.out / "curves.svg", args.into.parent)
        text += f"\n![PSNR against bits per value, a panel a slice]({plot_link})\n"
        page = args.into.read_text()
        head, rest = page.split(BEGIN)
        args.into.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{rest.split(END)[1]}")
    else:
        (args.out / "report.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
