"""How the paper's network is trained, evaluated and exported: in two phases, one network for each lambda.

Phase one trains a small and a large network at lambda = 1. Phase two trains a copy of one of them for each lambda of the paper's
Table I: the small one's for levels 1 to 5, the large one's for 6 to 10.
"""

import os

import torch

from ..levels import LAMBDAS, LEVELS, PIXEL_SCALE
from .paper import DOWNSAMPLING, HYPER_DOWNSAMPLING, GDN, Paper
from .recipe import Recipe

# The paper names the bottlenecks, 256 and 512, and not the width of the layers between; 192 is that of Balle's larger
# network and the default of the authors' code.
FILTERS = 192
LATENTS = {"small": 256, "large": 512}
LAST_SMALL_LEVEL = 5
FIRST_PHASE_LEVEL = 1 + LAMBDAS.index(1.0)


class PaperRecipe(Recipe):
    name = "paper"
    rate = 1e-4
    hard_from = 1.0  # the publication trains with noise to the end

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("--level", type=int, choices=range(1, LEVELS + 1), help="train for this lambda; without it, phase one")
        parser.add_argument("--size", choices=sorted(LATENTS), help="without it, that of the level; small in phase one")
        parser.add_argument("--crop", type=int, default=256, help="pixels a side, a multiple of 64")
        parser.add_argument("--filters", type=int, help=f"width of the layers, {FILTERS} unless for a trial")
        parser.add_argument("--latents", type=int, help="channels of Y, those of the size unless for a trial")
        parser.add_argument("--means", action="store_true", help="the hyperprior gives means too (the paper: scales only)")

    @classmethod
    def from_arguments(cls, args, start=None):
        if args.crop % HYPER_DOWNSAMPLING:
            raise ValueError(f"--crop must be a multiple of {HYPER_DOWNSAMPLING}, not {args.crop}")
        level = args.level or FIRST_PHASE_LEVEL
        if start is not None:
            if args.size or args.filters or args.latents or args.means:
                raise ValueError("a copy is of the size of the network that it starts from: leave out --size, --filters, --latents and --means")
            return cls(start | {"level": level})
        size = args.size or ("large" if args.level and args.level > LAST_SMALL_LEVEL else "small")
        return cls({"level": level, "filters": args.filters or FILTERS, "latents": args.latents or LATENTS[size], "means": args.means})

    @property
    def lam(self):
        return LAMBDAS[self.options["level"] - 1]

    def build(self):
        return Paper(self.options["filters"], self.options["latents"], self.options["means"])

    def draw(self, rng, args):
        return args.batch, args.crop, None

    def loss(self, net, crops, drawn, hard):
        bpp, error, parts = net.bits(crops, hard)
        bpp, error = bpp.mean(), error.mean()
        return bpp + self.lam * PIXEL_SCALE * error, {"bpp": bpp, "bpp_z": parts["z"].mean(), "psnr": -10 * torch.log10(error)}

    def quality_levels(self):
        return (self.options["level"],)

    def code(self, net, x, level):
        if level != self.options["level"]:
            raise ValueError(f"this network was trained for level {self.options['level']} alone, not for {level:g}")
        bpp, _, parts = net.bits(x, True)
        return bpp, parts["z"] / bpp, parts["restored"]

    def export(self, net, out):
        from .. import graphs  # here, since a machine that only trains needs no ONNX

        filters, latents, means = (self.options[name] for name in ("filters", "latents", "means"))
        write_graphs(graphs, net, filters, latents, means, out)
        z = graphs.sample_of_z((1, filters, 3, 5))
        graphs.check_integer_twins(out, "hyper-decoder", "z", z, net.hyper_decoder(torch.from_numpy(z).float()).numpy())
        return {
            "name": f"paper-{self.options['level']}",
            "codec": "hyperprior",
            "network": "paper",
            "channels": latents,
            "hyperChannels": filters,
            "downsampling": DOWNSAMPLING,
            "hyperDownsampling": HYPER_DOWNSAMPLING,
            "latentLayout": "all",
            "latentTables": "gaussian",
            "scaleOnly": not means,
            "levels": [{"level": self.options["level"], "lambda": self.lam}],
            "prior": {"tables": net.prior.tables()},
        }


def write_graphs(graphs, net, filters, latents, means, out):
    for module in net.modules():
        if isinstance(module, GDN):
            module.fix()
    pixels = {2: "rows", 3: "columns"}
    grid = {2: "rows16", 3: "columns16"}
    h, w = 8, 12
    x, y = torch.rand(1, 1, DOWNSAMPLING * h, DOWNSAMPLING * w), torch.randn(1, latents, h, w)
    path = lambda name: os.path.join(out, name + ".onnx")
    # Float32 weights: the linear path runs through them, and float16 would bound the quality near 60 dB.
    for module, value, source, target, axes, name in (
        (net.encoder, x, "pixels", "y", pixels, "encoder"),
        (net.hyper_encoder, y, "y", "z", grid, "hyper-encoder"),
        (net.decoder, y, "y", "pixels", grid, "decoder"),
    ):
        graphs.export_float(module, (value,), [source], target, [axes], path(name), half=False)
    chain = graphs.IntegerChain(list(net.hyper_decoder.layers), [True, True, False])
    outputs = (2 if means else 1) * latents
    chain.save(filters, outputs, path("hyper-decoder"), path("hyper-decoder-fp32"), (HYPER_DOWNSAMPLING, DOWNSAMPLING))
