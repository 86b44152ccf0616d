import pytest
import torch
from torch import nn

from fieldzip_training import graphs
from fieldzip_training.networks.paper import HyperDecoder
from fieldzip_training.quantised import WEIGHT_LIMIT, QuantisedConv


def test_weights_are_integers_within_the_limit_and_outputs_on_their_lattice():
    layer = QuantisedConv(8, 12, 3, 3, 4)
    weight, _, _ = layer.integers()
    assert weight.abs().max() <= WEIGHT_LIMIT and weight.abs().amax((1, 2, 3)).min() > WEIGHT_LIMIT // 2 - 1
    y = layer(torch.randint(-128, 128, (1, 8, 5, 5)) / 8) * 16
    assert (y == torch.round(y)).all() and y.min() >= 0 and y.max() <= 255


def test_wide_filters_keep_every_sum_exact():
    layer = QuantisedConv(512, 4, 3, 4, 4)
    with torch.no_grad():
        layer.weight.fill_(0.5)  # all weights at their largest: the sum, not the weight, must bind
    weight, bias, _ = layer.integers()
    assert (255 * weight.abs().sum((1, 2, 3)) + bias.abs()).max() < 2**24


@pytest.mark.parametrize("means", [False, True])
def test_graphs_and_torch_give_the_same_integers(tmp_path, means):
    net = HyperDecoder(130, 24, means)
    with torch.no_grad():
        for layer in net.layers:
            nn.init.normal_(layer.weight, std=0.08)  # outputs over the whole range, some clipped
    chain = graphs.IntegerChain(list(net.layers), [True, True, False])
    chain.save(130, 48 if means else 24, str(tmp_path / "hyper-decoder.onnx"), str(tmp_path / "hyper-decoder-fp32.onnx"))
    z = graphs.sample_of_z((1, 130, 4, 3))
    own = net(torch.from_numpy(z).float()).detach().numpy()
    assert own.min() == 0 and own.max() == 255
    graphs.check_integer_twins(str(tmp_path), "hyper-decoder", "z", z, own)
