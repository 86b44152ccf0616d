"""What the context model is shown, against its definition read literally."""

import numpy as np
import torch

from fieldzip_training import subbands, wavelet


def test_levels_give_back_the_crop():
    x = torch.randn(2, 1, 64, 64, dtype=torch.float64)
    low, details = subbands.analyse(x, 3)
    assert low.shape[-2:] == (8, 8) and [d.shape[-1] for d in details] == [32, 16, 8]
    for detail in reversed(details):
        low = subbands.synthesise(low, detail)
    assert torch.allclose(low, x, atol=1e-10)


def test_details_stand_where_the_interleaved_transform_has_them():
    x = torch.randn(1, 1, 32, 32, dtype=torch.float64)
    _, (detail,) = subbands.analyse(x, 1)
    c = wavelet.forward(x, 1)[0, 0]
    for orientation, (row, column) in enumerate(((0, 1), (1, 0), (1, 1))):
        assert torch.allclose(detail[0, orientation], c[row::2, column::2])


def test_inputs_are_those_of_the_format():
    rng = np.random.default_rng(0)
    a, parents = rng.standard_normal((6, 8)) * 50, rng.integers(-9, 10, (3, 3, 4))
    step, level = 0.7, 2
    at = lambda i, j: a[min(max(i, 0), 5), min(max(j, 0), 7)]

    def features(i, j):
        differences = (
            at(i, j + 1) - at(i, j),
            at(i + 1, j) - at(i, j),
            at(i, j + 1) - 2 * at(i, j) + at(i, j - 1),
            at(i + 1, j) - 2 * at(i, j) + at(i - 1, j),
            at(i, j + 2) - 3 * at(i, j + 1) + 3 * at(i, j) - at(i, j - 1),
            at(i + 2, j) - 3 * at(i + 1, j) + 3 * at(i, j) - at(i - 1, j),
            at(i + 1, j + 1) - at(i, j + 1) - at(i + 1, j) + at(i, j),
            (at(i, j) - a.min()) / 2**level,
        )
        return [d / step for d in differences]

    compand = lambda v: np.sign(v) * np.minimum(127, np.round(8 * np.log2(1 + np.abs(v))))
    expected = np.zeros((36, 3, 4))
    for y in range(3):
        for x in range(4):
            sites = [features(2 * y + i, 2 * x + j) for i in (0, 1) for j in (0, 1)]
            expected[:, y, x] = [*compand(np.concatenate(sites)), *compand(parents[:, y, x]), 16 * level]
    given = subbands.inputs(torch.from_numpy(a)[None, None], step, level, torch.from_numpy(parents)[None].double())
    assert np.array_equal(given[0].numpy(), expected)
