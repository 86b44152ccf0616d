"""Rate-distortion curves as one SVG. Matplotlib, since the curves and their interpolation are already Python: one language for all figures."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  (after the backend is chosen)

# Okabe and Ito's colours: told apart with any colour vision, and by line style in print.
STYLES = {
    "sz3": ("#E69F00", "--"),
    "zfp": ("#CC79A7", ":"),
    "sperr": ("#0072B2", "-."),
    "sperr_psnr": ("#56B4E9", "-."),
    "jpegxl": ("#009E73", "--"),
}
OURS = (("#D55E00", "-"), ("#000000", "-"))


def curves(peers, ours, path):
    names = list(next(iter(ours.values())))
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    # Text stays text, and no date or random ids: the same curves make the same file.
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "fieldzip", "font.size": 8, "font.family": "sans-serif"}):
        figure, axes = plt.subplots(rows, columns, figsize=(3.1 * columns, 2.5 * rows), squeeze=False, sharey=True, layout="constrained")
        for axis, name in zip(axes.flat, names):
            about = peers["slices"][name]
            values = about["shape"][0] * about["shape"][1]
            for peer, points in peers["curves"][name].items():
                colour, style = STYLES[peer]
                _line(axis, points, values, colour, style, peers["peers"][peer]["title"])
            for (title, points), style in zip(ours.items(), OURS):
                _line(axis, points.get(name, []), values, *style, title, width=1.8)
            axis.set_title(name + (" (held out)" if about["group"] == "held-out" else ""), loc="left", fontsize=8, fontweight="bold")
            axis.set_xscale("log")
            axis.set_xlim(0.005, 16)
            axis.set_ylim(30, 100)
            axis.minorticks_off()  # they were half of the file
            axis.grid(alpha=0.25)
            axis.spines[["top", "right"]].set_visible(False)
        for axis in axes.flat[len(names) :]:
            axis.set_visible(False)
        figure.supxlabel("bits per value, whole file")
        figure.supylabel("PSNR, dB")
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _line(axis, points, values, colour, style, label, width=1.1):
    known = sorted((p["bytes"] * 8 / values, p["psnr"]) for p in points if p["psnr"] is not None and 25 < p["psnr"] < 105)
    if known:
        axis.plot(*zip(*known), style, color=colour, lw=width, label=label)
