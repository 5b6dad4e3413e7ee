"""Names and colours of a plot's curves: in a row above the area, or in a column beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene, QGraphicsSimpleTextItem

    from designer.monitor.style import Style

ROW = 16.0
SWATCH = 12.0
WIDEST = 120.0


@dataclass(slots=True)
class Entry:
    """One name with its colour; hidden curves are written faint."""

    name: str
    colour: QColor
    shown: bool = True


class Legend:
    """Words with swatches. It knows which entry lies under a point."""

    def __init__(self, scene: QGraphicsScene, font: QFont, *, column: bool) -> None:
        self._scene, self._font, self.column = scene, font, column
        self._items: list[tuple[QGraphicsRectItem, QGraphicsSimpleTextItem]] = []
        self._places: list[QRectF] = []
        self._entries: Sequence[Entry] = ()
        self._first = 0
        self._widest = WIDEST

    def fit(self, room: float) -> float:
        """Return the room a column needs, of `room` pixels that plot and legend share."""
        if not self.column or not self._entries:
            return 0.0
        metrics = QFontMetricsF(self._font)
        longest = max(metrics.horizontalAdvance(e.name) for e in self._entries)
        self._widest = min(longest + 1, WIDEST, max(0.3 * room - SWATCH, 30.0))
        return self._widest + SWATCH + 18

    @property
    def names(self) -> list[str]:
        """Return the entries' names, seen or scrolled away."""
        return [entry.name for entry in self._entries]

    def set(self, entries: Sequence[Entry]) -> None:
        """Take other entries; `arrange` shows them."""
        self._entries = entries
        self._first = 0

    def arrange(self, area: QRectF, look: Style) -> None:
        """Place the entries around an area."""
        metrics = QFontMetricsF(self._font)
        self._places.clear()
        x, y = (area.right() + 10, area.top()) if self.column else (area.left(), area.top() - 18)
        used = 0
        for index, entry in enumerate(self._entries[self._first :], self._first):
            rest = len(self._entries) - index
            if self.column and y + 2 * ROW > area.bottom() and rest > 1 and used:
                self._put(used, f"+ {rest} more", None, QPointF(x, y), look)
                used += 1
                break
            name = metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, self._widest)
            self._put(used, name, entry, QPointF(x, y), look)
            length = SWATCH + 6 + metrics.horizontalAdvance(name)
            self._places.append(QRectF(x, y, length, ROW))
            used += 1
            x, y = (x, y + ROW) if self.column else (x + length + 16, y)
        for swatch, words in self._items[used:]:
            swatch.setVisible(False)
            words.setVisible(False)

    def find(self, where: QPointF) -> int | None:
        """Return the number of the entry under a point."""
        for index, place in enumerate(self._places, self._first):
            if place.contains(where):
                return index
        return None

    def covers(self, where: QPointF) -> bool:
        """Return whether a point lies in the column."""
        return bool(self.column and self._places and where.x() >= self._places[0].left())

    def scroll(self, rows: int) -> None:
        """Move a column that is longer than its room; `arrange` shows it."""
        self._first = max(0, min(self._first + rows, len(self._entries) - 1))

    def _put(self, slot: int, name: str, entry: Entry | None, at: QPointF, look: Style) -> None:
        if slot == len(self._items):
            swatch = self._scene.addRect(QRectF(0, 0, SWATCH, 4), QPen(Qt.PenStyle.NoPen))
            self._items.append((swatch, self._scene.addSimpleText("", self._font)))
        swatch, words = self._items[slot]
        shown = entry is not None and entry.shown
        swatch.setVisible(entry is not None)
        swatch.setBrush(entry.colour if entry and shown else look.grid)
        swatch.setPos(at + QPointF(0, 6))
        words.setVisible(True)
        words.setText(name)
        words.setBrush(look.text if shown else look.muted)
        words.setPos(at + QPointF(SWATCH + 6, 0))
