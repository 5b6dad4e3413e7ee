"""Plots over the same run move together: one range of steps, one cursor, one marked moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from designer.monitor.plot import Plot


class Links(QObject):
    """Ties plots whose x is time. `on` says whether a range that is chosen on one is for all."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.on = True
        self._plots: list[Plot] = []

    def add(self, plot: Plot) -> None:
        """Tie one more plot."""
        self._plots.append(plot)
        plot.pointed.connect(self._point)
        plot.ranged.connect(self._range)

    def set_on(self, on: bool) -> None:
        """Tie ranges, or let each plot have its own."""
        self.on = on

    def show_moment(self, step: float | None) -> None:
        """Mark a step on all of them; None marks nothing."""
        for plot in self._plots:
            unit = plot.unit()
            plot.moment.show(step / unit if step is not None and unit else None)

    def _others(self, plot: Plot) -> Iterator[tuple[Plot, float]]:
        """Yield the other plots, and how many of their units one of this plot's is."""
        unit = plot.unit()
        if unit is None:
            return
        for other in self._plots:
            theirs = other.unit()
            if other is not plot and theirs:
                yield other, unit / theirs

    def _point(self, x: float | None) -> None:
        plot = cast("Plot", self.sender())
        for other, share in self._others(plot):
            if other.isVisible():
                other.guide.show(None if x is None else x * share)

    def _range(self) -> None:
        if not self.on:
            return
        plot = cast("Plot", self.sender())
        axis = plot.x_axis
        for other, share in self._others(plot):
            other.set_x(None if axis.auto else (axis.low * share, axis.high * share))
