"""Curves per layer: one set for each list of nodes that is watched together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from designer.monitor.series import Series

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYER_BUCKETS = 1024
"""Buckets per resolution of the curves that exist once per layer."""
MOST = 8
"""Sets that are kept; the one that got nothing for longest goes."""


class Layers:
    """Figures of layers over the steps.

    Each phase watches its own nodes, and an edit changes them; so there may be several lists, each
    with its own steps.
    """

    def __init__(self) -> None:
        self._sets: dict[tuple[str, ...], dict[str, Series]] = {}
        self._latest: dict[tuple[str, ...], int] = {}
        self._extremes: dict[str, tuple[float, float, float]] = {}
        self.nodes: tuple[str, ...] = ()
        """All nodes, those that came first first."""

    def take(self, step: int, nodes: tuple[str, ...], **rows: Any) -> None:
        """Add one step's figures, one row per quantity with a value per node."""
        if nodes not in self._sets:
            self._begin(nodes, rows)
        self._latest[nodes] = step
        for name, row in rows.items():
            values = np.asarray(row)
            self._sets[nodes][name].append([step], values[None, :])
            self._stretch(name, values)

    def sets(self, quantity: str) -> list[tuple[tuple[str, ...], Series]]:
        """Return each list of nodes with its curves of a quantity: grad, weight, mean, ..."""
        return [(nodes, held[quantity]) for nodes, held in self._sets.items() if quantity in held]

    def spans(self) -> list[tuple[float, float]]:
        """Return the first and the last step of each list."""
        return [next(iter(held.values())).span for held in self._sets.values() if held]

    def rows_at(self, quantity: str, step: float) -> list[tuple[tuple[str, ...], Any]]:
        """Return a quantity of each list of nodes as it was last known at a step, latest last."""
        found = [
            (place, nodes, row)
            for nodes, series in self.sets(quantity)
            for place, _, row in (series.at(step),)
            if len(row)
        ]
        found.sort(key=lambda entry: entry[0])
        return [(nodes, row) for _, nodes, row in found]

    def steps_at(self, step: float) -> list[tuple[float, float]]:
        """Return from which steps each list's figures of a step are."""
        found = (next(iter(held.values())).at(step) for held in self._sets.values() if held)
        return [(low, high) for low, high, row in found if len(row)]

    def extremes(self, quantity: str) -> tuple[float, float, float]:
        """Return the least value above zero, the least and the greatest so far; NaN for none."""
        return self._extremes.get(quantity, (math.nan, math.nan, math.nan))

    def _stretch(self, name: str, row: Any) -> None:
        good = row[np.isfinite(row)]
        if good.size:
            above = good[good > 0]
            least = float(above.min()) if above.size else math.nan
            now = (least, float(good.min()), -float(good.max()))
            before = self.extremes(name)
            before = (before[0], before[1], -before[2])
            least, low, high = (float(np.fmin(a, b)) for a, b in zip(before, now, strict=True))
            self._extremes[name] = (least, low, -high)

    def _begin(self, nodes: tuple[str, ...], rows: Mapping[str, Any]) -> None:
        if len(self._sets) == MOST:
            oldest = min(self._latest, key=self._latest.__getitem__)
            del self._sets[oldest], self._latest[oldest]
        self._sets[nodes] = {name: Series(len(nodes), LAYER_BUCKETS) for name in rows}
        self.nodes = tuple(dict.fromkeys(node for held in self._sets for node in held))
