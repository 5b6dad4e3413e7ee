"""Filters that are given, not learned. The class stands alone."""

from __future__ import annotations

import math

import torch
from torch import nn


class FixedFilter(nn.Module):
    """Slides one matrix over every channel of (N, C, H, W). It has no parameters.

    Parameters
    ----------
    kind
        `sobel vertical`, `sobel horizontal`, `prewitt vertical`, `prewitt horizontal` (which
        edges they find), `laplacian`, `sharpen`, `gaussian`, `average` or `own`.
    size
        Side of the matrix of `gaussian` and `average`.
    sigma
        Deviation of `gaussian` in pixels.
    kernel
        The matrix of `own`, row by row.
    border
        What lies beyond the image: `zeros`, `replicate` (the edge repeated), or `none` (the
        result is smaller).
    """

    kernel: torch.Tensor

    def __init__(
        self,
        kind: str = "sobel vertical",
        size: int = 3,
        sigma: float = 1.0,
        kernel: tuple[float, ...] = (),
        border: str = "zeros",
    ) -> None:
        super().__init__()
        self.border = border
        matrix = self.matrix(kind, size, sigma, kernel)
        self.register_buffer("kernel", matrix[None, None], persistent=False)

    def matrix(self, kind: str, size: int, sigma: float, own: tuple[float, ...]) -> torch.Tensor:
        """Return the matrix of a kind; averaging ones sum to 1, edges find differences of 1."""
        smooth = torch.tensor([1.0, 2.0, 1.0]) / 4
        flat = torch.ones(3) / 3
        slope = torch.tensor([1.0, 0.0, -1.0])
        if kind == "gaussian":
            place = torch.arange(size) - (size - 1) / 2
            bell = torch.exp(-(place**2) / (2 * sigma**2))
            return torch.outer(bell, bell) / bell.sum() ** 2
        if kind == "average":
            return torch.full((size, size), 1.0 / size**2)
        if kind == "own":
            side = math.isqrt(len(own))
            return torch.tensor(own).reshape(side, side)
        return {
            "sobel vertical": torch.outer(smooth, slope),
            "sobel horizontal": torch.outer(slope, smooth),
            "prewitt vertical": torch.outer(flat, slope),
            "prewitt horizontal": torch.outer(slope, flat),
            "laplacian": torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]),
            "sharpen": torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        }[kind]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return each channel filtered."""
        side = self.kernel.shape[-1]
        before, after = (side - 1) // 2, side // 2
        if self.border != "none":
            mode = "constant" if self.border == "zeros" else "replicate"
            x = nn.functional.pad(x, (before, after, before, after), mode=mode)
        kernel = self.kernel.to(x.dtype).expand(x.shape[1], 1, side, side)
        return nn.functional.conv2d(x, kernel, groups=x.shape[1])
