import math

import pytest
import torch

from fieldzip_training.entropy import gaussian_bits, latent_parameters, logistic_bits
from fieldzip_training.factorised import FREQUENCY_TOTAL, FactorisedPrior


@pytest.mark.parametrize("bits", [gaussian_bits, logistic_bits])
@pytest.mark.parametrize("mean", [0.0, -2.3])
@pytest.mark.parametrize("scale", [2.0**-4, 0.7, 9.0])
def test_code_lengths_are_those_of_a_distribution(bits, mean, scale):
    v = torch.arange(-600, 601, dtype=torch.float64)
    lengths = bits(v, torch.tensor(mean, dtype=torch.float64), torch.tensor(scale, dtype=torch.float64))
    assert (lengths > 0).all()
    assert abs((2**-lengths).sum().item() - 1) < 1e-6


def test_gaussian_bits_are_those_of_a_gaussian_where_it_has_mass():
    scale = 5.0
    v = torch.arange(-15.0, 16.0)
    distribution = torch.distributions.Normal(0.0, scale)
    exact = -torch.log2(distribution.cdf(v + 0.5) - distribution.cdf(v - 0.5))
    assert torch.allclose(gaussian_bits(v, torch.zeros(()), torch.tensor(scale)), exact, rtol=5e-3)


@pytest.mark.parametrize("bits", [gaussian_bits, logistic_bits])
def test_gradients_are_finite_far_out(bits):
    v = torch.tensor([0.0, 1.0, 300.0, -1e5, 1e7], requires_grad=True)
    log_scale = torch.tensor([-4.0, -4.0, -4.0, -4.0, 11.75], requires_grad=True)
    lengths = bits(v, torch.zeros(5), 2**log_scale)
    lengths.sum().backward()
    assert torch.isfinite(lengths).all() and torch.isfinite(v.grad).all() and torch.isfinite(log_scale.grad).all()


def test_scales_and_means_are_read_as_the_coder_reads_them():
    o = torch.tensor([[67.0, 160.0]])[:, :, None, None]
    mean, scale = latent_parameters(o, exact=True)
    assert scale.item() == 2.0 ** ((67 // 4 - 16) / 4)
    assert mean.item() == scale.item()
    assert latent_parameters(o, exact=True, means=False)[0].abs().sum() == 0


def trained_prior():
    """Three channels that have learnt Gaussians of their own."""
    prior = FactorisedPrior(3)
    optimiser = torch.optim.Adam(prior.parameters(), 2e-2)
    spread, middle = torch.tensor([0.3, 2.0, 9.0]), torch.tensor([0.0, -4.0, 20.0])
    draw = lambda: torch.randn(1, 3, 16, 16) * spread[:, None, None] + middle[:, None, None]
    for _ in range(400):
        loss = prior.bits(draw() + torch.rand(1, 3, 16, 16) - 0.5).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return prior, torch.round(draw())


def test_factorised_prior_learns_and_its_tables_say_the_same():
    prior, z = trained_prior()
    v = torch.arange(-400.0, 401.0).expand(3, 1, -1)
    assert torch.allclose(prior.probability(v).sum(2), torch.ones(3, 1), atol=1e-4)
    bits = prior.bits(z)
    assert (bits > 0).all()
    for channel, table in enumerate(prior.tables()):
        frequencies = table["frequencies"]
        assert min(frequencies) >= 1 and abs(sum(frequencies) / FREQUENCY_TOTAL - 1) < 2e-3
        coded = 0.0
        for symbol in z[0, channel].int().flatten().tolist():
            coded -= math.log2(frequencies[symbol - table["first"]] / sum(frequencies))
        assert coded == pytest.approx(bits[0, channel].sum().item(), rel=0.01)
    # A Gaussian of standard deviation 2 has 3.05 bits.
    assert bits[0, 1].mean().item() == pytest.approx(3.05, abs=0.25)
