"""Noise that acts by taking away. The class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class MaskingNoise(nn.Module):
    """Sets a share `p` of the numbers to `value`; the rest stay as they are, unscaled.

    In training only, or always (Vincent et al. 2010).
    """

    def __init__(self, p: float = 0.3, value: float = 0.0, when: str = "training") -> None:
        super().__init__()
        self.p = p
        self.value = value
        self.when = when

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the masked values."""
        if not self.training and self.when != "always":
            return x
        return x.masked_fill(torch.rand_like(x) < self.p, self.value)
