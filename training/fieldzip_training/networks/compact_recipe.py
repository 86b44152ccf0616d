"""How the compact network is trained, evaluated and exported: one network for all quality levels and those between them."""

import os

import numpy as np
import torch

from ..levels import LAMBDAS, LEVELS, PIXEL_SCALE, batch_of, step_of
from .compact import CHANNELS, HYPER_CHANNELS, LEVEL_UNITS, MARGIN, Compact
from .recipe import Recipe

LEVEL_WEIGHTS = np.array([0.8, 0.8, 1, 1, 1.2, 1.2, 1.2, 1.2, 1.1, 0.7])


def draw_levels(rng, count):
    levels = 1 + rng.choice(LEVELS, count, p=LEVEL_WEIGHTS / LEVEL_WEIGHTS.sum()).astype(float)
    between = rng.random(count) < 0.3
    levels[between] = np.clip(levels[between] + rng.uniform(-1, 1, between.sum()), 1, LEVELS)
    return levels.tolist()


class CompactRecipe(Recipe):
    name = "compact"
    rate = 1e-3
    betas = (0.9, 0.99)
    largest_norm = 2.0
    # Real rounding in training lowers the loss on crops and doubles the bits of large smooth slices at low rates: noise to the end.
    hard_from = 1.0

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("--large-crops", action="store_true", help="crops of 256 and 512: the end of a compact training")

    def build(self):
        return Compact()

    def parameter_groups(self, net):
        fast = net.gain_parameters()
        names = {id(p) for p in fast}
        return [
            {"params": [p for p in net.parameters() if id(p) not in names], "factor": 1.0},
            {"params": fast, "factor": 4.0},
        ]

    def draw(self, rng, args):
        # A second, short training on large crops: in small ones every site of Z is near an edge, in a large slice hardly any.
        if args.large_crops:
            size, count = (256, 3) if rng.random() < 0.4 else (512, 1)
        elif rng.random() < 0.8:
            size, count = 128, args.batch
        else:
            size, count = 256, max(1, args.batch // 4)
        return count, size, draw_levels(rng, count)

    def loss(self, net, crops, drawn, hard):
        weights, step, lam = batch_of(drawn, crops.device)
        bpp, error, parts = net.bits(crops, weights, step, lam, hard)
        # The logarithm weighs slices and rates evenly.
        cost = torch.log(bpp + lam * PIXEL_SCALE * error + 0.03)
        return cost.mean(), {
            "bpp": bpp.mean(),
            "bpp_z": parts["z"].mean(),
            "log_gain_of_network": (error / parts["linear_error"]).log().mean(),
        }

    def quality_levels(self):
        return (2, 3, 4, 5, 6, 7, 8, 9, 9.5)

    def code(self, net, x, level):
        bpp, _, parts = net.bits(x, *batch_of([level], x.device), True)
        return bpp, parts["z"] / bpp, parts["restored"]

    def export(self, net, out):
        from .. import graphs  # here, since a machine that only trains needs no ONNX

        write_graphs(graphs, net, out)
        z = graphs.sample_of_z((1, HYPER_CHANNELS, 5, 7))
        level = np.zeros((1, LEVELS, 5, 7))
        level[:, 3], level[:, 4] = 20, 12
        own = net.hyper_decoder(torch.from_numpy(z).float(), torch.tensor(level[:, :, 0, 0] / LEVEL_UNITS).float()).numpy()
        graphs.check_integer_twins(out, "hyper-decoder", "z", np.concatenate((z, level), 1), own)
        gains = net.log_gains.exp().double().numpy()
        return {
            "name": "compact",
            "codec": "hyperprior",
            "network": "compact",
            "channels": CHANNELS,
            "hyperChannels": HYPER_CHANNELS,
            "margin": MARGIN,
            "levelUnits": LEVEL_UNITS,
            "latentTables": "logistic",
            "levels": [
                {"lambda": LAMBDAS[i], "step": float(np.float32(step_of(i + 1))), "gains": [float(np.float32(g)) for g in gains[i]]}
                for i in range(LEVELS)
            ],
            "prior": prior_tables(net),
        }

    def imported(self, manifest, constants_of):
        net = Compact()
        weights = {}
        for name in ("encoder", "decoder"):
            arrays = constants_of(name)
            weights |= {f"{name}.{key.removeprefix('module.')}": a for key, a in arrays.items() if key.startswith("module.")}
        weights |= {f"hyper_encoder.{key}": a for key, a in constants_of("hyper-encoder").items()}
        integers = constants_of("hyper-decoder")
        for i, layer in enumerate(net.hyper_decoder.layers):
            scale = integers[f"scale_weights{i}"]  # a power of two for each filter
            weights[f"hyper_decoder.layers.{i}.weight"] = integers[f"weights{i}"] * scale[:, None, None, None]
            weights[f"hyper_decoder.layers.{i}.bias"] = integers[f"bias{i}"] * scale * 2.0**-layer.in_exponent
        weights["log_gains"] = np.log([level["gains"] for level in manifest["levels"]])
        weights["prior_log2_scale"] = np.array(manifest["prior"]["scaleIndex"]) / 4 - 4
        weights["prior_mean"] = np.array(manifest["prior"]["meanEighths"]) / 8
        net.load_state_dict({name: torch.tensor(array, dtype=torch.float32) for name, array in weights.items()})
        return net


class Exported(torch.nn.Module):
    """The encoder or decoder as it is exported: zero-sum weights written out, the hyper-decoder's integers as bytes."""

    def __init__(self, module):
        super().__init__()
        self.module = module
        with torch.no_grad():
            module.pixels.taps.weight.copy_(module.pixels.zero_sum_weight())
        module.pixels.zero_sum_weight = lambda: module.pixels.taps.weight

    def forward(self, *inputs):
        return self.module(*(x.float() if x.dtype == torch.uint8 else x for x in inputs))


def write_graphs(graphs, net, out):
    grid = {2: "rows8", 3: "columns8"}
    blocks = {2: "rows4", 3: "columns4"}
    h, w = 8, 12
    x = torch.randn(1, 16, 2 * h + 2, 2 * w + 2)
    y, level = torch.randn(1, CHANNELS, h, w), torch.rand(1, LEVELS)
    params = torch.randint(0, 256, (1, 2 * CHANNELS, h, w), dtype=torch.uint8)
    path = lambda name: os.path.join(out, name + ".onnx")
    export = graphs.export_float
    export(Exported(net.encoder), (x, y, level), ["blocks", "coefficients", "level"], "y", [blocks, grid, None], path("encoder"))
    export(net.hyper_encoder, (y, level), ["y", "level"], "z", [grid, None], path("hyper-encoder"))
    export(Exported(net.decoder), (x, y, params, level), ["blocks", "y", "params", "level"], "correction", [blocks, grid, grid, None], path("decoder"))
    chain = graphs.IntegerChain(list(net.hyper_decoder.layers), [True, True, False, False])
    chain.save(HYPER_CHANNELS + LEVELS, 2 * CHANNELS, path("hyper-decoder"), path("hyper-decoder-fp32"))


def prior_tables(net):
    """The prior of Z in the coder's units: per level and channel a scale index and a mean in eighths."""
    scale = np.clip(np.round(net.prior_log2_scale.detach().numpy() * 4 + 16), 0, 63).astype(int)
    mean = np.round(net.prior_mean.detach().numpy() * 8).astype(int)
    return {"scaleIndex": scale.tolist(), "meanEighths": mean.tolist()}
