"""The live figures below a node: an item of its own, so that its node rests while they change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.blit import blank, bucket, drawn, kept, put
from designer.canvas.faces import PLAIN_BELOW
from designer.canvas.geometry import outlined
from designer.canvas.heat import level
from designer.theme import NAMES, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_LENGTHS = 64
"""Lengths of bars that are told apart."""
_GROUNDS = 16 * 2**20
SHORT = 16
"""So many letters fit into the strip whatever they are."""


class StripItem(QGraphicsRectItem):
    """A text, and a bar as long and as hot as a heat; it stands clear of its node's shadow."""

    def __init__(self, parent: QGraphicsItem, room: QRectF) -> None:
        super().__init__(outlined(room), parent)
        self._room = room
        self.text = ""
        self.heat: float | None = None

    def place(self, room: QRectF) -> None:
        """Stand elsewhere."""
        if room != self._room:
            self._room = room
            self.setRect(outlined(room))

    def tell(self, text: str, heat: float | None) -> None:
        """Show other figures."""
        self.text, self.heat = text, heat
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the ground with its bar and, seen from near, the text."""
        name, room = theme().name, self._room
        where = painter.worldTransform()
        zoom = where.m11()
        scale, ratio = bucket(zoom), painter.device().devicePixelRatio()
        bar = None if self.heat is None else round(min(max(self.heat, 0.0), 1.0) * _LENGTHS)
        ground = _ground(name, room.width(), room.height(), bar, scale, ratio)
        put(painter, where, room.x(), room.y(), ground, scale)
        if zoom < PLAIN_BELOW:
            return
        font, ink, measure = _look(name)
        painter.setFont(font)
        painter.setPen(ink)
        if len(self.text) <= SHORT:
            # Cheaper than to have the letters laid out in a room.
            low = room.y() + (room.height() - 4 + measure.ascent() - measure.descent()) / 2
            painter.drawText(QPointF(room.x() + 8, low), self.text)
        else:
            painter.drawText(room.adjusted(8, 0, -8, -4), _LEFT, self.text)


@lru_cache(maxsize=8)
def _look(name: str) -> tuple[QFont, QPen, QFontMetricsF]:
    """Return the letters, their colour and their size in a theme."""
    look = NAMES[name]
    font = look.font("small")
    return font, QPen(look.color("text_muted")), QFontMetricsF(font)


@kept(_GROUNDS)
def _ground(
    name: str, width: float, height: float, bar: int | None, scale: float, ratio: float
) -> QPixmap:
    """Return the ground with its bar, so many of `_LENGTHS` parts long and as hot."""
    look, pixmap = NAMES[name], blank(QSizeF(width, height), scale, ratio)
    with drawn(pixmap, scale) as painter:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("raised"))
        painter.drawRoundedRect(QRectF(0, 0, width, height), 5, 5)
        if bar is not None:
            part = bar / _LENGTHS
            painter.setBrush(look.heat_color(level(part) or 0.0))
            painter.drawRoundedRect(QRectF(0, height - 4, max(4.0, width * part), 4), 2, 2)
    return pixmap
