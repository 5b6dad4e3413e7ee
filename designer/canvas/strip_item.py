"""The live figures below a node: an item of its own, so that its node rests while they change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.faces import PLAIN_BELOW
from designer.canvas.heat import level
from designer.theme import NAMES, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class StripItem(QGraphicsItem):
    """A text, and a bar as long and as hot as a heat; it stands clear of its node's shadow."""

    def __init__(self, parent: QGraphicsItem, room: QRectF) -> None:
        super().__init__(parent)
        self._room = room
        self.text = ""
        self.heat: float | None = None

    def place(self, room: QRectF) -> None:
        """Stand elsewhere."""
        if room != self._room:
            self.prepareGeometryChange()
            self._room = room

    def tell(self, text: str, heat: float | None) -> None:
        """Show other figures."""
        self.text, self.heat = text, heat
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the strip."""
        return self._room

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the ground, the bar and, seen from near, the text."""
        name, strip = theme().name, self._room
        ground, font, ink = _look(name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(strip, 5, 5)
        if self.heat is not None:
            long = max(4.0, strip.width() * min(max(self.heat, 0.0), 1.0))
            painter.setBrush(_hot(name, level(self.heat) or 0.0))
            painter.drawRoundedRect(QRectF(strip.x(), strip.bottom() - 4, long, 4), 2, 2)
        if painter.worldTransform().m11() >= PLAIN_BELOW:
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(strip.adjusted(8, 0, -8, -4), _LEFT, self.text)


@lru_cache(maxsize=8)
def _look(name: str) -> tuple[QBrush, QFont, QPen]:
    """Return the ground, the letters and their colour in a theme."""
    look = NAMES[name]
    return QBrush(look.color("raised")), look.font("small"), QPen(look.color("text_muted"))


@lru_cache(maxsize=64)
def _hot(name: str, step: float) -> QBrush:
    return QBrush(NAMES[name].heat_color(step))
