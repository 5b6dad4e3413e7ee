"""Plots of lines over the steps of a run, and the one of a quantity per layer."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QPainterPath

from designer.monitor import tables
from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Plot, Reading
from designer.monitor.series import zigzag
from designer.monitor.shapes import mix, squares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from designer.monitor.history import History
    from designer.monitor.lists import Layers
    from designer.monitor.saving import Table
    from designer.monitor.series import Series, Window
    from designer.monitor.style import Style

PALE = 0.72
"""How far the colour of a curve that is not picked lies towards the paper."""
MOST_DOTS = 60
"""More samples than these are drawn as a line without dots."""


def extent(low: np.ndarray, high: np.ndarray, *, log: bool) -> tuple[float, float]:
    """Return the finite extremes; on a logarithmic axis those above zero.

    NaN when there are none.
    """
    if low.size and high.size:
        least, most = float(low.min()), float(high.max())
        if math.isfinite(least) and math.isfinite(most) and (least > 0 or not log):
            return least, most
    good_low = low[np.isfinite(low) & ((low > 0) | (not log))]
    good_high = high[np.isfinite(high) & ((high > 0) | (not log))]
    if not len(good_low) or not len(good_high):
        return math.nan, math.nan
    return float(good_low.min()), float(good_high.max())


class SeriesPlot(Plot):
    """A plot over the steps of a run; reads each `Series` at as many places as there are pixels."""

    windows: Sequence[Window] = ()

    def series(self) -> list[Series]:
        """Return what is shown."""
        return []

    def unit(self) -> float | None:
        """Return that x counts steps."""
        return 1.0

    def names(self, place: int) -> list[str]:
        """Return what the columns of the series at a place are called in a table."""
        return [self.y_axis.title]

    def table(self) -> Table | None:
        """Return all that is held of the shown curves, zoomed in or not.

        Where samples were joined, the column is their mean, with the least and the greatest beside.
        """
        held = self.series()
        windows = [series.view(*series.span, sys.maxsize // 4) for series in held]
        return tables.joined(
            self.x_axis.title.lower(),
            [(self.names(i), self.columns(i), window) for i, window in enumerate(windows)],
        )

    def columns(self, place: int) -> list[int]:
        """Return the shown columns of the series at a place."""
        return [0]

    @property
    def seen(self) -> Window | None:
        """Return what is drawn of the first series."""
        return self.windows[0] if self.windows else None

    def has_data(self) -> bool:
        """Return whether a sample came."""
        return any(len(series) for series in self.series())

    def fit(self) -> bool:
        """Follow the data: all steps, and the values of those shown."""
        held = self.series()
        end = max((series.span[1] for series in held), default=0.0)
        moved = self.x_axis.fit(0.0, end, pinned=True)
        buckets = max(32, int(self.frame.rect.width() // 2))
        self.windows = [s.view(self.x_axis.low, self.x_axis.high, buckets) for s in held]
        ends = [self._ends(place, window) for place, window in enumerate(self.windows)]
        lows = [low for low, _ in ends if math.isfinite(low)]
        highs = [high for _, high in ends if math.isfinite(high)]
        return (bool(lows) and self.y_axis.fit(min(lows), max(highs))) or moved

    def _ends(self, place: int, window: Window) -> tuple[float, float]:
        columns = self.columns(place)
        every = len(columns) == len(window.low)
        low = window.low if every else window.low[columns]
        high = window.high if every else window.high[columns]
        return extent(low, high, log=self.y_axis.log)

    def buckets(self, x: float) -> tuple[str, dict[int, int]]:
        """Return the steps at x in words, and the bucket at x by the place of each series.

        The words are of the series that comes nearest to x.
        """
        found = {
            place: max(0, int(np.searchsorted(window.x, x, "right")) - 1)
            for place, window in enumerate(self.windows)
            if len(window.x)
        }
        if not found:
            return "", {}
        nearest = min(found, key=lambda place: self.far(place, found[place], x))
        return heading(self.windows[nearest], found[nearest]), found

    def far(self, place: int, at: int, x: float) -> float:
        """Return how far from x a bucket begins."""
        return abs(float(self.windows[place].x[at]) - x)


def heading(window: Window, place: int) -> str:
    """Return the steps of a bucket in words."""
    first = round(float(window.x[place]))
    last = first
    if window.weight[place] > 1 and place + 1 < len(window.x):
        last = round(float(window.x[place + 1])) - 1
    return f"step {first:,}" if last <= first else f"steps {first:,} – {last:,}"


def steps_axis() -> Scale:
    """Return an axis of steps."""
    return Scale("Step", whole=True)


class LayerPlot(SeriesPlot):
    """One quantity of every layer over the steps, with a legend to switch layers off.

    Parameters
    ----------
    source
        The name of the history's attribute that holds the curves.
    quantity
        Which of its curves is shown.
    """

    def __init__(
        self,
        history: History,
        name: str,
        title: str,
        source: str,
        quantity: str,
        y: Scale,
        empty: str,
    ) -> None:
        super().__init__(name, title, steps_axis(), y, empty, column=True)
        self.history, self.source, self.quantity = history, source, quantity
        self._lines: list[Curve] = []
        self._nodes: tuple[str, ...] = ()
        self._lists: list[tuple[str, ...]] = []
        self._hidden: set[str] = set()
        self._picked: frozenset[str] = frozenset()
        self.restyle()

    @property
    def layers(self) -> Layers:
        """Return the curves per layer."""
        return getattr(self.history, self.source)

    def series(self) -> list[Series]:
        """Return the curves of the shown quantity."""
        return [series for _, series in self.layers.sets(self.quantity)]

    def columns(self, place: int) -> list[int]:
        """Return the shown nodes of one of the lists."""
        nodes = self._lists[place]
        return [i for i, node in enumerate(nodes) if node not in self._hidden]

    def names(self, place: int) -> list[str]:
        """Return the names of the layers of one of the lists."""
        return [self.history.name(node) for node in self._lists[place]]

    def show_quantity(self, quantity: str, label: str) -> None:
        """Show another quantity of the same layers."""
        self.quantity, self.y_axis.title = quantity, label
        self.y_axis.release()
        self.invalidate()

    def visible(self) -> list[int]:
        """Return the layers that are not switched off."""
        return [i for i, node in enumerate(self.layers.nodes) if node not in self._hidden]

    def show_nodes(self, nodes: tuple[str, ...]) -> None:
        """Make some layers' curves stand out: they are bold, the others pale."""
        if frozenset(nodes) != self._picked:
            self._picked = frozenset(nodes)
            self._emphasise()

    def _emphasise(self) -> None:
        picked = self._picked & set(self._nodes)
        for place, (node, curve) in enumerate(zip(self._nodes, self._lines, strict=True)):
            colour = self.look.layer(place, len(self._lines))
            curve.set_bold(node in picked)
            pale = bool(picked) and node not in picked
            curve.set_colour(mix(colour, self.look.paper, PALE) if pale else colour)

    def recolour(self, look: Style) -> None:
        """Take colours."""
        self._emphasise()
        self._entries()

    def toggle(self, entry: int) -> None:
        """Show or hide one layer."""
        self._hidden ^= {self._nodes[entry]}
        self._entries()

    def _entries(self) -> None:
        self.set_legend(
            [
                Entry(
                    self.history.name(node),
                    self.look.layer(place, len(self._nodes)),
                    node not in self._hidden,
                )
                for place, node in enumerate(self._nodes)
            ]
        )

    def fit(self) -> bool:
        """Make a line for each layer first."""
        self._lists = [nodes for nodes, _ in self.layers.sets(self.quantity)]
        nodes = self.layers.nodes
        if nodes != self._nodes:
            for curve in self._lines:
                curve.remove()
            self._nodes = nodes
            self._lines = [Curve(self, self.look.layer(i, len(nodes))) for i in range(len(nodes))]
            self._emphasise()
            self.legend.set([])
            self._entries()
        elif self.legend.names != [self.history.name(node) for node in nodes]:
            self._entries()
        return super().fit()

    def draw(self) -> None:
        """Draw the layers that are shown, each through all lists it stands in."""
        found: dict[str, QPainterPath] = {}
        for place, window in enumerate(self.windows):
            few = window.exact and len(window.x) <= MOST_DOTS
            paths = self.lines(*zigzag(window))
            for index in self.columns(place):
                path = paths[index]
                if few:
                    path.addPath(squares(*self.pixels(window.x, window.mean[index]), 3.0))
                found.setdefault(self._lists[place][index], QPainterPath()).addPath(path)
        for node, curve in zip(self._nodes, self._lines, strict=True):
            curve.set_shown(node in found)
            if node in found:
                curve.set_path(found[node])

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the figures of the layers nearest to the cursor."""
        words, found = self.buckets(x)
        nearest: dict[str, tuple[float, float]] = {}
        for place, at in found.items():
            far, mean = self.far(place, at, x), self.windows[place].mean
            for index in self.columns(place):
                known = nearest.setdefault(self._lists[place][index], (math.inf, math.nan))
                if far < known[0]:
                    nearest[self._lists[place][index]] = (far, float(mean[index, at]))
        picked = self._picked & nearest.keys()
        shown = {n: pair for n, pair in nearest.items() if n in picked or not picked}
        return words, [Reading(self.history.name(n), v) for n, (_, v) in shown.items()]
