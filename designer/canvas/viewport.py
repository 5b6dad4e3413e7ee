"""How the canvas is looked at: zoom, pan, framing, the dotted ground and the labels on wires."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QRegion,
    QTransform,
)
from PySide6.QtWidgets import QFrame, QGraphicsView

from designer.canvas.blit import blank, bucket, drawn, kept
from designer.canvas.geometry import GRID
from designer.canvas.overview import THRESHOLD, Overview
from designer.canvas.wire_item import LABEL
from designer.theme import NAMES, theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene

LEAST, MOST = 0.05, 4.0
FLOOR = 0.005
"""How far a network may be that is too large to be seen whole at `LEAST`."""
_EDGE = 16
_LABELS_FROM = 0.6
_LABELS, _GROUNDS = 8 * 2**20, 32 * 2**20
"""Bytes of labels and grounds that are remembered."""
_WORLD = QRectF(-1.1e6, -1.1e6, 2.2e6, 2.2e6)
_NOTCH = 480.0
"""Wheel delta that doubles the zoom: four notches, so that the steps meet the faces' buckets."""


class Viewport(QGraphicsView):
    """A view of the canvas that can be moved and zoomed; the mouse is not its matter."""

    viewMoved = Signal()
    """What is seen has changed: by zoom, pan or a new size."""

    def __init__(self, scene: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.canvas = scene
        self.overview = Overview(scene)
        self._exposed = QRegion()
        """What is painted now, in the viewport."""
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(off)
        self.setVerticalScrollBarPolicy(off)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.repaint_as_one(False)
        self.setOptimizationFlags(
            QGraphicsView.OptimizationFlag.DontSavePainterState
            | QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing
        )
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setSceneRect(_WORLD)
        self.centerOn(0.0, 0.0)

    # -- where it looks

    @property
    def zoom(self) -> float:
        """Return the scale: 1 is a scene pixel on a screen pixel."""
        return self.transform().m11()

    def seen(self) -> QRectF:
        """Return the part of the scene that is in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def at(self, place: QPoint) -> QPointF:
        """Return the place in the scene under a place of the viewport."""
        return self.mapToScene(place)

    def zoom_by(self, factor: float, anchor: QPoint | None = None) -> None:
        """Zoom, keeping what is under `anchor` (a viewport place; its middle if None) there."""
        # One that was framed from further away comes no nearer by zooming out.
        least = min(self.zoom, LEAST)
        self.zoom_to(min(max(self.zoom * factor, least), MOST), anchor)

    def zoom_to(self, zoom: float, anchor: QPoint | None = None) -> None:
        """Set the scale; one within a hundredth of a face's bucket becomes that bucket."""
        near = 2.0 ** (round(math.log2(zoom) * 4) / 4)
        zoom = near if abs(zoom / near - 1) < 0.01 else zoom
        place = QPointF(anchor if anchor is not None else self.viewport().rect().center())
        held = self._exact(place)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        shift = self.viewportTransform().map(held) - place
        self.pan(QPointF(-shift))
        self.viewMoved.emit()

    def _exact(self, place: QPointF) -> QPointF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(place)

    def pan(self, by: QPointF) -> None:
        """Move the picture by so many pixels."""
        across, along = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(by.x()))
        along.setValue(along.value() - round(by.y()))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Scroll, and tell what lies over the canvas."""
        super().scrollContentsBy(dx, dy)
        self.viewMoved.emit()

    def frame(self, node_ids: Iterable[str] | None = None) -> None:
        """Bring some nodes, or all of them, into view, no larger than they are at 100 %."""
        rect = self.canvas.bounds(node_ids)
        if rect.isEmpty():
            self.setTransform(QTransform())
            self.centerOn(0.0, 0.0)
            self.viewMoved.emit()
            return
        room = self.viewport().size()
        fit = min(
            max(room.width() - 2 * _EDGE, 50) / rect.width(),
            max(room.height() - 2 * _EDGE, 50) / rect.height(),
        )
        zoom = min(max(fit, FLOOR), 1.0)
        if zoom >= THRESHOLD:
            # Down to a bucket, so that faces are drawn pixel for pixel.
            zoom = max(2.0 ** (math.floor(math.log2(zoom) * 4 + 1e-6) / 4), THRESHOLD)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(rect.center())
        self.viewMoved.emit()

    # -- how it is drawn

    def repaint_as_one(self, on: bool) -> None:
        """Repaint one rectangle around all that changes, or each change alone.

        One is quicker where changes lie together, as under a drag: twice, measured. Each alone is
        quicker for live figures, which lie all over the view.
        """
        mode = QGraphicsView.ViewportUpdateMode
        self.setViewportUpdateMode(
            mode.BoundingRectViewportUpdate if on else mode.MinimalViewportUpdate
        )

    @property
    def far(self) -> bool:
        """Return whether the network is seen from so far that it is drawn in one go."""
        return self.zoom < THRESHOLD

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw items, or from afar the whole network in a few calls."""
        if not self.far:
            self.canvas.settle()
            self._exposed = event.region()
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().color("canvas"))
        painter.setWorldTransform(self.viewportTransform())
        self.paint_notes(painter)
        self.overview.paint(painter, self.zoom)
        painter.end()

    def paint_notes(self, painter: QPainter) -> None:
        """Draw what lies behind the nodes, seen from afar."""

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw the ground and its dots, which keep a distance of 16 to 32 pixels at any zoom."""
        world = painter.worldTransform()
        step = GRID * world.m11()
        while step < 16:
            step *= 2
        while step > 48:
            step /= 2
        ratio = painter.device().devicePixelRatio()
        room = self.viewport().size()
        ground = _ground(theme().name, step, room.width(), room.height(), ratio)
        x, y = world.dx() % step - step, world.dy() % step - step
        painter.resetTransform()
        # Drawn once for a zoom: moving about copies it.
        painter.drawPixmap(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), ground)
        painter.setWorldTransform(world)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Write the shapes of tensors on the wires in view, from pixmaps."""
        world = painter.worldTransform()
        zoom = world.m11()
        if zoom < _LABELS_FROM:
            return
        area = QRectF(rect).adjusted(LABEL.left(), LABEL.top(), LABEL.right(), LABEL.bottom())
        ratio, scale, name = self.devicePixelRatioF(), min(bucket(zoom), 1.5), theme().name
        across, down = math.ceil(LABEL.width() * zoom) + 2, math.ceil(LABEL.height() * zoom) + 2
        exposed = self._exposed
        painter.setOpacity(1.0)
        painter.resetTransform()
        for wire in self.canvas.wires_in(area):
            if not wire.label or wire.faded:
                continue
            spot = world.map(wire.middle)
            x, y = spot.x(), spot.y()
            # Most of a network rests while live figures change: only what is exposed is drawn.
            room = QRect(int(x) - across // 2, int(y) - down // 2, across, down)
            if not exposed.intersects(room):
                continue
            pixmap = _label(wire.label, name, scale, ratio)
            width, height = pixmap.width() / ratio, pixmap.height() / ratio
            if width > wire.length * zoom - 20:
                continue
            x = round((x - width / 2) * ratio) / ratio
            y = round((y - height / 2) * ratio) / ratio
            painter.drawPixmap(QPointF(x, y), pixmap)
        painter.setWorldTransform(world)


@kept(_GROUNDS)
def _ground(name: str, step: float, width: int, height: int, ratio: float) -> QPixmap:
    """Return dots on the ground, a step more to each side than fits into a room."""
    look = NAMES[name]
    across, down = math.ceil(width / step) + 2, math.ceil(height / step) + 2
    ground = QPixmap(math.ceil(across * step * ratio), math.ceil(down * step * ratio))
    ground.setDevicePixelRatio(ratio)
    ground.fill(look.color("canvas"))
    painter = QPainter(ground)
    pen = QPen(look.color("grid"), 2.0 * ratio)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawPoints(
        QPolygonF([QPointF(i * step, j * step) for j in range(down) for i in range(across)])
    )
    painter.end()
    return ground


def label_size(text: str) -> QSizeF:
    """Return how large the label with a tensor's shape is at 100 %."""
    return QSizeF(math.ceil(QFontMetricsF(_label_font()).horizontalAdvance(text)) + 12, 17)


def paint_label(painter: QPainter, room: QRectF, text: str) -> None:
    """Draw the label with a tensor's shape."""
    look = theme()
    room = room.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(look.color("border"), 1.0))
    painter.setBrush(look.color("canvas"))
    painter.drawRoundedRect(room, 8, 8)
    painter.setFont(_label_font())
    painter.setPen(look.color("text_muted"))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), text)


def _label_font() -> QFont:
    look = theme()
    font = look.font("small")
    font.setPixelSize(look.small - 1)
    return font


@kept(_LABELS)
def _label(text: str, _theme: str, scale: float, ratio: float) -> QPixmap:
    size = label_size(text)
    pixmap = blank(size, scale, ratio)
    with drawn(pixmap, scale) as painter:
        paint_label(painter, QRectF(QPointF(0, 0), size), text)
    return pixmap
