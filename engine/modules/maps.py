"""Self-organising maps. Each class stands alone."""

from __future__ import annotations

import torch
from torch import nn


class SelfOrganizingMap(nn.Module):
    """A grid of units with a vector each, drawn to the data together with its neighbours.

    Takes (N, F); returns squared distances (N, R, C) and, all without a gradient, the neighbourhood
    of each sample's best unit (N, R, C), that unit's row and column (N, 2) and all vectors
    (1, R, C, F).

    The radius goes from `start_radius` to `end_radius` geometrically within `steps` forward
    passes in training (Kohonen 1982; Ritter, Schulten 1986). Of equally near units the first is
    the best.
    """

    grid: torch.Tensor
    step: torch.Tensor

    def __init__(
        self,
        features: int,
        rows: int,
        columns: int,
        neighbourhood: str = "gaussian",
        start_radius: float = 3.0,
        end_radius: float = 0.5,
        steps: int = 1000,
        std: float = 0.1,
    ) -> None:
        super().__init__()
        self.neighbourhood = neighbourhood
        self.start_radius = start_radius
        self.end_radius = end_radius
        self.steps = steps
        self.weight = nn.Parameter(torch.randn(rows, columns, features) * std)
        places = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
        self.register_buffer("grid", places.float(), persistent=False)
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))

    def radius(self) -> torch.Tensor:
        """Return how far the best unit's influence reaches now, in units."""
        share = (self.step / self.steps).clamp(max=1)
        return self.start_radius * (self.end_radius / self.start_radius) ** share

    def forward(
        self, x: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return distances, neighbourhood, place and codebook; count a step of training."""
        units = self.weight.flatten(0, 1)
        squares = x.square().sum(dim=1, keepdim=True) + units.square().sum(dim=1)
        distances = (squares - 2 * x @ units.T).clamp(min=0)
        with torch.no_grad():
            place = self.grid[distances.argmin(dim=1)]
            away = (self.grid - place[:, None]).square().sum(dim=2)
            radius = self.radius()
            if self.neighbourhood == "gaussian":
                near = (-0.5 * away / radius**2).exp()
            else:
                near = (away <= radius**2).to(away.dtype)
            if self.training:
                self.step += 1
        size = (len(x), *self.weight.shape[:2])
        codebook = self.weight.detach()[None]
        return distances.reshape(size), near.reshape(size), place, codebook


class UMatrix(nn.Module):
    """A picture (1, 2R − 1, 2C − 1) of how far the units of a map (1, R, C, F) lie apart.

    Between two units stands their distance, at a corner of four the mean of both diagonals over
    √2, on a unit the mean of what stands beside it (Ultsch, Siemon 1990). The largest is 1.
    """

    def forward(self, codebook: torch.Tensor) -> torch.Tensor:
        """Return the picture."""
        units = codebook[0].float()
        rows, columns, _ = units.shape
        picture = units.new_zeros(2 * rows - 1, 2 * columns - 1)
        picture[1::2, ::2] = (units[1:] - units[:-1]).norm(dim=2)
        picture[::2, 1::2] = (units[:, 1:] - units[:, :-1]).norm(dim=2)
        beside = units.new_tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])[None, None]
        total, count = (
            nn.functional.conv2d(x[None, None], beside, padding=1)[0, 0]
            for x in (picture, torch.ones_like(picture))
        )
        diagonals = torch.stack((units[1:, 1:] - units[:-1, :-1], units[1:, :-1] - units[:-1, 1:]))
        picture[1::2, 1::2] = diagonals.norm(dim=3).mean(dim=0) / 2**0.5
        picture[::2, ::2] = (total / count)[::2, ::2]
        return (picture / picture.max().clamp(min=1e-12))[None]


class HitMap(nn.Module):
    """A picture (1, R, C) of how often each unit is the best one of (N, R, C) distances.

    The unit with the most samples is 1.
    """

    def forward(self, distances: torch.Tensor) -> torch.Tensor:
        """Return the picture."""
        best = distances.flatten(1).argmin(dim=1)
        hits = torch.bincount(best, minlength=distances[0].numel()).float()
        return (hits / hits.max()).reshape(1, *distances.shape[1:])
