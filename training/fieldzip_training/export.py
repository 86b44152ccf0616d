"""Export a trained network: python -m fieldzip_training.export --run RUN --out ../packages/models/compact

Writes the graphs and manifest.json, which names each graph with its SHA-256. The hash of the manifest is the model's name in a file.
"""

import argparse
import hashlib
import json
import os

import numpy as np
import onnx
import onnxruntime
import torch

from .graphs import IntegerChain, export_float
from .levels import LAMBDAS, LEVELS, step_of
from .networks.compact import CHANNELS, HYPER_CHANNELS, LEVEL_UNITS, MARGIN, Compact


def load(run, raw=False):
    state = torch.load(os.path.join(run, "checkpoint.pt"), map_location="cpu", weights_only=True)
    net = Compact()
    if raw:
        net.load_state_dict(state["net"])
    else:
        net.load_state_dict({k.removeprefix("module."): v for k, v in state["average"].items() if k != "n_averaged"})
    return net.eval(), state


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


def write_graphs(net, out):
    grid = {2: "rows8", 3: "columns8"}
    blocks = {2: "rows4", 3: "columns4"}
    h, w = 8, 12
    x = torch.randn(1, 16, 2 * h + 2, 2 * w + 2)
    y, level = torch.randn(1, CHANNELS, h, w), torch.rand(1, LEVELS)
    params = torch.randint(0, 256, (1, 2 * CHANNELS, h, w), dtype=torch.uint8)
    path = lambda name: os.path.join(out, name + ".onnx")
    export_float(Exported(net.encoder), (x, y, level), ["blocks", "coefficients", "level"], "y", [blocks, grid, None], path("encoder"))
    export_float(net.hyper_encoder, (y, level), ["y", "level"], "z", [grid, None], path("hyper-encoder"))
    export_float(
        Exported(net.decoder), (x, y, params, level), ["blocks", "y", "params", "level"], "correction", [blocks, grid, grid, None], path("decoder")
    )
    chain = IntegerChain(list(net.hyper_decoder.layers), [True, True, False, False])
    inputs = HYPER_CHANNELS + LEVELS
    onnx.save(chain.eight_bit(inputs, 2 * CHANNELS), path("hyper-decoder"))
    onnx.save(chain.float32(inputs, 2 * CHANNELS), path("hyper-decoder-fp32"))


def prior_tables(net):
    """The prior of Z in the coder's units: per level and channel a scale index and a mean in eighths."""
    scale = np.clip(np.round(net.prior_log2_scale.detach().numpy() * 4 + 16), 0, 63).astype(int)
    mean = np.round(net.prior_mean.detach().numpy() * 8).astype(int)
    return {"scaleIndex": scale.tolist(), "meanEighths": mean.tolist()}


def check_integer_twins(net, out):
    """The 8-bit graph, its float32 twin and PyTorch give the same integers."""
    rng = np.random.default_rng(1)
    z = np.clip(np.round(rng.standard_normal((1, HYPER_CHANNELS, 5, 7)) * 6), -128, 127)
    level = np.zeros((1, LEVELS, 5, 7))
    level[:, 3], level[:, 4] = 20, 12
    both = np.concatenate((z, level), 1)
    run = lambda name, value: onnxruntime.InferenceSession(os.path.join(out, name)).run(None, {"z": value})[0]
    eight = run("hyper-decoder.onnx", (both + 128).astype(np.uint8))
    wide = run("hyper-decoder-fp32.onnx", both.astype(np.float32))
    with torch.no_grad():
        own = net.hyper_decoder(torch.from_numpy(z).float(), torch.tensor(level[:, :, 0, 0] / LEVEL_UNITS).float()).numpy()
    assert (eight == wide).all() and (eight == own).all(), "the integer graphs differ"
    return int(eight.min()), int(eight.max())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--raw", action="store_true", help="the weights as they are, not their running mean")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    net, state = load(args.run, args.raw)
    with torch.no_grad():
        write_graphs(net, args.out)
        print("integer graphs agree; their outputs span", check_integer_twins(net, args.out))
        gains = net.log_gains.exp().double().numpy()
    graphs = {}
    for name in ("encoder", "hyper-encoder", "hyper-decoder", "hyper-decoder-fp32", "decoder"):
        data = open(os.path.join(args.out, name + ".onnx"), "rb").read()
        graphs[name] = {"file": name + ".onnx", "sha256": hashlib.sha256(data).hexdigest()}
        print(name, len(data), "bytes")
    manifest = {
        "name": "compact",
        "codec": "hyperprior",
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
        "graphs": graphs,
        "training": {"steps": state["steps"], "hours": round(state["spent"] / 3600, 2)},
    }
    with open(os.path.join(args.out, "manifest.json"), "w") as f:
        json.dump(manifest, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
