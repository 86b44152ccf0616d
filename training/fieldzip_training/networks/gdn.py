"""Generalised divisive normalisation (Balle, Laparra, Simoncelli 2016): y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j^2)."""

import torch
from torch import nn
from torch.nn import functional as F

PEDESTAL = 2.0**-36
LEAST_BETA = 1e-6
INITIAL_GAMMA = 0.1


class _LowerBound(torch.autograd.Function):
    """max(x, bound) whose gradient also passes where it would bring x back above the bound."""

    @staticmethod
    def forward(context, x, bound):
        context.save_for_backward(x)
        context.bound = bound
        return x.clamp_min(bound)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * ((x >= context.bound) | (gradient < 0)), None


class GDN(nn.Module):
    """inverse: multiplies where GDN divides. beta and gamma are kept as roots, so that they stay positive and move slowly near zero."""

    def __init__(self, channels, inverse=False):
        super().__init__()
        self.inverse = inverse
        self.beta_root = nn.Parameter(torch.sqrt(torch.ones(channels) + PEDESTAL))
        self.gamma_root = nn.Parameter(torch.sqrt(INITIAL_GAMMA * torch.eye(channels) + PEDESTAL))
        self.fixed = None

    def coefficients(self):
        if self.fixed is not None:
            return self.fixed
        beta = _LowerBound.apply(self.beta_root, (LEAST_BETA + PEDESTAL) ** 0.5) ** 2 - PEDESTAL
        gamma = _LowerBound.apply(self.gamma_root, PEDESTAL**0.5) ** 2 - PEDESTAL
        return beta, gamma[:, :, None, None]

    def fix(self):
        """Writes the coefficients out, for export."""
        self.fixed = tuple(c.detach() for c in self.coefficients())

    def forward(self, x):
        beta, gamma = self.coefficients()
        norm = torch.sqrt(F.conv2d(x * x, gamma, beta))
        return x * norm if self.inverse else x / norm
