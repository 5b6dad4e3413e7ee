"""Icons from `resources/icons`: SVG drawn in the colour asked for, at any pixel ratio."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from designer.theme import contrast

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"
_RATIO = 2.0
_INKS = ("#ffffff", "#12151b")
_CONTRAST = 3.0
"""The least a mark must stand out from its ground (WCAG 2.2 AA)."""


def action_icon(name: str, colour: QColor, disabled: QColor) -> QIcon:
    """Return the icon of a command in the text colour, paler where it is disabled."""
    if not name:
        return QIcon()
    icon = QIcon(_render(f"actions/{name}", colour.name(), 20))
    icon.addPixmap(_render(f"actions/{name}", disabled.name(), 20), QIcon.Mode.Disabled)
    return icon


def pixmap(name: str, colour: QColor, size: int = 20) -> QPixmap:
    """Return an icon by its path under `resources/icons`, without the suffix."""
    return _render(name, colour.name(), size)


@lru_cache(maxsize=512)
def _render(name: str, colour: str, size: int) -> QPixmap:
    image = QPixmap(round(size * _RATIO), round(size * _RATIO))
    image.setDevicePixelRatio(_RATIO)
    image.fill(Qt.GlobalColor.transparent)
    path = ICONS / f"{name}.svg"
    if path.is_file():
        text = path.read_text("utf-8").replace("currentColor", colour)
        renderer = QSvgRenderer(QByteArray(text.encode()))
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
    return image


@lru_cache(maxsize=512)
def tile(spec_id: str, title: str, colour: str, size: int = 24) -> QPixmap:
    """Return a rounded tile in a family's colour that bears the entry's icon or first letters."""
    image = QPixmap(round(size * _RATIO), round(size * _RATIO))
    image.setDevicePixelRatio(_RATIO)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.24, size * 0.24)
    light, dark = _INKS
    ink = light if contrast(QColor(light), QColor(colour)) >= _CONTRAST else dark
    if (ICONS / f"{spec_id}.svg").is_file():
        inner = _render(spec_id, ink, size - 6)
        painter.drawPixmap(3, 3, inner)
    else:
        painter.setPen(QColor(ink))
        font = QFont(painter.font())
        font.setPixelSize(round(size * 0.46))
        font.setBold(True)
        painter.setFont(font)
        letters = "".join(word[0] for word in title.split()[:2]) or "?"
        painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, letters)
    painter.end()
    return image
