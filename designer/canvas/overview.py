"""The whole network from afar, drawn in a few batched calls; the minimap shows the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from designer.canvas.geometry import HEIGHT, RADIUS, WIDTH, corners
from designer.theme import contrast, theme

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene
    from designer.canvas.wire_item import WireItem

THRESHOLD = 0.3
"""Zoom below which the view paints with this instead of items."""
_STEPS = 12
_NAMED = 160
"""So many layers at most have their names on their boxes,"""
_LEGIBLE = 14.0
"""where the boxes are so many pixels high at least."""
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_INKS = (QColor("#ffffff"), QColor("#12151b"))


class Overview(QObject):
    """Rectangles by colour and wires as straight lines, gathered when the scene has changed."""

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self._stale = True
        self._live_stale = True
        self._hot: dict[str, list[QRectF]] = {}
        """Colour of a heat -> the nodes that show it, over those in their own colours."""
        self._boxes: dict[str, list[QRectF]] = {}
        self._marks: dict[str, list[QRectF]] = {}
        self._lines: list[QLineF] = []
        self._where: dict[str, tuple[list[QRectF], int]] = {}
        """Node -> the list that holds its rectangle, and the place in it."""
        self._line_of: dict[object, tuple[int, int]] = {}
        """Wire -> the place of its first line, and how many it has."""
        scene.contentMoved.connect(self.invalidate)
        scene.nodesMoved.connect(self._on_moved)

    def invalidate(self) -> None:
        """Gather everything anew at the next paint."""
        self._stale = True

    def invalidate_live(self) -> None:
        """Gather what is hot anew at the next paint; all else stays."""
        self._live_stale = True

    def paint(self, painter: QPainter, zoom: float) -> None:
        """Draw everything; the painter's world is the scene."""
        if self._stale:
            self._gather()
        if self._live_stale:
            self._gather_live()
        look = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(look.color("wire"), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(self._lines)
        painter.setPen(Qt.PenStyle.NoPen)
        for groups in (self._boxes, self._hot, self._marks):
            for color, boxes in groups.items():
                painter.setBrush(QColor(color))
                painter.drawRects(boxes)
        if HEIGHT * zoom >= _LEGIBLE and len(self._where) <= _NAMED:
            self._paint_names(painter, zoom)
        self._paint_selection(painter, zoom)

    def _paint_names(self, painter: QPainter, zoom: float) -> None:
        """Write the names of layers on their boxes, in letters that can still be read."""
        look, heats = theme(), self._scene.board.heats()
        font = look.font("small")
        font.setPixelSize(max(7, min(look.small, round(HEIGHT * zoom * 0.55))))
        measure = QFontMetricsF(font)
        world = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setFont(font)
        for node_id, item in self._scene.nodes.items():
            hot = heats.get(node_id)
            painter.setPen(_ink(look.family(item.family) if hot is None else look.heat_color(hot)))
            room = world.mapRect(item.outline.body.translated(item.pos())).adjusted(4, 0, -3, 0)
            elide = Qt.TextElideMode.ElideRight
            painter.drawText(room, _LEFT, measure.elidedText(item.face.name, elide, room.width()))
        painter.restore()

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
            self._live_stale |= item.live is not None
            boxes, place = self._where[item.node.id]
            boxes[place] = item.outline.body.translated(item.pos())
            for wire in item.wires:
                first, count = self._line_of[wire]
                lines = _lines(wire)
                if len(lines) != count:
                    self._stale = True
                    return
                self._lines[first : first + count] = lines

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
            body = item.outline.body.translated(item.pos())
            boxes = self._boxes.setdefault(color, [])
            self._where[item.node.id] = (boxes, len(boxes))
            boxes.append(body)
            badge = item.badge
            if badge:
                mark = QRectF(body.right() - 56, body.top() - 12, 68, 68)
                self._marks.setdefault(look.color(badge).name(), []).append(mark)
        for wire in self._scene.wires.values():
            lines = _lines(wire)
            self._line_of[wire] = (len(self._lines), len(lines))
            self._lines += lines
        self._stale = False
        self._live_stale = True

    def _gather_live(self) -> None:
        look = theme()
        steps: list[list[QRectF]] = [[] for _ in range(_STEPS + 1)]
        for node_id, heat in self._scene.board.heats().items():
            if node_id in self._where:
                boxes, place = self._where[node_id]
                steps[round(min(max(heat, 0.0), 1.0) * _STEPS)].append(boxes[place])
        colors = (look.heat_color(k / _STEPS).name() for k in range(_STEPS + 1))
        self._hot = {c: boxes for c, boxes in zip(colors, steps, strict=True) if boxes}
        self._live_stale = False


def _ink(ground: QColor) -> QColor:
    """Return black or white, whichever can be read better on a colour."""
    return max(_INKS, key=lambda ink: contrast(ink, ground))


def _lines(wire: WireItem) -> list[QLineF]:
    start, end = wire.source.pos(), wire.target.pos()
    x0, y0, x1, y1 = start.x() + WIDTH, start.y() + HEIGHT / 2, end.x(), end.y() + HEIGHT / 2
    if x0 <= x1 and not wire.bends:
        return [QLineF(x0, y0, x1, y1)]
    found = corners(QPointF(x0, y0), wire.bends, QPointF(x1, y1))
    return [QLineF(a, b) for a, b in itertools.pairwise(found)]


def paint_hint(painter: QPainter, room: QRectF, at: QPointF) -> None:
    """Draw the frame of what the view shows into the minimap."""
    look = theme()
    painter.setPen(QPen(look.color("accent"), 1.5))
    fill = look.color("accent")
    fill.setAlphaF(0.12)
    painter.setBrush(fill)
    painter.drawRoundedRect(room.translated(at), RADIUS / 4, RADIUS / 4)
