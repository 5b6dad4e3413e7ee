"""The plot of figures of merit per epoch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.curves import MOST_DOTS, SeriesPlot
from designer.monitor.keys import group
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Reading
from designer.monitor.series import smooth, zigzag
from designer.monitor.shapes import mix, squares

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QColor, QPainterPath

    from designer.monitor.history import History
    from designer.monitor.series import Series, Window
    from designer.monitor.style import Style

PARTS = ("train", "validation")
PALE = 0.5


class MetricsPlot(SeriesPlot):
    """Figures of one kind after every epoch, on the training and on the validation part."""

    def __init__(self, history: History) -> None:
        super().__init__(
            "metricsPlot", "Metrics per epoch", Scale("Epoch", whole=True), Scale("Loss"),
            "The first epoch's figures appear here",
        )  # fmt: skip
        self.history = history
        self.figure_id = "loss"
        self._smoothed = 0.0
        self._names: list[tuple[str, str]] = []
        """Key and name of every figure that is shown."""
        self._hidden: set[str] = set()
        """Keys of figures and names of parts that are switched off."""
        self._curves: list[list[tuple[Curve, Curve]]] = []
        """For each figure and part, the line and the dots."""
        self._remake([("", "")])
        self.restyle()

    def set_smoothing(self, share: float) -> None:
        """Draw the lines as means over a share of the shown epochs; dots stay where they are."""
        self._smoothed = share
        self.refresh()

    @property
    def single(self) -> bool:
        """Return whether there is one figure of this kind only."""
        return len(self._names) == 1

    def show_metric(self, kind: str, label: str) -> None:
        """Show figures of another kind."""
        self.figure_id, self.y_axis.title = kind, label
        self.y_axis.release()
        self.invalidate()

    def groups(self) -> dict[str, list[tuple[str, str]]]:
        """Return key and name of every figure there is, by kind."""
        return group(self.history.metrics, [phase.name for phase in self.history.phases])

    def unit(self) -> float | None:
        """Return how many steps an epoch has."""
        started = self.history.started
        return float(started.steps_per_epoch) if started is not None else None

    def names(self, place: int) -> list[str]:
        """Return the parts, with the name of the figure where there are several."""
        name = self.y_axis.title if self.single else self._names[place][1]
        return [f"{name} {part}" for part in PARTS]

    def series(self) -> list[Series]:
        """Return the shown figures."""
        return [self.history.metrics[key] for key, _ in self.groups().get(self.figure_id, [])]

    def columns(self, place: int) -> list[int]:
        """Return the parts that are shown of a figure."""
        if self._names[place][0] in self._hidden:
            return []
        return [i for i, part in enumerate(PARTS) if part not in self._hidden]

    def _colour(self, look: Style, place: int, part: int) -> QColor:
        if self.single:
            return look.series[part]
        colour = look.layer(place, len(self._names))
        return colour if part else mix(colour, look.paper, PALE)

    def recolour(self, look: Style) -> None:
        """Take colours."""
        for place, pairs in enumerate(self._curves):
            for part, (line, dots) in enumerate(pairs):
                colour = self._colour(look, place, part)
                line.set_colour(colour)
                dots.set_colour(colour)
                dots.items[0].setBrush(colour)
        self._entries()

    def _entries(self) -> None:
        look, names = self.look, list(PARTS)
        colours = [self._colour(look, 0, part) for part in range(2)]
        if not self.single:
            colours = [mix(look.text, look.paper, PALE), look.text]
        entries = [Entry(n, c, n not in self._hidden) for n, c in zip(names, colours, strict=True)]
        if not self.single:
            entries[:0] = [
                Entry(name, self._colour(look, place, 1), key not in self._hidden)
                for place, (key, name) in enumerate(self._names)
            ]
        self.set_legend(entries)

    def toggle(self, entry: int) -> None:
        """Show or hide a figure or a part."""
        figures = [] if self.single else [key for key, _ in self._names]
        self._hidden ^= {[*figures, *PARTS][entry]}
        self._entries()

    def fit(self) -> bool:
        """Make curves for each figure first."""
        names = self.groups().get(self.figure_id) or [("", "")]
        if names != self._names:
            self._remake(names)
            self.recolour(self.look)
        return super().fit()

    def _remake(self, names: list[tuple[str, str]]) -> None:
        for curve in (c for pairs in self._curves for pair in pairs for c in pair):
            curve.remove()
        self._names = names
        self._curves = [[self._pair(part) for part in range(2)] for _ in names]
        self.windows = ()
        self.legend.set([])

    def _pair(self, part: int) -> tuple[Curve, Curve]:
        accent = self.look.accent
        return Curve(self, accent, z=part, bold=True), Curve(self, accent, z=part)

    def draw(self) -> None:
        """Draw both parts of each figure, with a dot for each epoch while they are few."""
        for place, window in enumerate(self.windows):
            few = window.exact and len(window.x) <= MOST_DOTS
            shown = self.columns(place)
            paths = self._paths(window)
            for part, (line, dots) in enumerate(self._curves[place]):
                line.set_shown(part in shown)
                dots.set_shown(part in shown and few)
                line.set_path(paths[part])
                if few:
                    where = self.pixels(window.x, window.mean[part])
                    dots.set_path(squares(*where, 5.0))

    def _paths(self, window: Window) -> list[QPainterPath]:
        wide = self._smoothed * (self.x_axis.high - self.x_axis.low)
        if wide < 1:
            return self.lines(*zigzag(window))
        parts = range(len(window.mean))
        return self.lines(window.x, np.stack([smooth(window, part, wide) for part in parts]))

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the figures of the epoch nearest to the cursor."""
        words, found = self.buckets(x + 0.5)
        readings: list[Reading] = []
        for place, at in found.items():
            name = "" if self.single else f"{self._names[place][1]} "
            for part in self.columns(place):
                value = float(self.windows[place].mean[part, at])
                if math.isfinite(value):
                    readings.append(Reading(f"{name}{PARTS[part]}", value))
        return words.replace("step", "epoch"), readings
