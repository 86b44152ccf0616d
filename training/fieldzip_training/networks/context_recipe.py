"""How the wavelet codec's context model is trained, evaluated and exported."""

import os

import numpy as np
import torch

from ..subbands import INPUTS, analyse, blocks, compand, inputs, levels_of, quantise, reconstruct, synthesise
from .context import OUTPUTS, Context, code_length
from .recipe import Recipe

OCTAVES = 15  # of the step, from 4 standard deviations of the crop down
PHASE_SITES = ((0, 3), (1, 2))


def bits_of(net, x, step, dead_zone, towards_zero):
    """Bits of the details of x, B x 1 x H x W, one sum an item; and how often a coefficient is not 0."""
    with torch.no_grad():
        levels = levels_of(x.shape[-1])
        low, details = analyse(x, levels)
        low = torch.round(low / step) * step
        known, parents = [], None
        for level in range(levels, 0, -1):
            q = quantise(details[level - 1], step, dead_zone)
            planes, sites = inputs(low, step, level, parents), blocks(q)
            first = sites[:, PHASE_SITES[0]]
            known.append((planes, torch.cat((planes, compand(first.flatten(1, 2))), 1), first, sites[:, PHASE_SITES[1]]))
            low, parents = synthesise(low, reconstruct(q, step, towards_zero)), q
    total, present = 0, 0
    for planes0, planes1, first, second in known:
        for phase, planes, q in zip(net.phases, (planes0, planes1), (first, second)):
            total = total + code_length(q, phase(planes.contiguous(memory_format=torch.channels_last))).sum((1, 2, 3, 4))
            present = present + (q != 0).sum((1, 2, 3, 4))
    return total, present


class ContextRecipe(Recipe):
    name = "context"
    rate = 2e-3
    betas = (0.9, 0.99)
    largest_norm = 2.0
    graph_names = ("phase0", "phase0-fp32", "phase1", "phase1-fp32")
    hard_from = 0.0  # quantisation is real from the first step

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("--width", type=int, default=64, help="channels of the hidden layers")
        parser.add_argument(
            "--dead-zone", type=float, nargs=2, default=(0.5, 0.64), metavar=("LOW", "HIGH"), help="where |c| / step rounds up, drawn for each crop"
        )

    @classmethod
    def from_arguments(cls, args, start=None):
        return cls(start or {"width": args.width})

    def build(self):
        return Context(**self.options)

    def draw(self, rng, args):
        size = rng.choice((64, 128, 256), p=(0.3, 0.5, 0.2))
        count = max(1, args.batch * 128 * 128 // (size * size))
        drawn = {
            "octaves": rng.uniform(2 - OCTAVES, 2, count),
            "dead_zone": rng.uniform(*args.dead_zone, count),
            "towards_zero": rng.uniform((0, 0), (0.12, 0.05), (count, 2)),
        }
        return count, int(size), drawn

    def loss(self, net, crops, drawn, hard):
        def column(values):
            return torch.tensor(np.asarray(values), dtype=torch.float32, device=crops.device).view(-1, 1, 1, 1)

        step = crops.std((1, 2, 3), keepdim=True).clamp_min(1e-6) * torch.exp2(column(drawn["octaves"]))
        towards_zero = [column(drawn["towards_zero"][:, k]) for k in (0, 1)]
        total, present = bits_of(net, crops, step, column(drawn["dead_zone"]), towards_zero)
        values = crops[0].numel()
        bpp = total / values
        # The logarithm weighs rates and fields evenly.
        return torch.log(bpp + 0.02).mean(), {"bpp": bpp.mean(), "present": present.float().mean() / values}

    def export(self, net, out):
        from .. import graphs  # here, since a machine that only trains needs no ONNX

        rng = np.random.default_rng(1)
        for number, (phase, count) in enumerate(zip(net.phases, INPUTS)):
            chain = graphs.IntegerChain(list(phase.layers), [False] * len(phase.layers), ("inputs", "params"))
            name = f"phase{number}"
            chain.save(count, OUTPUTS, os.path.join(out, name + ".onnx"), os.path.join(out, name + "-fp32.onnx"))
            sample = np.clip(np.round(rng.standard_normal((1, count, 9, 14)) * 20), -127, 127)
            graphs.check_integer_twins(out, name, "inputs", sample, phase(torch.from_numpy(sample).float()).numpy())
        return {"name": "wavelet", "codec": "wavelet", "width": self.options["width"]}
