"""The paper's own network: Balle, Minnen, Singh, Hwang, Johnston 2018 (arXiv 1802.01436), with one channel in and out.

One network serves one lambda. It differs from the publication in one thing: the hyper-decoder is an integer network, so that a
file decodes to the same symbols on every machine.
"""

import torch
from torch import nn
from torch.nn import functional as F

from ..entropy import gaussian_bits, latent_parameters
from ..factorised import LARGEST, FactorisedPrior
from ..quantised import QuantisedConv, straight_through
from .gdn import GDN

DOWNSAMPLING = 16  # of Y; Z is another 4 times coarser
HYPER_DOWNSAMPLING = 64


def down(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 5, stride=2, padding=2)


def up(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 5, stride=2, padding=2, output_padding=1)


class Encoder(nn.Sequential):
    """Pixels in [0, 1], B x 1 x H x W with sides that are multiples of 16, to Y, not yet rounded."""

    def __init__(self, filters, latents):
        super().__init__(
            down(1, filters), GDN(filters), down(filters, filters), GDN(filters), down(filters, filters), GDN(filters), down(filters, latents)
        )


class Decoder(nn.Sequential):
    """Rounded Y to pixels."""

    def __init__(self, filters, latents):
        super().__init__(
            up(latents, filters), GDN(filters, True), up(filters, filters), GDN(filters, True), up(filters, filters), GDN(filters, True), up(filters, 1)
        )


class HyperEncoder(nn.Module):
    """Y, with sides that are multiples of 4, to Z, not yet rounded. Scales alone need only the magnitude of Y."""

    def __init__(self, filters, latents, means):
        super().__init__()
        self.means = means
        self.first = nn.Conv2d(latents, filters, 3, padding=1)
        self.second, self.third = down(filters, filters), down(filters, filters)

    def forward(self, y):
        h = F.relu(self.first(y if self.means else y.abs()))
        return self.third(F.relu(self.second(h)))


class HyperDecoder(nn.Module):
    """Integer network: Z as integers to planes of scales (and of means), integers 0..255, on the grid of Y."""

    def __init__(self, filters, latents, means):
        super().__init__()
        # The last layer's unit is an octave of scale, not the sixteenth that leaves the network: all layers then learn at one rate.
        self.layers = nn.ModuleList(
            [
                QuantisedConv(filters, 4 * filters, 3, 3, 4),
                QuantisedConv(filters, 4 * filters, 3, 4, 4),
                QuantisedConv(filters, (2 if means else 1) * latents, 3, 4, 4),
            ]
        )
        with torch.no_grad():
            for layer in self.layers[:2]:
                layer.bias += 0.5
            last = self.layers[2]
            last.bias[:latents] = 4.0  # a scale of 1
            if means:
                last.bias[latents:] = 8.0  # a mean of 0

    def forward(self, z):
        h = z.clamp(-LARGEST, LARGEST) / 8
        h = F.pixel_shuffle(self.layers[0](h), 2)
        h = F.pixel_shuffle(self.layers[1](h), 2)
        return 16 * self.layers[2](h)


class Paper(nn.Module):
    """means: the hyper-decoder gives means as well as scales (Minnen, Balle, Toderici 2018), which the publication does not."""

    def __init__(self, filters, latents, means):
        super().__init__()
        self.means = means
        self.encoder, self.decoder = Encoder(filters, latents), Decoder(filters, latents)
        self.hyper_encoder, self.hyper_decoder = HyperEncoder(filters, latents, means), HyperDecoder(filters, latents, means)
        self.prior = FactorisedPrior(filters)

    def bits(self, x, hard):
        """(bits a value, squared error a value, parts) for x in [0, 1], B x 1 x H x W with sides that are multiples of 64.

        hard: the rounded latents that are shipped; else uniform noise stands for rounding, in the rate and in what the decoder
        gets, as in the publication. Only the integer hyper-decoder always gets rounded values.
        """
        y = self.encoder(x)
        z = self.hyper_encoder(y)
        z_rounded = straight_through(torch.round(z), z)
        z_bits = self.prior.bits(z_rounded if hard else z + torch.rand_like(z) - 0.5)

        mean, scale = latent_parameters(self.hyper_decoder(z_rounded), hard, self.means)
        y_coded = straight_through(torch.round(y), y) if hard else y + torch.rand_like(y) - 0.5
        y_bits = gaussian_bits(y_coded, mean, scale)

        restored = self.decoder(y_coded)
        if hard:
            restored = straight_through(restored.clamp(0, 1), restored)
        values = x[0].numel()
        error = ((restored - x) ** 2).flatten(1).mean(1)
        return (y_bits.flatten(1).sum(1) + z_bits.flatten(1).sum(1)) / values, error, {
            "z": z_bits.flatten(1).sum(1) / values,
            "restored": restored,
        }
