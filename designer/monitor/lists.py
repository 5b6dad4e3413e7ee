"""Curves per layer: one set for each list of nodes that is watched together."""

from __future__ import annotations

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
        self.nodes: tuple[str, ...] = ()
        """All nodes, those that came first first."""

    def take(self, step: int, nodes: tuple[str, ...], **rows: Any) -> None:
        """Add one step's figures, one row per quantity with a value per node."""
        if nodes not in self._sets:
            self._begin(nodes, rows)
        self._latest[nodes] = step
        for name, row in rows.items():
            self._sets[nodes][name].append([step], np.asarray(row)[None, :])

    def sets(self, quantity: str) -> list[tuple[tuple[str, ...], Series]]:
        """Return each list of nodes with its curves of a quantity: grad, weight, mean, ..."""
        return [(nodes, held[quantity]) for nodes, held in self._sets.items() if quantity in held]

    def _begin(self, nodes: tuple[str, ...], rows: Mapping[str, Any]) -> None:
        if len(self._sets) == MOST:
            oldest = min(self._latest, key=self._latest.__getitem__)
            del self._sets[oldest], self._latest[oldest]
        self._sets[nodes] = {name: Series(len(nodes), LAYER_BUCKETS) for name in rows}
        self.nodes = tuple(dict.fromkeys(node for held in self._sets for node in held))
