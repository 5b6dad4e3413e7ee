"""The whole network from afar, drawn in a few batched calls; the minimap shows the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.canvas.geometry import HEIGHT, RADIUS, WIDTH
from designer.theme import theme

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene
    from designer.canvas.wire_item import WireItem

THRESHOLD = 0.3
"""Zoom below which the view paints with this instead of items."""
_STEPS = 12


class Overview(QObject):
    """Rectangles by colour and wires as straight lines, gathered when the scene has changed."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._stale = True
        self._boxes: dict[str, list[QRectF]] = {}
        self._marks: dict[str, list[QRectF]] = {}
        self._lines: list[QLineF] = []
        self._where: dict[str, tuple[list[QRectF], int]] = {}
        """Node -> the list that holds its rectangle, and the place in it."""
        self._line_of: dict[object, int] = {}
        scene.contentMoved.connect(self.invalidate)
        scene.nodesMoved.connect(self._on_moved)

    def invalidate(self) -> None:
        """Gather everything anew at the next paint."""
        self._stale = True

    def paint(self, painter: QPainter, zoom: float) -> None:
        """Draw everything; the painter's world is the scene."""
        if self._stale:
            self._gather()
        look = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(look.color("wire"), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(self._lines)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, boxes in self._boxes.items():
            painter.setBrush(QColor(color))
            painter.drawRects(boxes)
        for color, marks in self._marks.items():
            painter.setBrush(QColor(color))
            painter.drawRects(marks)
        self._paint_selection(painter, zoom)

    def _paint_selection(self, painter: QPainter, zoom: float) -> None:
        chosen = [self._scene.nodes[i] for i in self._scene.selection if i in self._scene.nodes]
        if not chosen:
            return
        pen = QPen(theme().color("accent"), 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = 2.0 / zoom
        painter.drawRects(
            [n.outline.body.translated(n.pos()).adjusted(-edge, -edge, edge, edge) for n in chosen]
        )

    def _on_moved(self, node_ids: list[str]) -> None:
        """Follow a drag without gathering everything anew."""
        items = [self._scene.nodes[i] for i in node_ids if i in self._scene.nodes]
        if self._stale or any(i.badge or i.node.id not in self._where for i in items):
            self._stale = True
            return
        for item in items:
            boxes, place = self._where[item.node.id]
            boxes[place] = item.outline.body.translated(item.pos())
            for wire in item.wires:
                self._lines[self._line_of[wire]] = _line(wire)

    def _gather(self) -> None:
        look = theme()
        self._boxes, self._marks, self._lines = {}, {}, []
        self._where.clear()
        self._line_of.clear()
        colors: dict[str, str] = {}
        for item in self._scene.nodes.values():
            group = item.family
            color = colors.get(group)
            if color is None:
                color = colors[group] = look.family(group).name()
            if item.live is not None and item.live[1] is not None:
                heat = round(item.live[1] * _STEPS) / _STEPS
                color = look.heat_color(heat).name()
            body = item.outline.body.translated(item.pos())
            boxes = self._boxes.setdefault(color, [])
            self._where[item.node.id] = (boxes, len(boxes))
            boxes.append(body)
            badge = item.badge
            if badge:
                mark = QRectF(body.right() - 56, body.top() - 12, 68, 68)
                self._marks.setdefault(look.color(badge).name(), []).append(mark)
        for wire in self._scene.wires.values():
            self._line_of[wire] = len(self._lines)
            self._lines.append(_line(wire))
        self._stale = False


def _line(wire: WireItem) -> QLineF:
    start, end = wire.source.pos(), wire.target.pos()
    return QLineF(start.x() + WIDTH, start.y() + HEIGHT / 2, end.x(), end.y() + HEIGHT / 2)


def paint_hint(painter: QPainter, room: QRectF, at: QPointF) -> None:
    """Draw the frame of what the view shows into the minimap."""
    look = theme()
    painter.setPen(QPen(look.color("accent"), 1.5))
    fill = look.color("accent")
    fill.setAlphaF(0.12)
    painter.setBrush(fill)
    painter.drawRoundedRect(room.translated(at), RADIUS / 4, RADIUS / 4)
