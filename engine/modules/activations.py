"""Activations that PyTorch has not as a module. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class Step(nn.Module):
    """1 where x reaches `threshold`, else 0, with a gradient of your choice.

    `straight-through` passes the gradient as if y = x (Hinton 2012; Bengio et al. 2013), `clipped`
    does so only within 1 of the threshold, `none` is the true derivative: zero.
    """

    def __init__(self, threshold: float = 0.0, gradient: str = "straight-through") -> None:
        super().__init__()
        self.threshold = threshold
        self.gradient = gradient

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return zeros and ones."""
        hard = (x >= self.threshold).to(x.dtype)
        if self.gradient == "straight-through":
            return hard + (x - x.detach())
        near = (x - self.threshold).clamp(-1, 1)
        return hard + (near - near.detach()) if self.gradient == "clipped" else hard + 0 * near


class GumbelSoftmax(nn.Module):
    """Draws a nearly one-hot choice by the scores in training (Jang et al.; Maddison et al. 2017).

    In evaluation it draws nothing: softmax(x / tau), or the best score alone where `hard`.
    """

    def __init__(self, tau: float = 1.0, hard: bool = False, dim: int = -1) -> None:
        super().__init__()
        self.tau = tau
        self.hard = hard
        self.dim = dim

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the choice for each place along the other axes."""
        if self.training:
            return nn.functional.gumbel_softmax(x, self.tau, self.hard, dim=self.dim)
        soft = (x / self.tau).softmax(self.dim)
        if not self.hard:
            return soft
        best = soft.argmax(self.dim, keepdim=True)
        return torch.zeros_like(soft).scatter(self.dim, best, 1.0) + (soft - soft.detach())


class GatedUnit(nn.Module):
    """Half of the numbers, times a gate made of the other half (Shazeer 2020).

    `gate` is `gelu` (GEGLU) or `swish` (SwiGLU: b · sigmoid(beta · b)).
    """

    def __init__(self, gate: str = "gelu", dim: int = -1, beta: float = 1.0) -> None:
        super().__init__()
        self.gate = gate
        self.dim = dim
        self.beta = beta

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the gated first half; the axis `dim` is half as long."""
        value, gate = x.chunk(2, self.dim)
        if self.gate == "gelu":
            return value * nn.functional.gelu(gate)
        return value * gate * (self.beta * gate).sigmoid()
