"""What lies on the canvas and where: the items by id, and who is found at a place. No document."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtWidgets import QGraphicsScene

from designer.canvas.geometry import MARGIN, WIDTH
from designer.canvas.node_item import NodeItem
from designer.canvas.wire_item import WireItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPainterPath

    from designer.canvas.layout import Places
    from engine.graph import Edge

Key = tuple[str, str, str, str]
AT_ONCE = 200
"""So many wires are drawn without a pause."""


def key_of(edge: Edge) -> Key:
    """Return what tells a wire from all others."""
    return (edge.source, edge.source_port, edge.target, edge.target_port)


class Items(QGraphicsScene):
    """Items of nodes and wires, to be asked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Key, WireItem] = {}
        self.places: Places = {}
        self.ground = QRectF()
        """What lies behind the nodes and is looked at with them."""
        self._bounds: QRectF | None = None
        self._loose: dict[Key, WireItem] = {}
        """Wires whose curves are not drawn yet; they are not in the scene."""
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._draw_some)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)

    # -- wires of a large network, whose curves nobody sees at first

    def settle(self) -> None:
        """Draw the curves of all wires and put them into the scene, before one is looked for."""
        if self._loose:
            self._draw(len(self._loose))

    def _draw_some(self) -> None:
        """Draw as many curves as nobody notices, and go on when there is time again."""
        self._draw(AT_ONCE)
        if self._loose:
            self._idle.start()

    def _draw(self, count: int) -> None:
        for key in list(itertools.islice(self._loose, count)):
            wire = self._loose.pop(key)
            wire.dress()
            wire.adjust()
            self._tell(wire)
            self.addItem(wire)

    def _tell(self, wire: WireItem) -> None:
        """Write on a wire what flows through it."""

    # -- who is found at a place

    def node_at(self, at: QPointF) -> NodeItem | None:
        """Return the node whose body lies under a place, the topmost if there are several."""
        for item in self.items(at, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, NodeItem) and item.outline.body.contains(at - item.pos()):
                return item
        return None

    def port_at(self, at: QPointF, reach: float) -> tuple[NodeItem, str, bool] | None:
        """Return (node, port, is output) of the port nearest to a place, within reach."""
        area = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        best: tuple[float, NodeItem, str, bool] | None = None
        for item in self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
            if isinstance(item, NodeItem):
                found = item.nearest_port(at, reach)
                if found is not None and (best is None or found[2] < best[0]):
                    best = (found[2], item, found[0], found[1])
        return best[1:] if best else None

    def wire_at(self, at: QPointF, reach: float) -> WireItem | None:
        """Return the wire that passes a place within reach."""
        area = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        return next(iter(self.wires_in(area, Qt.ItemSelectionMode.IntersectsItemShape)), None)

    def wires_in(
        self,
        area: QRectF | QPainterPath,
        mode: Qt.ItemSelectionMode = Qt.ItemSelectionMode.IntersectsItemBoundingRect,
    ) -> list[WireItem]:
        """Return the wires that touch an area."""
        self.settle()
        return [item for item in self.items(area, mode) if isinstance(item, WireItem)]

    def nodes_in(self, rect: QRectF) -> list[str]:
        """Return the nodes whose body touches a rectangle."""
        found = self.items(rect, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        return [
            i.node.id
            for i in found
            if isinstance(i, NodeItem) and i.outline.body.translated(i.pos()).intersects(rect)
        ]

    def bounds(self, node_ids: Iterable[str] | None = None) -> QRectF:
        """Return the rectangle around some nodes, or around all of them."""
        if node_ids is None and self._bounds is not None:
            return self._bounds
        chosen = [i for i in (self.nodes if node_ids is None else node_ids) if i in self.places]
        rect = QRectF()
        if chosen:
            places = [self.places[i] for i in chosen]
            left, top = min(p[0] for p in places), min(p[1] for p in places)
            right = max(p[0] for p in places) + WIDTH
            bottom = max(self.places[i][1] + self.nodes[i].outline.height for i in chosen)
            rect = QRectF(left, top, right - left, bottom - top)
            rect.adjust(-MARGIN, -MARGIN, MARGIN, MARGIN)
        if node_ids is None:
            rect = rect.united(self.ground)
            self._bounds = rect
        return rect

    def wire_of(self, edge: Edge | None) -> WireItem | None:
        """Return the item of a wire."""
        return self.wires.get(key_of(edge)) if edge is not None else None

    def lay_ground(self, ground: QRectF) -> None:
        """Note where something lies behind the nodes."""
        self.ground = ground
        self._bounds = None

    def _forget_bounds(self) -> None:
        self._bounds = None
