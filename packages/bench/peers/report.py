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


CODECS = ("auto", "wavelet", "predict")
TARGET_PSNR_AXIS = (40, 45, 50, 55, 60, 65, 70, 80, 90, 100)


def codecs_side_by_side(curves, by_codec, groups, axis, at):
    """A row for every codec and peer; then where `auto` is the larger file, and by how much it is behind the better of its two."""
    parts, lost = [], []
    for group, names in groups.items():
        if not names:
            continue
        rows = []
        for peer, about in curves["peers"].items():
            for codec, points in by_codec.items():
                table = ratios.table(curves, points, peer, axis, at, names)
                if table and any(r for row in table.values() for r in row):
                    rows.append([f"{codec} over {about['title']}", *(ratios.mean_cell(m, len(names)) for m in ratios.means(table))])
        title = "Development slices" if group == "bench" else "Held-out slices"
        parts.append(f"{title} ({len(names)}), geometric means:\n\n" + ratios.markdown(["", *ratios.heads(axis, at)], rows))
        auto = by_codec.get("auto")
        if auto:
            lost += losses(curves, auto, names, axis, at)
            parts.append(ratios.markdown(["auto over the best peer", *ratios.heads(axis, at)], over_best(curves, auto, names, axis, at)))
    if "auto" in by_codec:
        parts.append("`auto` is behind:\n\n" + ("\n".join(behind(lost)) or "Nowhere."))
    return "\n\n".join(parts)


def over_best(curves, points, names, axis, at):
    tables = [ratios.table(curves, points, peer, axis, at, names) for peer in curves["peers"]]
    rows = []
    for name in names:
        columns = zip(*(t[name] for t in tables if name in t))
        rows.append([name, *(ratios.cell(max((v for v in column if v is not None), default=None)) for column in columns)])
    return rows


def worse_than_the_better(by_codec, key):
    """Points at which `auto` takes over 1 % more than the better of the two codecs that it chooses from."""
    sizes = {c: {(p["slice"], p[key]): p["bytes"] for ps in points.values() for p in ps} for c, points in by_codec.items()}
    if not {"auto", "wavelet", "predict"} <= sizes.keys():
        return []
    found = []
    for place, size in sizes["auto"].items():
        best = min((sizes[c][place] for c in ("wavelet", "predict") if place in sizes[c]), default=size)
        if size > 1.01 * best:
            found.append(f"- {place[0]} at {place[1]:g}: auto {size}, the better alone {best}")
    return found


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
    chosen = {}
    for key in ("bounds", "psnrs"):
        chosen[key] = {c: ratios.candidate_curves(p for p in measured[key] if p["codec"] == c) for c in CODECS}
        chosen[key] = {c: points for c, points in chosen[key].items() if points}
    parts += ["## Bounds, at equal bound of the value range", codecs_side_by_side(curves, chosen["bounds"], groups, "bound", ratios.BOUND_AXIS)]
    parts += ["## PSNR targets, at equal PSNR", codecs_side_by_side(curves, chosen["psnrs"], groups, "psnr", TARGET_PSNR_AXIS)]
    parts.append("## Where `auto` is more than 1 % above the better of `wavelet` and `predict`")
    worse = worse_than_the_better(chosen["bounds"], "bound") + worse_than_the_better(chosen["psnrs"], "asked")
    parts.append("\n".join(worse) or "Nowhere.")
    parts += ["## Lossless, bytes", lossless(curves, chosen["bounds"]["auto"], [n for g in groups.values() for n in g])]
    parts.append("## What must hold")
    parts.append(
        "\n".join(f"- {f}" for f in measured["faults"])
        or "PSNR and bytes rise with every level, |mean error| is below 2 % of its deviation, every bound is kept and every PSNR met."
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
    targets = ratios.candidate_curves(p for p in measured["psnrs"] if p["codec"] == "auto")
    plot.curves(curves, {"fieldzip, quality levels": ours, "fieldzip, PSNR targets": targets}, args.out / "curves.svg")
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
