"""Pictures changed at random while training, each of a batch in its own way. Classes stand alone.

All take and return (N, C, H, W); in evaluation they pass their input on.
"""

from __future__ import annotations

import torch
from torch import nn


class RandomFlip(nn.Module):
    """Mirrors every second picture, on average, left to right and, if wanted, top to bottom."""

    def __init__(self, horizontal: bool = True, vertical: bool = False) -> None:
        super().__init__()
        self.axes = [axis for on, axis in ((horizontal, -1), (vertical, -2)) if on]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the pictures, some mirrored."""
        if not self.training:
            return x
        for axis in self.axes:
            turned = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
            x = torch.where(turned, x.flip(axis), x)
        return x


class RandomShift(nn.Module):
    """Moves each picture by up to `pixels` in both directions; zeros come in at the edge."""

    def __init__(self, pixels: int = 4) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the moved pictures."""
        if not self.training:
            return x
        count, _, height, width = x.shape
        most = 2 * self.pixels + 1
        rows = torch.randint(most, (count, 1), device=x.device)
        rows = rows + torch.arange(height, device=x.device)
        columns = torch.randint(most, (count, 1), device=x.device)
        columns = columns + torch.arange(width, device=x.device)
        wide = nn.functional.pad(x, [self.pixels] * 4).permute(0, 2, 3, 1)
        which = torch.arange(count, device=x.device)[:, None, None]
        return wide[which, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()


class RandomRotation(nn.Module):
    """Turns each picture about its middle by up to `degrees`; zeros come in at the corners."""

    def __init__(self, degrees: float = 10.0) -> None:
        super().__init__()
        self.degrees = degrees

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the turned pictures, each number a mean of its four neighbours of before."""
        if not self.training:
            return x
        count, _, height, width = x.shape
        angle = (2 * torch.rand(count, device=x.device) - 1) * (self.degrees * torch.pi / 180)
        zero = torch.zeros_like(angle)
        across = torch.stack([angle.cos(), -angle.sin() * height / width, zero], 1)
        down = torch.stack([angle.sin() * width / height, angle.cos(), zero], 1)
        turn = torch.stack([across, down], 1).to(x.dtype)
        grid = nn.functional.affine_grid(turn, list(x.shape), align_corners=False)
        return nn.functional.grid_sample(x, grid, align_corners=False)


class RandomErasing(nn.Module):
    """Sets a square of a share `p` of the pictures to zero (Zhong et al. 2020).

    Its side is `size` of the shorter side of the picture; it may hang over the edge.
    """

    def __init__(self, p: float = 0.5, size: float = 0.4) -> None:
        super().__init__()
        self.p = p
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the pictures, some with a hole."""
        if not self.training:
            return x
        count, _, height, width = x.shape
        side = max(1, round(self.size * min(height, width)))
        rows = torch.arange(height, device=x.device)
        columns = torch.arange(width, device=x.device)
        top = torch.randint(1 - side, height, (count, 1), device=x.device)
        left = torch.randint(1 - side, width, (count, 1), device=x.device)
        down = (rows >= top) & (rows < top + side)
        across = (columns >= left) & (columns < left + side)
        hit = torch.rand(count, 1, 1, device=x.device) < self.p
        hole = down[:, :, None] & across[:, None, :] & hit
        return x.masked_fill(hole[:, None], 0.0)


class RandomBrightness(nn.Module):
    """Changes contrast by up to a share `contrast` and brightness by up to `brightness`.

    Contrast is about the mean of the picture.
    """

    def __init__(self, brightness: float = 0.2, contrast: float = 0.2) -> None:
        super().__init__()
        self.brightness = brightness
        self.contrast = contrast

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the changed pictures."""
        if not self.training:
            return x
        shape = (len(x), 1, 1, 1)
        scale = 1 + self.contrast * (2 * torch.rand(shape, device=x.device) - 1)
        shift = self.brightness * (2 * torch.rand(shape, device=x.device) - 1)
        mean = x.mean((1, 2, 3), keepdim=True)
        return mean + (x - mean) * scale + shift
