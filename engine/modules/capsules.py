"""Capsules: units whose output is a vector (Sabour et al. 2017). Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class PrimaryCapsules(nn.Module):
    """Cuts the channels of a convolution of (N, C, H, W) into vectors: (N, capsules·H'·W', size).

    Every vector is squashed to a length below 1.
    """

    def __init__(
        self,
        in_channels: int,
        capsules: int = 8,
        size: int = 8,
        kernel_size: int = 9,
        stride: int = 2,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.capsules = capsules
        self.conv = nn.Conv2d(in_channels, capsules * size, kernel_size, stride, padding)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the capsules: all places of the first kind, then those of the next."""
        made: torch.Tensor = self.conv(x)
        made = made.reshape(len(made), self.capsules, -1, *made.shape[2:])
        made = made.movedim(2, -1).flatten(1, 3)
        square = made.square().sum(dim=-1, keepdim=True)
        return made * square / (1 + square) * (square + 1e-12).rsqrt()


class RoutingCapsules(nn.Module):
    """Capsules (N, O, size) that agree with what those below, (N, I, in_size), predict for them.

    Each capsule below shares itself out among those above by a softmax, and after each iteration
    more of it goes where its prediction pointed the same way as the result. Gradients pass through
    the last iteration only.
    """

    def __init__(
        self,
        in_capsules: int,
        in_size: int,
        capsules: int = 10,
        size: int = 16,
        iterations: int = 3,
        std: float = 0.1,
    ) -> None:
        super().__init__()
        self.capsules = capsules
        self.iterations = iterations
        self.weight = nn.Parameter(torch.randn(in_capsules, in_size, capsules * size) * std)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the capsules above."""
        said = torch.bmm(x.transpose(0, 1), self.weight).transpose(0, 1)
        said = said.reshape(*x.shape[:2], self.capsules, -1)
        fixed = said.detach()
        agreement = said.new_zeros(said.shape[:3])
        for _ in range(self.iterations - 1):
            made = self.gather(fixed, agreement)
            agreement = agreement + torch.einsum("nios,nos->nio", fixed, made)
        return self.gather(said, agreement)

    def gather(self, said: torch.Tensor, agreement: torch.Tensor) -> torch.Tensor:
        """Return the squashed sums of the predictions, weighed by the shares."""
        total = torch.einsum("nio,nios->nos", agreement.softmax(dim=2), said)
        square = total.square().sum(dim=-1, keepdim=True)
        return total * square / (1 + square) * (square + 1e-12).rsqrt()


class CapsuleMask(nn.Module):
    """Sets all capsules of (N, K, D) to zero but one: in training the target's, else the longest.

    Without a target it is always the longest.
    """

    def forward(self, capsules: torch.Tensor, target: torch.Tensor | None = None) -> torch.Tensor:
        """Return the capsules, masked."""
        longest = capsules.square().sum(dim=-1).argmax(dim=1)
        chosen = target if target is not None and self.training else longest
        kept = nn.functional.one_hot(chosen, capsules.shape[1])
        return capsules * kept[:, :, None]
