"""How each layer's values were spread over the steps: a heat map's columns, thinned when many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.train.events import Activations, Spread

BYTES = 16_000_000
MOST, LEAST = 512, 64


class Columns:
    """Histograms of all watched nodes on the sampled steps.

    When its room is full every second column goes and only every second sample is taken from then
    on; the latest sample is always there.
    """

    def __init__(self) -> None:
        self.nodes: tuple[str, ...] = ()
        self.count = 0
        self.stride = 1
        self._seen = self._last = 0

    def _begin(self, event: Activations | Spread, nodes: tuple[str, ...]) -> None:
        bins = event.histogram.shape[1]
        self.nodes = nodes
        each = max(1, len(event.nodes)) * (bins * 2 + 8)
        self.capacity = int(np.clip(BYTES // each, LEAST, MOST)) // 2 * 2
        self.steps = np.zeros(self.capacity)
        self._low = np.zeros((len(event.nodes), self.capacity), np.float32)
        self._high = np.zeros_like(self._low)
        self._share = np.zeros((len(event.nodes), self.capacity, bins), np.float16)
        self.count = self._seen = self._last = 0
        self.stride = 1

    def take(self, event: Activations | Spread, nodes: tuple[str, ...] | None = None) -> None:
        """Add one sampled step; `nodes` is what its nodes are to be called."""
        nodes = event.nodes if nodes is None else nodes
        if nodes != self.nodes:
            self._begin(event, nodes)
        # The last column is the latest sample; it stays if its turn has come, else gives way now.
        slot = self.count if self._last % self.stride == 0 else self.count - 1
        if slot == self.capacity:
            self._halve()
            slot = self.count
        total = np.maximum(event.histogram.sum(1, keepdims=True), 1e-9)
        self.steps[slot] = event.step + 1
        self._low[:, slot] = event.low
        self._high[:, slot] = event.high
        self._share[:, slot] = event.histogram / total
        self.count = slot + 1
        self._last = self._seen
        self._seen += 1

    def _halve(self) -> None:
        kept = slice(0, self.count, 2)
        half = len(range(0, self.count, 2))
        for rows in (self._low, self._high, self._share):
            rows[:, :half] = rows[:, kept].copy()
        self.steps[:half] = self.steps[kept].copy()
        self.count = half
        self.stride *= 2

    @property
    def nbytes(self) -> int:
        """Return the bytes held."""
        if not self.nodes:
            return 0
        return self._low.nbytes + self._high.nbytes + self._share.nbytes + self.steps.nbytes

    @property
    def last(self) -> float:
        """Return the latest step held."""
        return float(self.steps[self.count - 1]) if self.count else 0.0

    def reach(self, node: str) -> tuple[float, float]:
        """Return between which values a node's outputs lie, but for the strays of a few steps."""
        row = self.nodes.index(node)
        low, high = self._low[row, : self.count], self._high[row, : self.count]
        good = np.isfinite(low) & np.isfinite(high)
        if not good.any():
            return 0.0, 1.0
        return float(np.quantile(low[good], 0.02)), float(np.quantile(high[good], 0.98))

    def image(
        self, node: str, steps: NDArray[np.float64], edges: NDArray[np.float64], until: float
    ) -> NDArray[np.float64]:
        """Return the share of a node's values between neighbouring edges [edges - 1, steps].

        Each step shows the last sample at or before it; steps before the first one and after
        `until` are NaN.
        """
        row = self.nodes.index(node)
        held = self.steps[: self.count]
        place = np.searchsorted(held, steps, "right") - 1
        outside = (place < 0) | (steps > until)
        wanted, back = np.unique(np.maximum(place, 0), return_inverse=True)
        share = self._share[row, wanted].astype(np.float64)
        low = self._low[row, wanted].astype(np.float64)[:, None]
        high = self._high[row, wanted].astype(np.float64)[:, None]
        width = np.maximum(high - low, (edges[1] - edges[0]) * 0.5)
        bins = share.shape[1]
        below = np.concatenate([np.zeros((len(wanted), 1)), np.cumsum(share, 1)], 1)
        at = np.nan_to_num(np.clip((edges[None, :] - low) / width, 0.0, 1.0)) * bins
        whole = np.minimum(at.astype(np.intp), bins - 1)
        under = np.take_along_axis(below, whole, 1)
        under += np.take_along_axis(share, whole, 1) * (at - whole)
        picture = np.diff(under, axis=1)[back].T
        picture[:, outside] = np.nan
        return picture

    def rows(self, node: str) -> NDArray[np.float64]:
        """Return all that is held of a node: step, from, to and share of each bin."""
        row, count = self.nodes.index(node), self.count
        bins = self._share.shape[2]
        low = self._low[row, :count].astype(np.float64)[:, None]
        width = (self._high[row, :count].astype(np.float64)[:, None] - low) / bins
        place = np.arange(bins, dtype=np.float64)[None, :]
        columns = (
            np.broadcast_to(self.steps[:count, None], (count, bins)),
            low + width * place,
            low + width * (place + 1),
            self._share[row, :count].astype(np.float64),
        )
        return np.stack([column.reshape(-1) for column in columns], 1)
