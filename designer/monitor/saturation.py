"""How much of a bounded activation's output lies near its bounds, read off its histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.train.events import Activations

NEAR = 0.05
"""Share of the distance between the bounds that counts as near one of them."""


class Saturation:
    """The share of saturated values of each of some nodes; NaN for a node without bounds."""

    def __init__(self, nodes: tuple[str, ...], bounds: Mapping[str, tuple[float, float]]) -> None:
        self._rows = np.array([i for i, node in enumerate(nodes) if node in bounds], np.intp)
        ends = np.array([bounds[nodes[i]] for i in self._rows.tolist()], np.float32).reshape(-1, 2)
        room = NEAR * (ends[:, 1] - ends[:, 0])
        self._low, self._high = ends[:, 0] + room, ends[:, 1] - room
        self._count = len(nodes)

    def of(self, event: Activations) -> NDArray[np.float32]:
        """Return the shares of one sampled step (nodes,)."""
        result = np.full(self._count, np.nan, np.float32)
        if not len(self._rows):
            return result
        counts = event.histogram[self._rows]
        low, high = event.low[self._rows, None], event.high[self._rows, None]
        bins = counts.shape[1]
        middles = low + (np.arange(bins, dtype=np.float32) + 0.5) / bins * (high - low)
        outside = (middles <= self._low[:, None]) | (middles >= self._high[:, None])
        total = np.maximum(counts.sum(1), 1e-9)
        result[self._rows] = (counts * outside).sum(1) / total
        return result
