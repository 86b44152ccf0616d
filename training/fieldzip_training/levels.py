"""Quality levels: the lambdas of the paper's Table I, and what follows from them."""

import math

import torch

LAMBDAS = (0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 10.0, 100.0, 10000.0)
LEVELS = len(LAMBDAS)

# Distortion is measured on the 0..255 scale, as in Balle's code, while slices are normalised to [0, 1].
PIXEL_SCALE = 255.0**2


def log2_lambda(level: float) -> float:
    """log2 of lambda at a level in [1, 10]; between two levels it is interpolated linearly."""
    low = min(int(level), LEVELS - 1)
    fraction = level - low
    a, b = math.log2(LAMBDAS[low - 1]), math.log2(LAMBDAS[low])
    return a + fraction * (b - a)


def step_of(level: float) -> float:
    """Quantisation step of a level, in units of the value range.

    At high rate a uniform quantiser of step D costs -log2 D bits and D^2/12 of squared error a value, so
    bits + lambda * 65025 * MSE is smallest at D^2 = 6 / (ln 2 * lambda * 65025).
    """
    return math.sqrt(6 / (math.log(2) * 2 ** log2_lambda(level) * PIXEL_SCALE))


def hats(level: float) -> list[float]:
    """Interpolation weights of the ten levels: two neighbours share one."""
    weights = [0.0] * LEVELS
    low = min(int(level), LEVELS - 1)
    weights[low - 1] = 1 - (level - low)
    weights[low] = level - low
    return weights


def batch_of(levels: list[float], device="cpu"):
    """(weights B x 10, steps B, lambdas B) of a batch of levels."""
    weights = torch.tensor([hats(v) for v in levels], device=device)
    steps = torch.tensor([step_of(v) for v in levels], device=device)
    lambdas = torch.tensor([2 ** log2_lambda(v) for v in levels], device=device)
    return weights, steps, lambdas
