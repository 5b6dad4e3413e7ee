"""A picture of a project's network, small enough for a card. Painted from the project alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from designer import theme
from engine.catalog import registry

if TYPE_CHECKING:
    from engine.graph import Graph
    from engine.project import Project

_NODE = (168.0, 72.0)
_RATIO = 2.0
_CORNER = 7.0


def thumbnail(project: Project, width: int, height: int) -> QPixmap:
    """Return the main network as a picture: wires, and a box per node in its family's colour."""
    image = QPixmap(round(width * _RATIO), round(height * _RATIO))
    image.setDevicePixelRatio(_RATIO)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QPainterPath()
    ground.addRoundedRect(QRectF(0, 0, width, height + _CORNER), _CORNER, _CORNER)
    painter.fillPath(ground, QColor(theme.theme().canvas))
    _network(painter, project, width, height)
    painter.end()
    return image


def _network(painter: QPainter, project: Project, width: int, height: int) -> None:
    graph = project.graph
    places = _places(project)
    bounds = QRectF()
    for x, y in places.values():
        bounds = bounds.united(QRectF(x, y, *_NODE))
    if bounds.isEmpty():
        return
    scale = min((width - 40) / bounds.width(), (height - 24) / bounds.height(), 0.5)
    painter.translate(width / 2, height / 2)
    painter.scale(scale, scale)
    painter.translate(-bounds.center())
    _wires(painter, graph, places, scale)
    for node_id, (x, y) in places.items():
        spec = registry.node(graph.nodes[node_id].spec)
        _box(painter, QRectF(x, y, *_NODE), theme.family_colour(spec.group if spec else ""), scale)


def _places(project: Project) -> dict[str, tuple[float, float]]:
    """Return where each node stands: as saved, or in a row along the flow if nobody placed it."""
    graph = project.graph
    saved = project.layout.positions.get(project.main, {})
    if all(node_id in saved for node_id in graph.nodes):
        return {node_id: saved[node_id] for node_id in graph.nodes}
    step = _NODE[0] * 1.4
    return {node_id: (i * step, 0.0) for i, node_id in enumerate(graph.order())}


def _wires(
    painter: QPainter, graph: Graph, places: dict[str, tuple[float, float]], scale: float
) -> None:
    pen = QPen(QColor(theme.theme().wire), 1.4 / scale)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for edge in graph.edges:
        (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
        start = QPointF(x0 + _NODE[0], y0 + _NODE[1] / 2)
        end = QPointF(x1, y1 + _NODE[1] / 2)
        painter.drawPath(_wire(start, end))


def _wire(start: QPointF, end: QPointF) -> QPainterPath:
    """Return a curve, or where it has to go back, a path around the boxes."""
    path = QPainterPath(start)
    if end.x() > start.x():
        bend = max((end.x() - start.x()) / 2, 20.0)
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
        return path
    out, back = start + QPointF(24, 0), end - QPointF(24, 0)
    middle = (start.y() + end.y()) / 2
    path.quadTo(out, QPointF(out.x(), (out.y() + middle) / 2))
    path.quadTo(QPointF(out.x(), middle), QPointF(out.x() - 24, middle))
    path.lineTo(back.x() + 24, middle)
    path.quadTo(QPointF(back.x(), middle), QPointF(back.x(), (back.y() + middle) / 2))
    path.quadTo(back, end)
    return path


def _box(painter: QPainter, box: QRectF, colour: QColor, scale: float) -> None:
    fill = QColor(colour)
    fill.setAlphaF(0.22)
    painter.setPen(QPen(colour, 1.2 / scale))
    painter.setBrush(QColor(theme.theme().surface))
    painter.drawRoundedRect(box, 12, 12)
    painter.setBrush(fill)
    painter.drawRoundedRect(box, 12, 12)
    bar = QRectF(box.left(), box.top(), 14, box.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(bar, 7, 7)
