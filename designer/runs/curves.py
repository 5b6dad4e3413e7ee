"""Curves of several runs over each other: one figure at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from designer.monitor.axes import Scale
from designer.monitor.card import Card
from designer.monitor.curves import MOST_DOTS, SeriesPlot
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Reading
from designer.monitor.saving import Table
from designer.monitor.series import Series, zigzag
from designer.monitor.shapes import squares
from designer.runs.model import figure_words
from designer.theme import signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from designer.monitor.style import Style
    from engine.runs.stored import Curve as Stored

    Named = Sequence[tuple[str, Mapping[str, Stored]]]
    """Name of a run, and its figures by name."""

MOST = 12
"""Runs whose curves are shown at once."""
_FIRST = ("validation.loss", "train.loss", "loss")
_EMPTY = "Select runs to lay their curves over each other"


class RunsPlot(SeriesPlot):
    """One figure of several runs, over the epochs or the steps."""

    def __init__(self) -> None:
        x, y = Scale("Epoch", whole=True), Scale("")
        super().__init__("runs.plot", "Curves of runs", x, y, _EMPTY, column=True)
        self._names: list[str] = []
        self._stored: list[Stored] = []
        self._series: list[Series] = []
        self._curves: list[Curve] = []
        self._dots: list[Curve] = []
        self._hidden: set[str] = set()
        self.restyle()

    def show_curves(self, figure: str, curves: Sequence[tuple[str, Stored]]) -> None:
        """Show a figure of other runs; the range stays while figure and runs do."""
        names = [name for name, _ in curves]
        over = curves[0][1].over if curves else "epoch"
        words = figure_words(figure), over.capitalize()
        if names != self._names or words != (self.y_axis.title, self.x_axis.title):
            self.y_axis.title, self.x_axis.title = words
            self._names = names
            for curve in (*self._curves, *self._dots):
                curve.remove()
            self._curves = [Curve(self, self.look.accent, z=n) for n in range(len(names))]
            self._dots = [Curve(self, self.look.accent, z=n) for n in range(len(names))]
            self.follow()
        made = {id(curve): held for curve, held in zip(self._stored, self._series, strict=True)}
        self._stored = [curve for _, curve in curves]
        self._series = [made.get(id(curve)) or _series(curve) for curve in self._stored]
        self.windows = ()
        self.legend.set([])
        self.restyle()

    def series(self) -> list[Series]:
        """Return what is shown."""
        return self._series

    def columns(self, place: int) -> list[int]:
        """Return no column of a run that is switched off."""
        return [] if self._names[place] in self._hidden else [0]

    def recolour(self, look: Style) -> None:
        """Take colours."""
        count = len(self._curves)
        for place, curve in enumerate(self._curves):
            curve.set_colour(look.layer(place, count))
            curve.set_bold(count <= 3)
            self._dots[place].set_colour(look.layer(place, count))
            self._dots[place].items[0].setBrush(look.layer(place, count))
        self._entries()

    def _entries(self) -> None:
        pairs = zip(self._names, self._curves, strict=True)
        entries = [Entry(name, curve.colour, name not in self._hidden) for name, curve in pairs]
        self.set_legend(entries if len(entries) > 1 else [])

    def toggle(self, entry: int) -> None:
        """Show or hide a run."""
        self._hidden ^= {self._names[entry]}
        self._entries()

    def draw(self) -> None:
        """Draw a line for each run; few points get dots."""
        for place, (curve, window) in enumerate(zip(self._curves, self.windows, strict=True)):
            shown = bool(self.columns(place))
            curve.set_shown(shown)
            curve.set_path(self.lines(*zigzag(window))[0])
            few = len(window.x) <= MOST_DOTS and window.exact
            self._dots[place].set_shown(shown and few)
            if few:
                self._dots[place].set_path(squares(*self.pixels(window.x, window.mean[0]), 4.0))

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the figure of every run at a place."""
        _, found = self.buckets(x)
        shown = {place: at for place, at in found.items() if self.columns(place)}
        readings = [
            Reading(self._names[place], float(self.windows[place].mean[0, at]))
            for place, at in shown.items()
        ]
        return f"{self.x_axis.title} {round(x):,}", readings

    def table(self) -> Table | None:
        """Return every run as two columns; a short one leaves fields empty."""
        if not self.windows:
            return None
        longest = max(len(window.x) for window in self.windows)
        rows = np.full((longest, 2 * len(self.windows)), np.nan)
        names: list[str] = []
        for place, (name, window) in enumerate(zip(self._names, self.windows, strict=True)):
            rows[: len(window.x), 2 * place] = window.x
            rows[: len(window.x), 2 * place + 1] = window.mean[0]
            names += [f"{name} {self.x_axis.title}", f"{name} {self.y_axis.title}"]
        return Table(tuple(names), rows)


def _series(curve: Stored) -> Series:
    made = Series()
    # What several phases tell may be a step out of order; a plot wants it rising.
    made.append(np.maximum.accumulate(curve.x), curve.y)
    return made


class CurvesView(QWidget):
    """A plot of one figure, and the list to choose it from.

    Signals
    -------
    figureChosen
        Another figure is wanted.
    """

    figureChosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.curves")
        self.plot = RunsPlot()
        card = Card(self.plot).add_log()
        self.figure: QComboBox = card.add_choice("runs.figure", "Which figure is shown")
        self.figure.activated.connect(self._chosen)
        self.figure.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        self._runs: Named = ()
        self._wanted = ""
        signals.themeChanged.connect(self.plot.restyle)

    def show_runs(self, found: Named, judged_by: str = "") -> None:
        """Show other runs, or the same ones further on."""
        self._runs = found
        names = list(dict.fromkeys(name for _, curves in found for name in curves))
        if names != [self.figure.itemData(n) for n in range(self.figure.count())]:
            self._list(names, judged_by)
        self._draw()

    def _list(self, names: list[str], judged_by: str) -> None:
        chosen = self._wanted or str(self.figure.currentData() or "")
        self.figure.clear()
        for name in names:
            self.figure.addItem(figure_words(name), name)
        wanted = (chosen, judged_by, *_FIRST)
        place = next((names.index(name) for name in wanted if name in names), 0)
        self.figure.setCurrentIndex(place if names else -1)
        self.figure.setVisible(bool(names))

    def _chosen(self, place: int) -> None:
        self._wanted = str(self.figure.itemData(place))
        self._draw()
        self.figureChosen.emit()

    def _draw(self) -> None:
        figure = str(self.figure.currentData() or "")
        held = [(name, curves[figure]) for name, curves in self._runs if figure in curves]
        self.plot.show_curves(figure, held)
