"""The whole network on show as a picture, PNG or SVG: drawn as lines and words, no selection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from designer.canvas import faces
from designer.canvas.viewport import label_size, paint_label
from designer.theme import theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from designer.canvas.node_item import NodeItem
    from designer.canvas.note_item import NoteItem
    from designer.canvas.scene import CanvasScene

MOST = 16_000
"""Pixels of the longer side of a PNG; a larger network is drawn smaller."""
_EDGE = 24.0


def area(scene: CanvasScene) -> QRectF:
    """Return what a picture shows: everything, with an edge around."""
    scene.settle()
    rect = scene.bounds()
    for wire in scene.wires.values():
        rect = rect.united(wire.path().boundingRect())
    return rect.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)


def png(scene: CanvasScene, notes: Iterable[NoteItem], scale: float = 2.0) -> bytes:
    """Return a PNG of the network at so many pixels for each of the canvas."""
    rect = area(scene)
    scale = min(scale, MOST / max(rect.width(), rect.height()))
    image = QImage(
        math.ceil(rect.width() * scale),
        math.ceil(rect.height() * scale),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(theme().color("canvas"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.translate(-rect.topLeft())
    _paint(scene, notes, painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    buffer.close()
    return bytes(data.data())


def svg(scene: CanvasScene, notes: Iterable[NoteItem], title: str) -> bytes:
    """Return an SVG of the network; every line and word of it can be taken on in a drawing."""
    from PySide6.QtSvg import QSvgGenerator

    rect = area(scene)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(QSize(math.ceil(rect.width()), math.ceil(rect.height())))
    made.setViewBox(QRectF(0, 0, rect.width(), rect.height()))
    made.setTitle(title)
    painter = QPainter(made)
    painter.fillRect(QRectF(0, 0, rect.width(), rect.height()), theme().color("canvas"))
    painter.translate(-rect.topLeft())
    _paint(scene, notes, painter)
    painter.end()
    buffer.close()
    return bytes(data.data())


def of_node(item: NodeItem, ratio: float) -> QPixmap:
    """Return the picture of one node, half as large as it is at 100 %."""
    body = item.outline.body
    pixmap = QPixmap(math.ceil(body.width() * ratio / 2), math.ceil(body.height() * ratio / 2))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(0.5, 0.5)
    faces.draw(painter, item.face, theme())
    painter.end()
    return pixmap


def _paint(scene: CanvasScene, notes: Iterable[NoteItem], painter: QPainter) -> None:
    look = theme()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    for note in sorted(notes, key=lambda item: item.zValue()):
        painter.save()
        painter.translate(note.pos())
        note.draw(painter, marked=False)
        painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in scene.wires.values():
        color = look.color("error" if wire.wrong else "wire")
        painter.setPen(QPen(color, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(wire.path())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for dot in wire.bends:
            painter.drawEllipse(dot, 5.0, 5.0)
    for item in scene.nodes.values():
        painter.save()
        painter.translate(item.pos())
        faces.draw(painter, item.face, look)
        painter.restore()
    for wire in scene.wires.values():
        size = label_size(wire.label)
        if wire.label and size.width() <= wire.length - 20:
            corner = wire.middle - QPointF(size.width() / 2, size.height() / 2)
            paint_label(painter, QRectF(corner, size), wire.label)
