"""Training of the small networks."""

import torch

from fieldzip_training.descent import descend


def test_every_network_reaches_the_least_of_its_own_loss():
    torch.manual_seed(1)
    networks = [torch.nn.Linear(1, 1) for _ in range(2)]
    wanted = [3.0, -2.0]

    def loss_of(i, network):
        x = torch.randn(64, 1)
        return ((network(x) - wanted[i] * x) ** 2).mean()

    descend(networks, loss_of, minutes=0.03, rate=0.05)
    for network, slope in zip(networks, wanted):
        assert abs(network.weight.item() - slope) < 0.05
