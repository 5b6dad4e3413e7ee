"""Marks on nodes: ports, badges and icons of entries."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtSvg import QSvgRenderer

from designer.canvas.geometry import PORT

if TYPE_CHECKING:
    from designer.theme import Theme

ICONS = Path(__file__).resolve().parents[2] / "resources" / "icons"


def draw_port(painter: QPainter, look: Theme, color: QColor, at: QPointF, wired: bool) -> None:
    """Draw a port: filled when a wire ends in it, a ring when it is free."""
    painter.setPen(QPen(look.color("canvas"), 2.0))
    painter.setBrush(color if wired else look.color("raised"))
    painter.drawEllipse(at, PORT + 1, PORT + 1)
    if not wired:
        painter.setPen(QPen(color, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, PORT - 1, PORT - 1)


def draw_badge(painter: QPainter, look: Theme, kind: str, at: QPointF, size: float) -> None:
    """Draw a mark: a disc for an error, a triangle for a warning, each with an exclamation mark."""
    if kind == "lock":
        _draw_lock(painter, look, at, size)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color(kind))
    x, y = at.x(), at.y()
    if kind == "error":
        painter.drawEllipse(at, size, size)
    else:
        corners = (QPointF(x, y - size), QPointF(x + size, y + size * 0.8))
        painter.drawPolygon(QPolygonF([*corners, QPointF(x - size, y + size * 0.8)]))
        y += size * 0.15
    painter.setBrush(look.color("surface"))
    painter.drawRoundedRect(
        QRectF(x - size * 0.13, y - size * 0.55, size * 0.26, size * 0.65), 1, 1
    )
    painter.drawEllipse(QPointF(x, y + size * 0.42), size * 0.16, size * 0.16)


def _draw_lock(painter: QPainter, look: Theme, at: QPointF, size: float) -> None:
    """Draw a padlock."""
    colour = look.color("warning")
    painter.setPen(QPen(colour, size * 0.26))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    bow = QRectF(at.x() - size * 0.5, at.y() - size * 0.95, size, size * 1.2)
    painter.drawArc(bow, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    body = QRectF(at.x() - size * 0.8, at.y() - size * 0.3, size * 1.6, size * 1.2)
    painter.drawRoundedRect(body, size * 0.2, size * 0.2)


def badge_pixmap(look: Theme, kind: str, size: int) -> QPixmap:
    """Return the mark for an error or a warning by itself."""
    ratio = 2.0
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_badge(painter, look, kind, QPointF(size / 2, size / 2), size / 2 - 0.5)
    painter.end()
    return pixmap


@lru_cache(maxsize=512)
def _icon(spec: str, color: str, folder: str) -> QSvgRenderer | None:
    path = ICONS / folder / f"{Path(spec).name}.svg"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").replace("currentColor", color)
    return QSvgRenderer(QByteArray(text.encode()))


def draw_icon(painter: QPainter, spec: str, color: QColor, room: QRectF, folder: str = "") -> bool:
    """Draw an entry's icon, or one of another folder; return whether there is one."""
    icon = _icon(spec, color.name(), folder)
    if icon is None:
        return False
    icon.render(painter, room)
    return True
