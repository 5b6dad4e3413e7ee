"""Layers whose weights are used as signs. Each class stands alone.

The real weights are kept and learn through the sign as if it were not there, but only while they
lie between −1 and 1 (Courbariaux et al. 2015, 2016). With `scaled`, every output is multiplied by
the mean size of its weights (Rastegari et al. 2016). The sign of 0 is 1.
"""

from __future__ import annotations

import torch
from torch import nn


class BinaryDense(nn.Module):
    """y = α · x sign(W)ᵀ + b over the last axis; with `binary_input`, of sign(x)."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        scaled: bool = True,
        binary_input: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(in_features**-0.5), in_features**-0.5)
        self.scaled = scaled
        self.binary_input = binary_input

    def sign(self, x: torch.Tensor) -> torch.Tensor:
        """Return −1 and 1; the gradient passes where x lies between those."""
        clipped = x.clamp(-1, 1)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype) + (clipped - clipped.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sums."""
        weight = self.sign(self.weight)
        if self.scaled:
            weight = weight * self.weight.abs().mean(dim=1, keepdim=True)
        return nn.functional.linear(self.sign(x) if self.binary_input else x, weight, self.bias)


class BinaryConv1d(nn.Module):
    """A convolution over (N, C, L) with filters of signs; with `binary_input`, of sign(x)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: str | tuple[int, ...] = (0,),
        bias: bool = True,
        scaled: bool = True,
        binary_input: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        bound = self.weight[0].numel() ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        self.stride = stride
        self.padding = padding
        self.scaled = scaled
        self.binary_input = binary_input

    def sign(self, x: torch.Tensor) -> torch.Tensor:
        """Return −1 and 1; the gradient passes where x lies between those."""
        clipped = x.clamp(-1, 1)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype) + (clipped - clipped.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map for each filter."""
        weight = self.sign(self.weight)
        if self.scaled:
            weight = weight * self.weight.abs().mean(dim=(1, 2), keepdim=True)
        x = self.sign(x) if self.binary_input else x
        return nn.functional.conv1d(x, weight, self.bias, self.stride, self.padding)


class BinaryConv2d(nn.Module):
    """A convolution over (N, C, H, W) with filters of signs; with `binary_input`, of sign(x)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: str | tuple[int, int] = (0, 0),
        bias: bool = True,
        scaled: bool = True,
        binary_input: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        bound = self.weight[0].numel() ** -0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        self.stride = stride
        self.padding = padding
        self.scaled = scaled
        self.binary_input = binary_input

    def sign(self, x: torch.Tensor) -> torch.Tensor:
        """Return −1 and 1; the gradient passes where x lies between those."""
        clipped = x.clamp(-1, 1)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype) + (clipped - clipped.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map for each filter."""
        weight = self.sign(self.weight)
        if self.scaled:
            weight = weight * self.weight.abs().mean(dim=(1, 2, 3), keepdim=True)
        x = self.sign(x) if self.binary_input else x
        return nn.functional.conv2d(x, weight, self.bias, self.stride, self.padding)
