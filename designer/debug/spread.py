"""How the values of one tensor are spread: a histogram that Qt paints alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.plot import Curve, Plot, Reading
from designer.monitor.saving import Table
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from designer.monitor.style import Style
    from engine.train.inspection import TensorView


class SpreadPlot(Plot):
    """Counts of the finite values over equal bins from the least to the greatest."""

    def __init__(self) -> None:
        super().__init__(
            "debug.spread", "How the values are spread", Scale("Value"),
            Scale("Count", whole=True), "No finite values",
        )  # fmt: skip
        self._view: TensorView | None = None
        self._curve = Curve(self, self.look.accent, bold=True)
        self.restyle()

    def show_tensor(self, view: TensorView | None) -> None:
        """Show another tensor."""
        self._view = view
        self.follow()
        self.dirty = True
        if self.isVisible():
            self.invalidate()

    def _ends(self) -> tuple[float, float]:
        view = self._view
        assert view is not None
        if view.low == view.high:
            width = max(abs(view.low), 1.0)
            return view.low - width / 2, view.high + width / 2
        return view.low, view.high

    def has_data(self) -> bool:
        """Return whether there is a finite value."""
        return self._view is not None and math.isfinite(self._view.low)

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self._curve.set_colour(look.accent)

    def fit(self) -> bool:
        """Follow values and counts."""
        assert self._view is not None
        moved = self.x_axis.fit(*self._ends())
        return self.y_axis.fit(0.0, float(self._view.histogram.max()), pinned=True) or moved

    def draw(self) -> None:
        """Draw the outline of the bars."""
        assert self._view is not None
        counts = self._view.histogram
        edges = np.linspace(*self._ends(), len(counts) + 1)
        x = np.repeat(edges, 2)
        y = np.concatenate([[0.0], np.repeat(counts, 2), [0.0]])
        self._curve.set_path(self.line(x, y))

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the count of the bin under the cursor."""
        assert self._view is not None
        counts, (low, high) = self._view.histogram, self._ends()
        place = int(np.clip((x - low) / (high - low) * len(counts), 0, len(counts) - 1))
        width = (high - low) / len(counts)
        begin = low + place * width
        words = f"{int(counts[place]):,} values"
        heading = f"{figure(begin)} to {figure(begin + width)}"
        return heading, [Reading("", float(counts[place]), words)]

    def table(self) -> Table | None:
        """Return the bins and their counts."""
        if not self.has_data():
            return None
        assert self._view is not None
        edges = np.linspace(*self._ends(), len(self._view.histogram) + 1)
        return Table(
            ("from", "to", "count"), np.stack([edges[:-1], edges[1:], self._view.histogram], 1)
        )
