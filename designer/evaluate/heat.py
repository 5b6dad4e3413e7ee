"""A table of counts as colours, of which a cell can be picked by mouse or keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer import theme
from designer.monitor.style import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent

WIDEST = 110.0
"""What names beside the rows may take, in pixels."""
TITLE = 17.0
EDGE = 6.0
LEAST = 1.0
"""Side of a cell in pixels, at least."""


READABLE = 9
"""Pixels of the smallest words; smaller cells have none."""


class HeatMap(QWidget):
    """Rows are actual, columns predicted classes."""

    cellPicked = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("evaluate.heat")
        self.setAccessibleName("Confusion matrix: rows are actual, columns predicted classes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(190, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._values: NDArray[np.floating] = np.zeros((0, 0))
        self._words: list[list[str]] = []
        self._counts: NDArray[np.integer] = np.zeros((0, 0), int)
        self._names: Sequence[str] = ()
        self.picked: tuple[int, int] | None = None

    def show_matrix(
        self, counts: NDArray[np.integer], shares: NDArray[np.floating] | None, names: Sequence[str]
    ) -> None:
        """Show counts, or shares with the counts in the tool tips."""
        self._counts, self._names = counts, names
        self._values = counts.astype(float) if shares is None else shares
        rows = self._values.tolist()
        self._words = [[f"{v:,.0f}" if shares is None else _share(v) for v in row] for row in rows]
        if self.picked is not None and max(self.picked) >= len(counts):
            self.picked = None
        self.update()

    # -- geometry

    def _room(self) -> tuple[QRectF, float, float]:
        """Return the area of the cells, and their width and height."""
        metrics = QFontMetricsF(theme.theme().font("small"))
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        left = TITLE + min(widest, WIDEST) + 2 * EDGE
        top = TITLE + metrics.height() + EDGE
        area = QRectF(left, top, self.width() - left - EDGE, self.height() - top - EDGE)
        count = max(len(self._values), 1)
        wide, high = max(area.width() / count, LEAST), max(area.height() / count, LEAST)
        return area, min(wide, 2.6 * high), high

    def cell_at(self, where: QPointF) -> tuple[int, int] | None:
        """Return the cell at a place."""
        area, wide, high = self._room()
        row = int((where.y() - area.top()) // high)
        column = int((where.x() - area.left()) // wide)
        count = len(self._values)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint cells, names and titles."""
        if not len(self._values):
            return
        painter = QPainter(self)
        painter.setFont(theme.theme().font("small"))
        area, wide, high = self._room()
        self._paint_names(painter, area, wide, high)
        self._paint_cells(painter, area, wide, high)

    def _paint_names(self, painter: QPainter, area: QRectF, wide: float, high: float) -> None:
        look, flag = style(), Qt.AlignmentFlag
        metrics = QFontMetricsF(painter.font())
        painter.setPen(look.muted)
        count = len(self._values)
        across = QRectF(area.left(), 0, wide * count, TITLE)
        painter.drawText(across, int(flag.AlignCenter), "Predicted")
        painter.save()
        painter.translate(0, area.top() + high * count)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, high * count, TITLE), int(flag.AlignCenter), "Actual")
        painter.restore()
        painter.setPen(look.text)
        right = Qt.TextElideMode.ElideRight
        every = max(1, math.ceil(0.75 * metrics.height() / high))
        for n in range(0, count, every):
            name = metrics.elidedText(self._names[n], right, area.left() - TITLE - 2 * EDGE)
            place = QRectF(TITLE, area.top() + n * high, area.left() - TITLE - EDGE, high * every)
            painter.drawText(place, int(flag.AlignRight | flag.AlignVCenter), name)
        every = max(1, round(18 / wide + 0.49)) if wide < 18 else 1
        for n in range(0, count, every):
            name = metrics.elidedText(self._names[n], right, wide * every - 3)
            place = QRectF(area.left() + n * wide, TITLE, wide * every, area.top() - TITLE)
            painter.drawText(place, int(flag.AlignCenter), name)

    def _paint_cells(self, painter: QPainter, area: QRectF, wide: float, high: float) -> None:
        look, count = style(), len(self._values)
        most = float(self._values.max()) or 1.0
        font = painter.font()
        font.setPixelSize(max(min(font.pixelSize(), math.floor(high) - 1), 1))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        longest = max((metrics.horizontalAdvance(w) for row in self._words for w in row), default=0)
        worded = longest + 4 <= wide and font.pixelSize() >= READABLE
        for row in range(count):
            for column in range(count):
                value = float(self._values[row, column]) / most
                colour = look.ramp[min(round(math.sqrt(value) * 255), 255)]
                box = QRectF(area.left() + column * wide, area.top() + row * high, wide, high)
                painter.fillRect(box.adjusted(0, 0, -1, -1) if high > 6 else box, colour)
                if worded:
                    inks = sorted((look.text, look.paper), key=lambda i: theme.contrast(i, colour))
                    painter.setPen(inks[-1] if self._counts[row, column] else look.muted)
                    word = self._words[row][column]
                    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), word)
        if self.picked is not None:
            row, column = self.picked
            painter.setPen(QPen(look.accent, 2))
            box = QRectF(area.left() + column * wide, area.top() + row * high, wide, high)
            painter.drawRect(box.adjusted(0, 0, -1, -1))

    # -- picking

    def pick(self, row: int, column: int) -> None:
        """Choose a cell."""
        self.picked = (row, column)
        self.setAccessibleDescription(self.words(row, column))
        self.update()
        self.cellPicked.emit(row, column)

    def words(self, row: int, column: int) -> str:
        """Return what a cell says, in words."""
        count = int(self._counts[row, column])
        what = "samples" if count != 1 else "sample"
        share = count / max(int(self._counts[row].sum()), 1)
        return (
            f"{count:,} {what} of {_called(self._names[row])} taken for "
            f"{_called(self._names[column])} ({share:.1%} of them)"
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.pick(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the cells."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._values):
            super().keyPressEvent(event)
            return
        last = len(self._values) - 1
        row, column = self.picked or (0, 0)
        if self.picked is not None:
            row, column = row + step[0], column + step[1]
        self.pick(min(max(row, 0), last), min(max(column, 0), last))

    def event(self, event: object) -> bool:
        """Tell what the cell under the mouse holds."""
        from PySide6.QtCore import QEvent

        assert isinstance(event, QEvent)
        if event.type() == QEvent.Type.ToolTip and len(self._values):
            return self._tip(event)  # pyright: ignore[reportArgumentType]
        return super().event(event)

    def _tip(self, event: QHelpEvent) -> bool:
        cell = self.cell_at(QPointF(event.pos()))
        QToolTip.showText(event.globalPos(), self.words(*cell) if cell else "", self)
        return True


def _called(name: str) -> str:
    """Return a class's name, so that a bare number is known for one."""
    return f"class {name}" if name.isdecimal() else f"“{name}”"


def _share(value: float) -> str:
    """Return a share in as few signs as it takes."""
    return "0" if value == 0 else f"{100 * value:.0f}%" if value >= 0.095 else f"{100 * value:.1f}%"
