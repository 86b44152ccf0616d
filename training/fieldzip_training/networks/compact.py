"""The autoencoder with an exact linear path.

Latents are the coefficients of a CDF 9/7 transform (64 channels at 1/8 resolution) over the quantisation step, plus a
residual network; the synthesis is the exact inverse plus a residual network. Everything is in units of the step, and the
residuals enter through gates per quality level, so that one network serves every level and spoils none.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .. import wavelet
from ..entropy import latent_parameters, logistic_bits, rate_distortion_round
from ..levels import LEVELS, PIXEL_SCALE
from ..quantised import QuantisedConv, straight_through

CHANNELS = 64  # of Y: the positions of an 8 x 8 block
FINE, COARSE = 40, 72  # widths at 1/4 and 1/8
HYPER_CHANNELS = 64
MARGIN = 4  # pixels of context that the pixel branch takes on each side: one block
LEVEL_UNITS = 32  # the hyper-decoder sees the level's weights as integers 0..32


def weighted(level, table):
    """Rows of a table per level, interpolated."""
    return level @ table


def compressed(x):
    """asinh: linear for what is within a step, logarithmic beyond. Exported as operators that runtimes have vectorised."""
    if torch.onnx.is_in_onnx_export():
        magnitude = x.abs()
        return torch.log(magnitude + torch.sqrt(magnitude * magnitude + 1)) * torch.sign(x)
    return torch.asinh(x)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight *= 0.3

    def forward(self, x):
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.1)), 0.1))


def blocks_of(x):
    """Pixels, B x 1 x H x W, as 4 x 4 blocks with a reflected margin of one block: B x 16 x H/4+2 x W/4+2."""
    return F.pixel_unshuffle(F.pad(x, (MARGIN,) * 4, mode="reflect"), 4)


class PixelBranch(nn.Module):
    """Blocks of pixels in steps to features at 1/4, blind to the local mean, compressed by asinh."""

    def __init__(self):
        super().__init__()
        self.taps = nn.Conv2d(16, FINE, 3)
        self.residual = Residual(FINE)

    def zero_sum_weight(self):
        return self.taps.weight - self.taps.weight.mean((1, 2, 3), keepdim=True)

    def forward(self, blocks):
        features = F.conv2d(blocks, self.zero_sum_weight(), self.taps.bias)
        return self.residual(compressed(features))


def halved(conv, x):
    """A 1 x 1 convolution of the 2 x 2 blocks of x, as one of stride 2."""
    width = x.shape[1]
    return F.conv2d(x, conv.weight.view(-1, width, 2, 2), conv.bias, stride=2)


def small(conv):
    with torch.no_grad():
        conv.weight *= 0.02
        conv.bias.zero_()
    return conv


class Encoder(nn.Module):
    """(blocks of pixels in steps, coefficients in steps times gain, level weights) -> Y, not yet rounded."""

    def __init__(self):
        super().__init__()
        self.pixels = PixelBranch()
        self.down = nn.Conv2d(4 * FINE, COARSE, 1)  # of 2 x 2 features
        self.coefficients = nn.Conv2d(CHANNELS, COARSE, 3, padding=1)
        self.blocks = nn.Sequential(Residual(COARSE), Residual(COARSE))
        self.out = small(nn.Conv2d(COARSE, CHANNELS, 3, padding=1))
        self.gates = nn.Parameter(torch.ones(LEVELS, CHANNELS))

    def forward(self, blocks, w, level):
        h = halved(self.down, self.pixels(blocks)) + self.coefficients(compressed(w))
        residual = self.out(F.leaky_relu(self.blocks(h), 0.1))
        return w + residual * weighted(level, self.gates)[:, :, None, None]


class Decoder(nn.Module):
    """(blocks of the linear reconstruction in steps, rounded Y, hyper-decoder's integers, level weights) -> its correction in
    steps, as blocks without margin."""

    def __init__(self):
        super().__init__()
        self.pixels = PixelBranch()
        self.down = nn.Conv2d(4 * FINE, COARSE, 1)  # of 2 x 2 features
        self.coefficients = nn.Conv2d(CHANNELS, COARSE, 3, padding=1)
        self.parameters_in = nn.Conv2d(2 * CHANNELS, COARSE, 1)
        self.blocks = nn.Sequential(Residual(COARSE), Residual(COARSE))
        self.up = nn.Conv2d(COARSE, 4 * FINE, 1)
        self.fine = Residual(FINE)
        self.out = small(nn.Conv2d(FINE, 16, 3, padding=1))
        self.gates = nn.Parameter(torch.ones(LEVELS, 1))

    def forward(self, blocks, y, params, level):
        fine = self.pixels(blocks)
        h = halved(self.down, fine) + self.coefficients(compressed(y)) + self.parameters_in(params / 32 - 3)
        h = self.up(F.leaky_relu(self.blocks(h), 0.1))
        fine = self.fine(fine + F.pixel_shuffle(h, 2))
        return self.out(F.leaky_relu(fine, 0.1)) * weighted(level, self.gates)[:, :, None, None]


class HyperEncoder(nn.Module):
    """(Y, level weights) -> Z, not yet rounded, at 1/32."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(CHANNELS, 96, 5, stride=2, padding=2)
        self.second = nn.Conv2d(96, HYPER_CHANNELS, 5, stride=2, padding=2)
        self.levels = nn.Parameter(torch.zeros(LEVELS, 96))

    def forward(self, y, level):
        h = self.first(compressed(y)) + weighted(level, self.levels)[:, :, None, None]
        return 3 * self.second(F.leaky_relu(h, 0.1))


class HyperDecoder(nn.Module):
    """Integer network: (Z, level weights), as integers, to 64 planes of scales and 64 of means, integers 0..255, at 1/8."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(
            [
                QuantisedConv(HYPER_CHANNELS + LEVELS, 4 * 64, 3, 3, 4),
                QuantisedConv(64, 4 * 96, 3, 4, 4),
                QuantisedConv(96, 96, 3, 4, 4),
                QuantisedConv(96, 2 * CHANNELS, 1, 4, 0),
            ]
        )
        with torch.no_grad():
            last = self.layers[3]
            last.weight[:CHANNELS] *= 16
            last.weight[CHANNELS:] *= 2
            last.bias[:CHANNELS] = 16 * 4.0
            last.bias[CHANNELS:] = 128.0
            for layer in self.layers[:3]:
                layer.bias += 0.5

    def forward(self, z, level):
        units = torch.round(level * LEVEL_UNITS)[:, :, None, None].expand(-1, -1, *z.shape[2:])
        h = torch.cat((z.clamp(-128, 127), units), 1) / 8
        h = F.pixel_shuffle(self.layers[0](h), 2)
        h = F.pixel_shuffle(self.layers[1](h), 2)
        return self.layers[3](self.layers[2](h))


class Compact(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.hyper_encoder, self.hyper_decoder = HyperEncoder(), HyperDecoder()
        self.log_gains = nn.Parameter(torch.zeros(LEVELS, CHANNELS))
        # The prior of Z: a logistic per channel, its log2 scale and mean given at each level.
        self.prior_log2_scale = nn.Parameter(torch.zeros(LEVELS, HYPER_CHANNELS))
        self.prior_mean = nn.Parameter(torch.zeros(LEVELS, HYPER_CHANNELS))

    def gain_parameters(self):
        return [self.log_gains, self.encoder.gates, self.decoder.gates, self.prior_log2_scale, self.prior_mean, self.hyper_encoder.levels]

    def gains(self, level):
        return weighted(level, self.log_gains).exp()

    def bits(self, x, level, step, lam, hard):
        """(bits a value, squared error a value, parts) for x in [0, 1], B x 1 x H x W.

        hard: code the rounded latents (what is shipped); else the usual uniform noise stands for rounding in the rate.
        """
        scaled = x / step[:, None, None, None]
        gains = self.gains(level)[:, :, None, None]
        w = F.pixel_unshuffle(wavelet.forward(scaled), 8) * gains
        y = self.encoder(blocks_of(scaled), w, level)

        z = self.hyper_encoder(y, level)
        prior_mean = weighted(level, self.prior_mean)[:, :, None, None]
        prior_scale = 2 ** weighted(level, self.prior_log2_scale).clamp(-4, 11.75)[:, :, None, None]
        z_rounded = straight_through(torch.round(z), z)
        z_coded = z_rounded if hard else z + torch.rand_like(z) - 0.5
        z_bits = logistic_bits(z_coded, prior_mean, prior_scale)

        params = self.hyper_decoder(z_rounded, level)
        mean, scale = latent_parameters(params, exact=hard)
        if hard:
            weight = (lam * PIXEL_SCALE * step**2)[:, None, None, None] / gains**2
            with torch.no_grad():
                q = rate_distortion_round(y, mean, scale, weight)
            y_rounded = y_coded = straight_through(q, y)
        else:
            y_rounded = straight_through(torch.round(y), y)
            y_coded = y + torch.rand_like(y) - 0.5
        y_bits = logistic_bits(y_coded, mean, scale)

        linear = wavelet.inverse(F.pixel_shuffle(y_rounded / gains, 8))
        correction = F.pixel_shuffle(self.decoder(blocks_of(linear), y_rounded, params, level), 4)
        restored = (linear + correction) * step[:, None, None, None]
        # Clamping to the range only ever helps, but a hard clamp would stop gradients.
        if hard:
            restored = straight_through(restored.clamp(0, 1), restored)
        values = x[0].numel()
        error = ((restored - x) ** 2).flatten(1).mean(1)
        return (y_bits.flatten(1).sum(1) + z_bits.flatten(1).sum(1)) / values, error, {
            "z": z_bits.flatten(1).sum(1) / values,
            "linear_error": ((linear * step[:, None, None, None] - x) ** 2).flatten(1).mean(1),
            "restored": restored,
        }
