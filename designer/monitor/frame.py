"""The furniture of a plot: paper, grid, ticks with words, titles, and the readout at the cursor.

All of it is made of C++ items, touched only when a range or the size changes, or by the mouse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
)

from designer.monitor.axes import Scale, ticks

if TYPE_CHECKING:
    from designer.monitor.style import Style


class Frame:
    """Axes around an area that clips what is drawn in it.

    Parameters
    ----------
    scene
        Where the items live; it owns them.
    font
        For every word.
    empty
        What is written across the area while there is nothing to show.
    """

    def __init__(self, scene: QGraphicsScene, font: QFont, empty: str) -> None:
        self._scene, self.font = scene, font
        self.narrow = False
        """True: there is no room for the title of the y axis."""
        self._paper = scene.addRect(QRectF(), QPen(Qt.PenStyle.NoPen))
        self._paper.setZValue(-3)
        self._grid = scene.addPath(QPainterPath())
        self._grid.setZValue(-2)
        self.area: QGraphicsRectItem = scene.addRect(QRectF(), QPen(Qt.PenStyle.NoPen))
        self.area.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self._lines = scene.addPath(QPainterPath())
        self._lines.setZValue(3)
        self._x_words: list[QGraphicsSimpleTextItem] = []
        self._y_words: list[QGraphicsSimpleTextItem] = []
        self._x_title = self._text()
        self._y_title = self._text()
        self._y_title.setRotation(-90)
        self.empty = self._text(empty)

    @property
    def rect(self) -> QRectF:
        """Return the area's place in the scene."""
        return self.area.rect()

    def restyle(self, look: Style) -> None:
        """Take colours."""
        self._look = look
        self._paper.setBrush(look.paper)
        self._grid.setPen(QPen(look.grid, 0))
        self.mark(focused=False)
        for item in (*self._x_words, *self._y_words):
            item.setBrush(look.muted)
        for item in (self._x_title, self._y_title, self.empty):
            item.setBrush(look.muted)

    def mark(self, *, focused: bool) -> None:
        """Show whether the keys go here."""
        self._lines.setPen(QPen(self._look.accent if focused else self._look.axis, 0))

    def place(self, rect: QRectF) -> None:
        """Put the area somewhere."""
        self.area.setRect(rect)
        self._paper.setRect(rect)

    def label(self, x: Scale, y: Scale, *, full: bool) -> None:
        """Set ticks, their words, the grid and the titles; an empty plot has titles only."""
        rect = self.rect
        metrics = QFontMetricsF(self.font)
        grid, lines = QPainterPath(), QPainterPath(rect.topLeft())
        lines.lineTo(rect.bottomLeft())
        lines.lineTo(rect.bottomRight())
        values, words = ticks(x, int(rect.width() // 56)) if full else ([], [])
        where = rect.left() + x.place(np.array(values)) * rect.width()
        items = self._pool(self._x_words, len(words))
        for item, word, px in zip(items, words, where.tolist(), strict=True):
            _segment(grid, px, rect.top(), px, rect.bottom())
            _segment(lines, px, rect.bottom(), px, rect.bottom() + 4)
            item.setText(word)
            item.setPos(px - metrics.horizontalAdvance(word) / 2, rect.bottom() + 4)
        values, words = ticks(y, int(rect.height() // 30)) if full else ([], [])
        where = rect.bottom() - y.place(np.array(values)) * rect.height()
        items = self._pool(self._y_words, len(words))
        for item, word, py in zip(items, words, where.tolist(), strict=True):
            _segment(grid, rect.left(), py, rect.right(), py)
            _segment(lines, rect.left() - 4, py, rect.left(), py)
            item.setText(word)
            across = rect.left() - 7 - metrics.horizontalAdvance(word)
            item.setPos(across, py - metrics.height() / 2)
        self._grid.setPath(grid)
        self._lines.setPath(lines)
        self._titles(x.label, y.label, rect)

    def _titles(self, x: str, y: str, rect: QRectF) -> None:
        self._x_title.setText(x)
        size = self._x_title.boundingRect()
        self._x_title.setPos(rect.center().x() - size.width() / 2, rect.bottom() + 19)
        self._y_title.setText("" if self.narrow else y)
        size = self._y_title.boundingRect()
        self._y_title.setPos(1, rect.center().y() + size.width() / 2)
        size = self.empty.boundingRect()
        self.empty.setPos(rect.center() - QPointF(size.width() / 2, size.height() / 2))

    def _text(self, words: str = "") -> QGraphicsSimpleTextItem:
        item = self._scene.addSimpleText(words, self.font)
        item.setZValue(4)
        return item

    def _pool(
        self, items: list[QGraphicsSimpleTextItem], count: int
    ) -> list[QGraphicsSimpleTextItem]:
        while len(items) < count:
            item = self._text()
            item.setBrush(self._look.muted)
            items.append(item)
        for index, item in enumerate(items):
            item.setVisible(index < count)
        return items[:count]


def _segment(path: QPainterPath, x0: float, y0: float, x1: float, y1: float) -> None:
    path.moveTo(x0, y0)
    path.lineTo(x1, y1)


class Readout:
    """A cross hair over an area and a box of words beside it."""

    def __init__(self, scene: QGraphicsScene, area: QGraphicsRectItem, font: QFont) -> None:
        self._area = area
        self._cross = QGraphicsPathItem(area)
        self._cross.setZValue(8)
        self._box = scene.addRect(QRectF())
        self._box.setZValue(9)
        self._words = QGraphicsSimpleTextItem(self._box)
        self._words.setFont(font)
        self._words.setPos(6, 4)
        self.hide()

    @property
    def text(self) -> str:
        """Return what is shown; nothing while hidden."""
        return self._words.text() if self._box.isVisible() else ""

    def restyle(self, look: Style) -> None:
        """Take colours."""
        self._cross.setPen(QPen(look.muted, 0))
        self._box.setPen(QPen(look.axis, 0))
        self._box.setBrush(look.panel)
        self._words.setBrush(look.text)

    def hide(self) -> None:
        """Show nothing."""
        self._cross.setVisible(False)
        self._box.setVisible(False)

    def show(self, where: QPointF, words: str, *, level: bool = True) -> None:
        """Show the cross at a place, and the words beside it; its level line only if asked for."""
        rect = self._area.rect()
        cross = QPainterPath()
        _segment(cross, where.x(), rect.top(), where.x(), rect.bottom())
        if level:
            _segment(cross, rect.left(), where.y(), rect.right(), where.y())
        self._cross.setPath(cross)
        self._words.setText(words)
        size = self._words.boundingRect()
        box = QRectF(0, 0, size.width() + 12, size.height() + 8)
        self._box.setRect(box)
        left = where.x() + 12
        if left + box.width() > rect.right():
            left = where.x() - 12 - box.width()
        top = min(max(where.y() - box.height() / 2, rect.top()), rect.bottom() - box.height())
        self._box.setPos(max(0.0, left), max(0.0, top))
        self._cross.setVisible(True)
        self._box.setVisible(True)
