"""Names and colours of a plot's curves: in rows above the area, or in a column beside it."""

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
GAP = 6.0
"""Between a swatch and its word."""
APART = 14.0
"""Between two entries of a row."""
EDGE = 10.0
"""Left and right of the rows."""
WIDEST = 120.0
NARROW = 300.0
"""A plot less wide than this has its names above it: a column would take too much of it."""
LOW = 130.0
"""A plot less high than this has one row of names."""
MOST_ROWS = 2


@dataclass(slots=True)
class Entry:
    """One name with its colour; hidden curves are written faint."""

    name: str
    colour: QColor
    shown: bool = True


class Legend:
    """Words with swatches. It knows which entry lies under a point.

    Parameters
    ----------
    column
        True: the names stand beside the area where the plot is wide enough.
    """

    def __init__(self, scene: QGraphicsScene, font: QFont, *, column: bool) -> None:
        self._scene, self._column = scene, column
        self._font, self._metrics = font, QFontMetricsF(font)
        self._items: list[tuple[QGraphicsRectItem, QGraphicsSimpleTextItem]] = []
        self._places: list[QRectF] = []
        self._room = QRectF()
        self._entries: Sequence[Entry] = ()
        self._first = 0
        self._widest = WIDEST
        self._rows = 1
        self._beside = column

    @property
    def names(self) -> list[str]:
        """Return the entries' names, seen or scrolled away."""
        return [entry.name for entry in self._entries]

    def set(self, entries: Sequence[Entry]) -> None:
        """Take other entries; `fit` and `arrange` show them."""
        self._entries = entries
        self._first = 0

    def fit(self, width: float, height: float) -> tuple[float, float]:
        """Return the room the names take above the area and right of it, in a plot so large."""
        self._beside = self._column and width >= NARROW
        if not self._entries:
            return 0.0, 0.0
        if self._beside:
            longest = max(self._metrics.horizontalAdvance(e.name) for e in self._entries)
            self._widest = min(longest + 1, WIDEST, max(0.3 * width - SWATCH, 30.0))
            return 0.0, self._widest + SWATCH + 18
        room = width - 2 * EDGE
        self._widest = min(WIDEST, max(room - SWATCH - GAP, 30.0))
        most = MOST_ROWS if height >= LOW else 1
        self._rows = max(1, min(len(self._flow(self.names[: _most(room)], room)), most))
        return self._rows * ROW, 0.0

    def _flow(self, names: Sequence[str], room: float) -> list[list[float]]:
        """Return, row by row, where the names begin in rows of so many pixels."""
        rows: list[list[float]] = []
        end = 0.0
        for name in names:
            length = self._length(name)
            begin = end + APART
            if not rows or begin + length > room:
                rows.append([])
                begin = 0.0
            rows[-1].append(begin)
            end = begin + length
        return rows

    def arrange(self, area: QRectF, width: float, look: Style) -> None:
        """Place the entries around an area of a plot so wide."""
        self._places.clear()
        if self._beside:
            left, top = area.right() + 10, area.top()
            self._room = QRectF(left, top, width - left, area.height())
            spots = [QPointF(left, top + ROW * row) for row in range(int(area.height() // ROW))]
        else:
            left, top = EDGE, area.top() - self._rows * ROW - 2
            self._room = QRectF(0.0, top, width, self._rows * ROW)
            spots = self._spots(left, top, width - 2 * EDGE)
        entries = self._entries[self._first :]
        shown = len(entries) if len(entries) <= len(spots) else max(len(spots) - 1, 0)
        for slot, (entry, at) in enumerate(zip(entries[:shown], spots, strict=False)):
            self._put(slot, self._short(entry.name), entry, at, look)
            self._places.append(QRectF(at.x(), at.y(), self._length(entry.name), ROW))
        if shown < len(entries) and spots:
            self._put(shown, f"+ {len(entries) - shown} more", None, spots[shown], look)
            shown += 1
        for swatch, words in self._items[shown:]:
            swatch.setVisible(False)
            words.setVisible(False)

    def _spots(self, left: float, top: float, room: float) -> list[QPointF]:
        """Return where the entries begin; where not all find room, the last is for a count."""
        names = self.names[self._first :]
        for count in range(min(len(names), _most(room) * self._rows), -1, -1):
            rest = [] if count == len(names) else [f"+ {len(names) - count} more"]
            rows = self._flow([*names[:count], *rest], room)
            if len(rows) <= self._rows:
                places = enumerate(rows)
                return [QPointF(left + x, top + ROW * row) for row, xs in places for x in xs]
        return []

    def _length(self, name: str) -> float:
        return SWATCH + GAP + self._metrics.horizontalAdvance(self._short(name))

    def _short(self, name: str) -> str:
        return self._metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self._widest)

    def find(self, where: QPointF) -> int | None:
        """Return the number of the entry under a point."""
        for index, place in enumerate(self._places, self._first):
            if place.contains(where):
                return index
        return None

    def covers(self, where: QPointF) -> bool:
        """Return whether the wheel at a point moves the names: there are some that find no room."""
        hidden = self._first > 0 or len(self._places) < len(self._entries)
        return bool(self._entries) and hidden and self._room.contains(where)

    def scroll(self, rows: int) -> None:
        """Move names that find no room into view; `arrange` shows them."""
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
        words.setPos(at + QPointF(SWATCH + GAP, 0))


def _most(room: float) -> int:
    """Return more names than a row of so many pixels holds."""
    return int(room // (SWATCH + GAP)) + 1
