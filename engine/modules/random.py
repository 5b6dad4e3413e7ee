"""Layers that draw random numbers or turn gradients round. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class Noise(nn.Module):
    """Draws (N, *shape) fresh numbers, as many samples as `like` has.

    `normal` has mean 0 and deviation `scale`; `uniform` lies between −scale and scale.
    """

    def __init__(
        self, shape: tuple[int, ...], distribution: str = "normal", scale: float = 1.0
    ) -> None:
        super().__init__()
        self.shape = shape
        self.distribution = distribution
        self.scale = scale

    def forward(self, like: torch.Tensor) -> torch.Tensor:
        """Return the numbers, on the device of `like`."""
        size = (like.shape[0], *self.shape)
        if self.distribution == "normal":
            return self.scale * torch.randn(size, device=like.device)
        return self.scale * (2 * torch.rand(size, device=like.device) - 1)


class AddNoise(nn.Module):
    """Adds normal noise of deviation `std`: in training only, or always."""

    def __init__(self, std: float = 0.1, when: str = "training") -> None:
        super().__init__()
        self.std = std
        self.when = when

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the noisy values."""
        if self.training or self.when == "always":
            return x + self.std * torch.randn_like(x)
        return x


class SampleNormal(nn.Module):
    """Draws from N(mean, exp(log_variance)) so that both get gradients (Kingma, Welling 2013).

    In evaluation it returns the mean.
    """

    def forward(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Return one draw for each number."""
        if not self.training:
            return mean
        return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


class GradientReversal(nn.Module):
    """Passes values on and turns the gradient round, times `scale` (Ganin et al. 2016)."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the same values."""
        passed = x.view_as(x)
        if passed.requires_grad:
            passed.register_hook(self.turn)
        return passed

    def turn(self, grad: torch.Tensor) -> torch.Tensor:
        """Return what the gradient becomes."""
        return -self.scale * grad
