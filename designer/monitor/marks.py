"""Upright lines with a few words each: what happened to a run, where it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsSimpleTextItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.monitor.plot import Plot
    from designer.monitor.style import Style

WIDEST = 150.0
ROWS = 3
"""Neighbouring words stand on as many different heights."""


class Marks:
    """The marks of a plot."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._line = QGraphicsPathItem(plot.frame.area)
        self._line.setZValue(5)
        self._words: list[QGraphicsSimpleTextItem] = []

    @property
    def texts(self) -> list[str]:
        """Return the words that can be seen."""
        return [item.text() for item in self._words if item.isVisible()]

    def restyle(self, look: Style) -> None:
        """Take colours."""
        self._line.setPen(QPen(look.text, 0, Qt.PenStyle.DashLine))
        for item in self._words:
            item.setBrush(look.text)

    def draw(self, marks: Sequence[tuple[float, str]]) -> None:
        """Show those that lie in the shown range."""
        rect = self._plot.frame.rect
        shares = self._plot.x_axis.place(np.array([x for x, _ in marks], np.float64)).tolist()
        shown = [(p, text) for p, (_, text) in zip(shares, marks, strict=True) if 0 <= p <= 1]
        path = QPainterPath()
        for number, (share, text) in enumerate(shown):
            x = rect.left() + share * rect.width()
            path.moveTo(x, rect.top())
            path.lineTo(x, rect.bottom())
            self._put(number, text, x)
        self._line.setPath(path)
        for item in self._words[len(shown) :]:
            item.setVisible(False)

    def _put(self, number: int, text: str, x: float) -> None:
        if number == len(self._words):
            item = QGraphicsSimpleTextItem(self._plot.frame.area)
            item.setFont(self._plot.frame.font)
            item.setBrush(self._plot.look.text)
            item.setZValue(5)
            self._words.append(item)
        item, rect = self._words[number], self._plot.frame.rect
        metrics = QFontMetricsF(item.font())
        item.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, WIDEST))
        width = item.boundingRect().width()
        left = x + 4 if x + 4 + width <= rect.right() else x - 4 - width
        item.setPos(left, rect.top() + 2 + number % ROWS * metrics.height())
        item.setVisible(True)
