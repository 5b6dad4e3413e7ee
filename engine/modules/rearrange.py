"""Axes made longer or turned round. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class Pad(nn.Module):
    """Adds places in front of and behind one axis.

    `mode` is `constant` (`value`), `replicate` (the edge repeated), `reflect` (mirrored without
    the edge) or `circular` (begins again).
    """

    def __init__(
        self,
        dim: int = -1,
        before: int = 1,
        after: int = 1,
        mode: str = "constant",
        value: float = 0.0,
    ) -> None:
        super().__init__()
        self.dim = dim
        self.before = before
        self.after = after
        self.mode = mode
        self.value = value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the longer tensor."""
        size = x.shape[self.dim]
        place = torch.arange(-self.before, size + self.after, device=x.device)
        if self.mode == "circular":
            return x.index_select(self.dim, place % size)
        if self.mode == "reflect":
            place = place.abs()
            return x.index_select(self.dim, (size - 1) - (size - 1 - place).abs())
        if self.mode == "replicate":
            return x.index_select(self.dim, place.clamp(0, size - 1))
        ends = x.transpose(self.dim, -1)
        padded = nn.functional.pad(ends, (self.before, self.after), value=self.value)
        return padded.transpose(self.dim, -1)


class Reverse(nn.Module):
    """Turns a sequence (N, L, ...) round; with a mask (N, L) only its steps that are true.

    What is masked stays at the end, where it was.
    """

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return the steps in the other order."""
        if mask is None:
            return x.flip(1)
        place = torch.arange(x.shape[1], device=x.device).expand(mask.shape)
        length = mask.sum(1, keepdim=True)
        index = torch.where(place < length, length - 1 - place, place)
        index = index.reshape(*mask.shape, *(1 for _ in x.shape[2:])).expand_as(x)
        return x.gather(1, index)
