"""The wavelet codec's context model: its distributions, and its way from training to graphs."""

import json

import numpy as np
import torch

from fieldzip_training import export, train
from fieldzip_training.checkpoint import load
from fieldzip_training.data import Crops
from fieldzip_training.networks.context import OUTPUTS, code_length


def test_a_distribution_sums_to_one():
    q = torch.arange(-4000, 4001).float().view(-1, 1, 1, 1, 1, 1).expand(-1, 1, 2, 3, 1, 1)
    params = torch.randint(100, 140, (1, OUTPUTS, 1, 1), generator=torch.Generator().manual_seed(1)).float()
    total = sum(torch.exp2(-code_length(value, params)) for value in q)
    assert torch.allclose(total, torch.ones_like(total), atol=1e-3)


def run_of(folder, data, steps):
    arguments = ["--recipe", "context", "--width", "16", "--data", str(data), "--threads", "1", "--batch", "2", "--rate", "5e-3"]
    train.main(arguments + ["--out", str(folder), "--steps", str(steps)])
    return load(folder, raw=True)


def test_training_lowers_the_bits_and_the_integer_graphs_agree(data, tmp_path):
    def loss(net, recipe):
        crops = Crops(data, seed=9)
        drawn = {"octaves": np.linspace(-9, 1, 8), "dead_zone": np.full(8, 0.6), "towards_zero": np.zeros((8, 2))}
        with torch.no_grad():
            return recipe.loss(net, torch.from_numpy(crops.batch(8, 64)), drawn, True)[0].item()

    recipe, before, _ = run_of(tmp_path / "begun", data, 0)
    _, after, _ = run_of(tmp_path / "run", data, 30)
    assert loss(after, recipe) < loss(before, recipe)
    # The exporter itself refuses graphs that differ from PyTorch by a bit.
    export.main(["--run", str(tmp_path / "run"), "--out", str(tmp_path)])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["codec"] == "wavelet" and set(manifest["graphs"]) == set(recipe.graph_names)
