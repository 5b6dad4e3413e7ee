"""The fields of an unfolded repeat: each copy with its number, what leaves it, and its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from designer.canvas.geometry import LISTED
from designer.theme import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QPainter

    from designer.canvas.geometry import Outline
    from designer.theme import Theme

_NUMBER = 26.0


def paint(
    painter: QPainter,
    outline: Outline,
    words: Sequence[str],
    live: Mapping[int, tuple[str, float | None]],
) -> None:
    """Draw a field for each copy; the painter stands at the node's corner.

    A copy shows its live figure over its heat, or else what leaves it.
    """
    look = theme()
    painter.setFont(look.font("small"))
    listed = outline.copies <= LISTED
    for copy in range(outline.copies):
        room = outline.copy_room(copy)
        text, heat = live.get(copy, ("", None))
        _ground(painter, look, room, heat)
        if listed:
            _row(painter, look, room, str(copy + 1), text or words[copy])


def _ground(painter: QPainter, look: Theme, room: QRectF, heat: float | None) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color("hover"))
    painter.drawRoundedRect(room, 3, 3)
    if heat is None:
        return
    fill = QColor(look.heat_color(heat))
    part = min(max(heat, 0.04), 1.0)
    if room.width() > 60:
        fill.setAlphaF(0.55)
        painter.setBrush(fill)
        painter.drawRoundedRect(
            QRectF(room.x(), room.y(), room.width() * part, room.height()), 3, 3
        )
    else:
        painter.setBrush(fill)
        painter.drawRoundedRect(room, 3, 3)


def _row(painter: QPainter, look: Theme, room: QRectF, number: str, text: str) -> None:
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(look.color("text_muted"))
    left = QRectF(room.x() + 6, room.y(), _NUMBER, room.height())
    painter.drawText(left, int(middle | Qt.AlignmentFlag.AlignLeft), number)
    painter.setPen(look.color("text"))
    rest = room.adjusted(_NUMBER, 0, -6, 0)
    painter.drawText(rest, int(middle | Qt.AlignmentFlag.AlignRight), text)
