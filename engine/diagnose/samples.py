"""The last samples of a run and the course of its loss, in bounded memory."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

WINDOW = 16
"""Samples that are remembered."""
BUCKETS = 256
PEAK = 3
_MEAN = np.ones(PEAK) / PEAK
FIRST = 8
"""Steps whose losses tell where a run began."""


class Samples:
    """The last samples of a list of nodes: for each figure, rows of one number a node."""

    def __init__(self, nodes: tuple[str, ...], figures: tuple[str, ...]) -> None:
        self.nodes = nodes
        self.place = {node: i for i, node in enumerate(nodes)}
        self.count = 0
        self.steps: deque[int] = deque(maxlen=WINDOW)
        self._held = {name: np.zeros((WINDOW, len(nodes))) for name in figures}

    def take(self, step: int, **rows: Any) -> None:
        """Add a sample."""
        row = self.count % WINDOW
        for name, values in rows.items():
            self._held[name][row] = values
        self.steps.append(step)
        self.count += 1

    def last(self, figure: str, count: int) -> Array:
        """Return the last rows of a figure, oldest first."""
        count = min(count, self.count, WINDOW)
        rows = np.arange(self.count - count, self.count) % WINDOW
        return self._held[figure][rows]

    def typical(self, figure: str, count: int) -> Array:
        """Return the median of each node over the last rows."""
        return np.median(self.last(figure, count), axis=0)


class Curve:
    """Means of equal stretches of steps, at most `BUCKETS` of them."""

    def __init__(self) -> None:
        self.means: list[float] = []
        self.width = 1
        self._rest = np.zeros(0)
        self.first: list[float] = []
        self.last = math.nan
        self.peak = -math.inf
        """The highest mean of `PEAK` steps in a row."""
        self._tail = np.zeros(0)

    def take(self, values: Any) -> None:
        """Add the values of a run of steps."""
        if not len(values):
            return
        self.last = float(values[-1])
        if len(self.first) < FIRST:
            self.first += [float(v) for v in values[: FIRST - len(self.first)]]
        self._look_for_peak(np.asarray(values, float))
        self._rest = np.concatenate([self._rest, np.asarray(values, float)])
        whole = len(self._rest) // self.width * self.width
        if whole:
            self.means += self._rest[:whole].reshape(-1, self.width).mean(1).tolist()
            self._rest = self._rest[whole:]
        while len(self.means) > BUCKETS:
            self._halve()

    def _look_for_peak(self, values: Array) -> None:
        row = np.concatenate([self._tail, values])
        if len(row) >= PEAK:
            self.peak = max(self.peak, float(np.convolve(row, _MEAN, "valid").max()))
        self._tail = row[-PEAK + 1 :]

    def _halve(self) -> None:
        odd = len(self.means) % 2
        pairs = np.asarray(self.means[: len(self.means) - odd]).reshape(-1, 2).mean(1)
        rest = np.full(self.width, self.means[-1]) if odd else np.zeros(0)
        self.means, self.width = pairs.tolist(), 2 * self.width
        self._rest = np.concatenate([rest, self._rest])

    @property
    def start(self) -> float:
        """Return the mean of the first losses; the very first if those behind it ran away."""
        if not self.first:
            return math.nan
        mean = float(np.mean(self.first))
        return mean if mean < 2 * self.first[0] else self.first[0]

    def recent(self, share: float = 0.1, least: int = 3) -> float:
        """Return the mean of the last share of the course."""
        count = max(least, round(share * len(self.means)))
        return float(np.mean(self.means[-count:])) if self.means else math.nan
