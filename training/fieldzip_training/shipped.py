"""A shipped model as a training can go on with it: weights read back from the ONNX graphs and the manifest.

Checkpoints are large and stay where they were made; the graphs are what everybody has. They hold float weights as float16 and the
hyper-decoder as integers over powers of two, so that what is read back codes as the shipped model does; only the optimiser's memory is gone.
"""

import json
import os

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .networks import RECIPES


def constants_of(folder, name):
    """The arrays of one of a model's graphs by name; those stored as float16 as float32, under the names that they are cast to."""
    graph = onnx.load(os.path.join(folder, name + ".onnx")).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    casts = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Cast" and node.input[0] in arrays}
    return {casts.get(key, key): array.astype(np.float32) if key in casts else array for key, array in arrays.items()}


def read(folder):
    """A checkpoint's entries, but for the optimiser: recipe, options, net, average, spent, steps.

    Raises ValueError where there is no model that can be read back.
    """
    path = os.path.join(folder, "manifest.json")
    if not os.path.exists(path):
        raise ValueError(f"{folder} holds no manifest.json: expected the folder of an exported model")
    with open(path) as f:
        manifest = json.load(f)
    recipe = RECIPES[manifest["network"]]({})
    net = recipe.imported(manifest, lambda name: constants_of(folder, name))
    weights = net.state_dict()
    training = manifest["training"]
    return {
        "recipe": recipe.name,
        "options": recipe.options,
        "net": weights,
        "average": {"module." + name: tensor for name, tensor in weights.items()} | {"n_averaged": torch.tensor(0)},
        "spent": training["hours"] * 3600,
        "steps": training["steps"],
    }
