"""What a card that is dragged over the canvas would become: the node, its wires, its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsRectItem

from designer.canvas import geometry, layout
from designer.canvas.blit import bucket
from designer.canvas.compat import End, port_of
from designer.canvas.geometry import HEIGHT, MARGIN, WIDTH
from designer.canvas.node_item import NodeItem
from designer.canvas.trial import NEW, Outcome, Spot, Trial
from designer.theme import theme
from engine.analysis import placed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGraphicsItem

    from designer.canvas.dropping import Dropping
    from engine.graph import Edge, Node

_ABOVE = 4.0


@dataclass(frozen=True, slots=True)
class Drop:
    """Where a card goes that is let go now: its middle, and what it is joined to."""

    at: QPointF
    spot: Spot


class Ghost:
    """The picture of a drag. `follow` it with the pointer; `clear` it when the drag ends."""

    def __init__(self, view: Dropping, payload: str) -> None:
        self._view = view
        self._payload = payload
        self._trial = Trial(view.scope())
        self._shown: tuple[Drop, Outcome] | None = None
        self._items: list[QGraphicsItem] = []
        self._faces: dict[tuple[Spot, str], NodeItem] = {}

    def drop(self, place: QPoint) -> Drop:
        """Return what letting go at a place of the viewport would do."""
        at = self._view.at(place)
        found = self._at_port(at)
        if found is not None:
            return found
        wire = self._view.wire_for(at)
        if wire is not None:
            spot = Spot(wire=wire.edge)
            if self._trial.of(self._payload, spot).wires:
                return Drop(at, spot)
        chosen = self._view.selected()
        return Drop(at, Spot(behind=chosen[0] if len(chosen) == 1 else ""))

    def _at_port(self, at: QPointF) -> Drop | None:
        """Return what is done at the port under the pointer: joined, beside its node."""
        view = self._view
        near = None if view.far else view.canvas.port_at(at, view.reach())
        if near is None:
            return None
        item, name, output = near
        end = End(item.node.id, name, output)
        port = port_of(view.scope().ground(), end)
        taken = [e for e in view.graph.edges if (e.target, e.target_port) == (end.node, name)]
        wire: Edge | None = None
        if not output and taken and port is not None and not port.many:
            wire = taken[0]
        side = layout.PITCH_X if output else -layout.PITCH_X
        x, y = view.canvas.places[end.node]
        x, y = layout.free_place(view.canvas.places.values(), x + side, y)
        spot = Spot(wire=wire) if wire is not None else Spot(end=end)
        return Drop(QPointF(x + WIDTH / 2, y + HEIGHT / 2), spot)

    def follow(self, place: QPoint) -> None:
        """Show what letting go would do now."""
        drop = self.drop(place)
        outcome = self._trial.of(self._payload, drop.spot)
        if self._shown is None or (drop, outcome) != self._shown:
            self._shown = (drop, outcome)
            self._draw(drop, outcome)
        self._view.show_verdict(self._words(drop.spot, outcome), place)

    def clear(self) -> None:
        """Take everything away that was drawn."""
        self._shown = None
        self._wipe()
        self._view.show_verdict("", QPoint())

    def _wipe(self) -> None:
        for item in self._items:
            self._view.canvas.removeItem(item)
        self._items = []

    def _words(self, spot: Spot, outcome: Outcome) -> str:
        nodes = self._view.graph.nodes
        told = ""
        if spot.wire is not None:
            told = "Insert on this wire"
        elif spot.end is not None:
            told = f"Wire to “{nodes[spot.end.node].name}”"
        elif outcome.wires:
            told = f"Wire behind “{nodes[spot.behind].name}”"
        return "\n".join(part for part in (told, outcome.text) if part)

    # -- drawing

    def _draw(self, drop: Drop, outcome: Outcome) -> None:
        self._wipe()
        if outcome.node is None or self._view.far:
            return
        corner = QPointF(*layout.snapped(drop.at.x() - WIDTH / 2, drop.at.y() - HEIGHT / 2))
        like = self._like(drop.spot, outcome, outcome.node)
        color = theme().color("error" if outcome.reason else "accent")
        pen = QPen(color, 2.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._draw_node(like, corner, pen, faint=bool(outcome.reason))
        for edge in outcome.wires:
            self._draw_wire(edge, like, corner, pen)

    def _like(self, spot: Spot, outcome: Outcome, node: Node) -> NodeItem:
        """Return a node that looks like the one that would be; it stands in no scene."""
        key = (spot, outcome.shape)
        found = self._faces.get(key)
        if found is None:
            project = self._view.document.project
            title = project.title_of(placed(node)) if placed(node) in project.networks else ""
            ports = geometry.ports(node, project.networks, outcome.wires)
            found = self._faces[key] = NodeItem(node, ports, title)
            found.set_findings(outcome.info, (), "")
        return found

    def _draw_node(self, like: NodeItem, corner: QPointF, pen: QPen, *, faint: bool) -> None:
        view = self._view
        scale = bucket(view.zoom)
        pixmap = view.canvas.cache.pixmap(like.face, theme(), scale, view.devicePixelRatioF())
        face = QGraphicsPixmapItem(pixmap)
        face.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        face.setScale(1 / scale)
        face.setPos(corner - QPointF(MARGIN, MARGIN))
        face.setOpacity(0.35 if faint else 0.75)
        room: QRectF = like.outline.body.translated(corner)
        frame = QGraphicsRectItem(room.adjusted(-2, -2, 2, 2))
        frame.setPen(pen)
        self._add(face)
        self._add(frame)

    def _draw_wire(self, edge: Edge, like: NodeItem, corner: QPointF, pen: QPen) -> None:
        def point(node: str, port: str, *, output: bool) -> QPointF:
            if node == NEW:
                return corner + like.outline.point(port, output=output)
            return self._view.canvas.nodes[node].port_point(port, output=output)

        start = point(edge.source, edge.source_port, output=True)
        end = point(edge.target, edge.target_port, output=False)
        line = QGraphicsPathItem(geometry.wire_path(start, end))
        line.setPen(pen)
        self._add(line)

    def _add(self, item: QGraphicsItem) -> None:
        item.setZValue(_ABOVE)
        self._view.canvas.addItem(item)
        self._items.append(item)
