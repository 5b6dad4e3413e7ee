"""A plot of lines and points that are given all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from designer.monitor.axes import Scale
from designer.monitor.legend import Entry
from designer.monitor.plot import Curve, Plot, Reading
from designer.monitor.saving import Table
from designer.monitor.shapes import polyline, squares
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from designer.monitor.style import Style

SIDE, SMALL_SIDE, MANY = 5.0, 3.0, 600
"""Side of a point in pixels; the smaller one where there are many."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, or one cloud of points."""

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]
    points: bool = False
    muted: bool = False
    """True: a quiet line that only guides the eye."""


class LinesPlot(Plot):
    """Lines in the colours of the theme.

    Parameters
    ----------
    square
        True: both axes run from 0 to 1.
    """

    both_axes = True

    def __init__(
        self, name: str, title: str, empty: str, *, square: bool = False, column: bool = True
    ) -> None:
        super().__init__(name, title, Scale(""), Scale(""), empty, column=column)
        self._square = square
        self._lines: Sequence[Line] = ()
        self._curves: list[Curve] = []
        self._hidden: set[str] = set()
        self._marker = Curve(self, self.look.accent, z=5)
        self._marked = math.nan
        self.restyle()

    def show_lines(self, lines: Sequence[Line], x_title: str, y_title: str) -> None:
        """Show other lines."""
        for curve in self._curves:
            curve.remove()
        self._lines = lines
        self.x_axis.title, self.y_axis.title = x_title, y_title
        self._curves = [Curve(self, self.look.accent, z=n) for n in range(len(lines))]
        self.follow()
        self.legend.set([])
        self.restyle()

    def table(self) -> Table | None:
        """Return every line as two columns; a short one leaves fields empty."""
        longest = max((len(line.x) for line in self._lines), default=0)
        if not longest:
            return None
        rows = np.full((longest, 2 * len(self._lines)), np.nan)
        names: list[str] = []
        for place, line in enumerate(self._lines):
            rows[: len(line.x), 2 * place] = line.x
            rows[: len(line.y), 2 * place + 1] = line.y
            names += [f"{line.name} {self.x_axis.title}", f"{line.name} {self.y_axis.title}"]
        return Table(tuple(name.strip() for name in names), rows)

    def mark(self, x: float) -> None:
        """Show an upright line at a place of the x axis."""
        self._marked = x
        self.refresh()

    def has_data(self) -> bool:
        """Return whether there are lines."""
        return any(len(line.x) for line in self._lines)

    def recolour(self, look: Style) -> None:
        """Take colours."""
        own = [n for n, line in enumerate(self._lines) if not line.muted]
        for n, (line, curve) in enumerate(zip(self._lines, self._curves, strict=True)):
            colour = look.muted if line.muted else look.layer(own.index(n), len(own))
            curve.set_colour(colour)
            if line.points:
                curve.items[0].setBrush(colour)
            else:
                curve.set_bold(not line.muted and len(own) <= 3)
        self._marker.set_colour(look.text)
        self._entries()

    def _entries(self) -> None:
        pairs = [p for p in zip(self._lines, self._curves, strict=True) if not p[0].muted]
        named = pairs if len(pairs) > 1 else []
        self.set_legend([Entry(li.name, c.colour, li.name not in self._hidden) for li, c in named])

    def toggle(self, entry: int) -> None:
        """Show or hide a line."""
        names = [line.name for line in self._lines if not line.muted]
        self._hidden ^= {names[entry]}
        self._entries()

    def fit(self) -> bool:
        """Let the axes hold all points."""
        if self._square:
            moved = [s.auto and (s.low, s.high) != (0.0, 1.02) for s in (self.x_axis, self.y_axis)]
            for scale in (self.x_axis, self.y_axis):
                if scale.auto:
                    scale.set_ends(0.0, 1.02)
            return any(moved)
        moved = False
        for scale, values in ((self.x_axis, "x"), (self.y_axis, "y")):
            held = np.concatenate([getattr(line, values) for line in self._lines])
            held = held[np.isfinite(held)]
            if len(held):
                moved = scale.fit(float(held.min()), float(held.max())) or moved
        return moved

    def draw(self) -> None:
        """Draw the lines, the points and the marker."""
        for line, curve in zip(self._lines, self._curves, strict=True):
            curve.set_shown(line.name not in self._hidden)
            across, down = self.pixels(line.x, line.y)
            side = SIDE if len(line.x) <= MANY else SMALL_SIDE
            curve.set_path(squares(across, down, side) if line.points else polyline(across, down))
        ends = np.array([self.y_axis.low, self.y_axis.high])
        self._marker.set_shown(math.isfinite(self._marked))
        if math.isfinite(self._marked):
            self._marker.set_path(self.line(np.full(2, self._marked), ends))

    def colour_of(self, name: str) -> QColor:
        """Return the colour of a line."""
        pairs = zip(self._lines, self._curves, strict=True)
        return next((c.colour for line, c in pairs if line.name == name), self.look.text)

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return what the lines say where they are nearest to the cursor."""
        heading = f"{self.x_axis.title} {figure(x)}"
        found: list[Reading] = []
        for line in self._lines:
            if line.muted or line.name in self._hidden or not len(line.x):
                continue
            ends = self.pixels(np.append(line.x, x), np.append(line.y, y))
            apart = np.hypot(ends[0][:-1] - ends[0][-1], ends[1][:-1] - ends[1][-1])
            if not np.isfinite(apart).any():
                continue
            near = int(np.nanargmin(apart))
            words = f"({figure(float(line.x[near]))}, {figure(float(line.y[near]))})"
            found.append(Reading(line.name, float(line.y[near]), words))
        return heading, found
