"""The predict codec's network: its sizes, its integers and its file."""

import torch

from fieldzip_training.predict.network import HIDDEN1, HIDDEN2, INPUTS, OUTPUTS, Perceptron


def test_sizes():
    layers = [m for m in Perceptron().modules() if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in layers] == [(INPUTS, HIDDEN1), (HIDDEN1, HIDDEN2), (HIDDEN2, OUTPUTS)]


def test_weights_are_small_integers():
    torch.manual_seed(4)
    network = Perceptron()
    for layer in [m for m in network.modules() if isinstance(m, torch.nn.Linear)]:
        weight, _, shift = layer.integers()
        assert weight.abs().max() <= 63 and shift.min() >= 1 and shift.max() <= 24


def test_the_file_has_a_fixed_size():
    assert len(Perceptron().to_bytes()) == 6375
