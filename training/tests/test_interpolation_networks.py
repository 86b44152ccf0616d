"""The networks of interpolation: their loss, their distributions and their file."""

import numpy as np
import torch

from fieldzip_training.interpolate import file
from fieldzip_training.interpolate.train import bits_between, code_lengths
from fieldzip_training.predict.network import Perceptron


def test_the_bits_of_all_numbers_are_those_of_one_distribution():
    numbers = torch.arange(-4000.0, 4001)
    for magnitude, tail in ((0.02, 0.0), (0.3, 40.0), (5.0, 200.0)):
        bits = bits_between(numbers - 0.5, numbers + 0.5, torch.tensor(magnitude), torch.tensor(tail))
        assert abs(torch.exp2(-bits.double()).sum() - 1) < 2e-3


def test_only_the_unrounded_error_teaches_the_move():
    torch.manual_seed(1)
    network = Perceptron()
    inputs = torch.randint(0, 256, (64, 32), dtype=torch.uint8)
    level = torch.randint(60, 110, (64,), dtype=torch.int16)
    coded, smooth = code_lengths(network, inputs, torch.randn(64), level)
    move = [g[0].abs().sum() for g in torch.autograd.grad(coded.sum(), [network.third.weight], retain_graph=True)]
    assert move == [0]
    assert torch.autograd.grad(smooth.sum(), [network.third.weight])[0][0].abs().sum() > 0


def test_a_context_has_three_magnitudes_or_more_and_all_of_its_mass():
    counts = file.logistic_counts()
    many = [file.magnitudes_of(context) for context in range(file.CONTEXTS)]
    assert min(many) == 3 and max(many) == file.MAGNITUDES and many == sorted(many)
    assert np.allclose(counts.sum(1), 1)
    for context, own in enumerate(many):
        assert (counts[context, own : file.MAGNITUDES] == 0).all()


def test_the_file_has_a_fixed_size(tmp_path, monkeypatch):
    paths = [str(tmp_path / f"{i}.pt") for i in range(2)]
    for path in paths:
        torch.save(Perceptron().state_dict(), path)
    out = tmp_path / "interpolation.bin"
    monkeypatch.setattr("sys.argv", ["file", *paths, "--out", str(out)])
    file.main()
    assert out.stat().st_size == 9438
