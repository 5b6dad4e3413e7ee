"""The spread of a layer's outputs, weights, gradients or changes over the run, as a heat map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.pictures import PicturePlot
from designer.monitor.plot import Reading
from designer.monitor.saving import Table
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from designer.monitor.history import History
    from designer.monitor.layers import Columns
    from designer.monitor.style import Style

ROW = 3.0
"""Height of a row of the picture, in pixels."""
MOST_COLUMNS = 400
QUANTITIES = {"output": "Output", "weight": "Weight", "grad": "Gradient", "update": "Change"}
"""What is spread, and the title of its axis."""


class HistogramPlot(PicturePlot):
    """How one layer's outputs are spread, step by step."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "histogramPlot",
            "Histogram over time",
            Scale("Step", whole=True),
            Scale("Output"),
            "Press Train to see how a layer's values spread",
        )
        self.history = history
        self.node = ""
        self.quantity = "output"
        self._density: np.ndarray | None = None
        self.make_picture()
        self.restyle()

    def unit(self) -> float | None:
        """Return that x counts steps."""
        return 1.0

    def table(self) -> Table | None:
        """Return the layer's histograms, a row for every bin of every step that is held."""
        if not self.has_data():
            return None
        columns = self._columns()
        assert columns is not None
        return Table(("step", "from", "to", "share"), columns.rows(self.node))

    def show_node(self, node: str) -> None:
        """Show another layer; one that is not watched leaves the picture as it is."""
        if node != self.node and self.history.columns_of(node, self.quantity) is not None:
            self.node = node
            self.y_axis.release()
            self.invalidate()

    def show_quantity(self, quantity: str) -> None:
        """Show outputs, weights, gradients or changes."""
        self.quantity = quantity
        self.y_axis.title = QUANTITIES[quantity]
        self.y_axis.release()
        self.invalidate()

    def _columns(self) -> Columns | None:
        return self.history.columns_of(self.node, self.quantity)

    def has_data(self) -> bool:
        """Return whether the layer was sampled."""
        if self._columns() is None:
            self.node = next(iter(self.history.sampled(self.quantity)), "")
        columns = self._columns()
        return columns is not None and columns.count > 0

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self.set_legend(
            [
                Entry("few values", look.ramp[70]),
                Entry("more", look.ramp[150]),
                Entry("most", look.ramp[255]),
            ]
        )

    def toggle(self, entry: int) -> None:
        """Leave the key alone: there is nothing to switch."""

    def fit(self) -> bool:
        """Follow the steps and the values."""
        columns = self._columns()
        if columns is None:
            return False
        moved = self.x_axis.fit(0.0, self._until(columns), pinned=True)
        return self.y_axis.fit(*columns.reach(self.node)) or moved

    def _until(self, columns: Columns) -> float:
        now = self.history.steps
        return max(columns.last, now.last_step + 1 if now is not None else 0)

    def draw(self) -> None:
        """Make the picture of the visible part."""
        columns = self._columns()
        if columns is None:
            return
        rect = self.frame.rect
        across = int(np.clip(rect.width() // 2, 8, MOST_COLUMNS))
        rows = int(np.clip(rect.height() // ROW, 8, 160))
        self._edges = np.linspace(self.y_axis.low, self.y_axis.high, rows + 1)
        width = (self.x_axis.high - self.x_axis.low) / across
        steps = self.x_axis.low + width * (np.arange(across, dtype=np.float64) + 0.5)
        self._density = columns.image(self.node, steps, self._edges, self._until(columns))
        shares = np.nan_to_num(self._density)
        peak = float(np.quantile(shares.max(0), 0.9)) or 1.0
        numbers = np.sqrt(np.clip(shares / peak, 0.0, 1.0)) * 255
        self.set_picture(numbers.astype(np.uint8), self.look.ramp)

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the share of values in the row under the cursor."""
        shares = self._density
        if shares is None:
            return "", ()
        rows, across = shares.shape
        i = int(
            np.clip((y - self._edges[0]) / (self._edges[-1] - self._edges[0]) * rows, 0, rows - 1)
        )
        span = self.x_axis.high - self.x_axis.low
        j = int(np.clip((x - self.x_axis.low) / span * across, 0, across - 1))
        heading = f"{self.history.name(self.node)}, step {round(x):,}"
        share = float(shares[i, j])
        if not math.isfinite(share):
            return heading, ()
        between = f"{figure(self._edges[i])} to {figure(self._edges[i + 1])}"
        return heading, [Reading(between, share, f"{share:.1%} of the values")]
