"""Upright lines over a plot: the moment that is looked back at, and the cursor of another plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

if TYPE_CHECKING:
    from designer.monitor.plot import Plot
    from designer.monitor.style import Style


def _across(plot: Plot, x: float) -> tuple[float, bool]:
    """Return where an x stands in the scene, and whether that is within the area."""
    share = float(plot.x_axis.place(np.array([x]))[0])
    return plot.frame.rect.left() + share * plot.frame.rect.width(), 0 <= share <= 1


class Moment:
    """A line at an x of the run."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._line = plot.scene().addLine(0, 0, 0, 0)
        self._line.setZValue(7)
        self._line.hide()
        self.x: float | None = None

    def restyle(self, look: Style) -> None:
        """Take colours."""
        self._line.setPen(look.accent)

    def show(self, x: float | None) -> None:
        """Stand at an x; None stands nowhere."""
        self.x = x
        self.draw()

    def draw(self) -> None:
        """Follow the plot's range and size."""
        if self.x is None:
            self._line.setVisible(False)
            return
        rect = self._plot.frame.rect
        across, within = _across(self._plot, self.x)
        self._line.setVisible(within and self._plot.has_data())
        self._line.setLine(across, rect.top(), across, rect.bottom())


class Guide:
    """The figures of a plot at an x at which the cursor is on another one."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.x: float | None = None

    def show(self, x: float | None) -> None:
        """Tell the figures at an x; None tells nothing."""
        self.x = x
        self.draw()

    def draw(self) -> None:
        """Follow the plot's range, size and data."""
        plot, x = self._plot, self.x
        if x is None or not plot.isVisible() or not plot.has_data():
            plot.readout.hide()
            return
        across, within = _across(plot, x)
        if not within:
            plot.readout.hide()
            return
        where = QPointF(across, plot.frame.rect.center().y())
        heading, readings = plot.read(x, plot.at(where)[1])
        lines = [heading, *map(str, readings)][: plot.most_readings + 1]
        plot.readout.show(where, "\n".join(lines), level=False)
