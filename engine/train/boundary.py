"""The class a network gives each point of the plane, for data of two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from engine.train.evaluate import evaluating
from engine.train.events import Boundary

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.train.events import Event

POINTS = 64
"""Points along each axis."""
MARGIN = 0.1


class Plane:
    """Draws the decision boundary on a grid somewhat larger than the training data."""

    def __init__(
        self, network: Network, data: Dataset, predict: Callable[..., tuple[torch.Tensor, ...]]
    ) -> None:
        (name,) = network.input_fields
        seen = data.parts["train"][name]
        low, high = seen.amin(0), seen.amax(0)
        room = (high - low).clamp_min(1e-6) * MARGIN
        low, high = low - room, high + room
        step = torch.linspace(0, 1, POINTS, device=seen.device)[:, None]
        axes = low + (high - low) * step
        x, y = torch.meshgrid(axes[:, 0], axes[:, 1], indexing="xy")
        points = torch.stack([x.reshape(-1), y.reshape(-1)], 1)
        self.due = 0.0
        self._network = network
        self._predict = predict
        self._fields = [
            points if field == name else _blank(data.parts["train"][field], len(points))
            for field in network.fields
        ]
        corners = data.original(name, torch.stack([low, high]))
        low_high = cast("list[list[float]]", corners.tolist())
        (self._x0, self._y0), (self._x1, self._y1) = low_high

    @staticmethod
    def suits(network: Network, data: Dataset) -> bool:
        """Return whether the network sorts points of a plane into classes."""
        inputs = [data.fields[name] for name in network.input_fields]
        sorts = network.losses[0].task in ("classes", "binary")
        return sorts and not network.random and [f.shape for f in inputs] == [(2,)]

    def draw(self, step: int, *, last: bool = False) -> list[Event]:
        """Return the classes of now. No random number is drawn, no running statistic moves."""
        with evaluating(self._network):
            predictions = self._predict(*self._fields)
        scores = predictions[0].float()
        if self._network.losses[0].task == "binary" or scores.dim() < 2 or scores.shape[1] == 1:
            classes = scores.reshape(-1) > 0
        else:
            classes = scores.argmax(1)
        if classes.numel() != POINTS**2:
            return []
        grid = classes.reshape(POINTS, POINTS).cpu().numpy().astype(np.int16)
        return [Boundary(grid, self._x0, self._x1, self._y0, self._y1)]


def _blank(like: torch.Tensor, count: int) -> torch.Tensor:
    return torch.zeros((count, *like.shape[1:]), dtype=like.dtype, device=like.device)
