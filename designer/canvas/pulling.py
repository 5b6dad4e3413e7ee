"""Drags with Alt: a node pulled out of its wires, or a copy of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem

from designer.canvas import edits
from designer.canvas.geometry import snapped
from designer.canvas.gestures import SLACK, Gesture, Move
from designer.theme import theme

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from designer.canvas.wire_item import WireItem


def taken_by_alt(view: CanvasView, place: QPoint, node_id: str) -> Gesture:
    """Return what an Alt-drag of a selected node begins.

    A single node with wires is pulled out of them; a free one, or several, leave a copy.
    """
    wired = any(node_id in (e.source, e.target) for e in view.graph.edges)
    if wired and view.selected() == [node_id]:
        return Pull(view, place, node_id)
    return Copy(view, place, node_id)


class Pull(Move):
    """A node leaves its wires and follows the pointer; what fed it feeds what it fed."""

    def __init__(self, view: CanvasView, place: QPoint, node_id: str) -> None:
        super().__init__(view, place, node_id, sole=True)
        free = edits.pulled(view.graph, node_id)
        self._insertable = edits.can_insert(view.scope().ground(free), node_id)
        self._wires = list(self._scene.nodes[node_id].wires)

    def move(self, place: QPoint) -> None:
        """Follow the pointer, with the wires that will go faded."""
        super().move(place)
        if self._moved:
            self._fade(on=True)
            words = "Put into this wire" if self._wire is not None else "Pull out; the wire heals"
            self._view.show_verdict(words, place)

    def _place_at(self, places: edits.Places, wire: WireItem | None) -> None:
        edge = wire.edge if wire is not None else None
        project = edits.pull(self._view.scope(), self._node_id, places, edge)
        self._view.document.push("Pull out of the wire", project)

    def _clear(self) -> None:
        super()._clear()
        self._fade(on=False)
        self._view.show_verdict("", QPoint())

    def _fade(self, *, on: bool) -> None:
        for wire in self._wires:
            wire.set_state(faded=on)


class Copy(Gesture):
    """Outlines follow the pointer; where they are let go, copies of the selected nodes stand."""

    def __init__(self, view: CanvasView, place: QPoint, node_id: str) -> None:
        self._view = view
        self._start = place
        self._grip = view.at(place)
        self._corner = QPointF(*view.canvas.places[node_id])
        self._shift = (0.0, 0.0)
        self._outlines: list[QGraphicsRectItem] = []
        self._moved = False

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        if not self._moved:
            self._moved = True
            self._draw()
        to = self._corner + self._view.at(place) - self._grip
        x, y = snapped(to.x(), to.y())
        self._shift = (x - self._corner.x(), y - self._corner.y())
        for outline in self._outlines:
            outline.setPos(*self._shift)
        self._view.show_verdict("Copy here", place)

    def release(self, place: QPoint) -> None:
        """Put the copies there."""
        self.cancel()
        if self._moved and self._shift != (0.0, 0.0):
            self._view.copy_selection(self._shift)

    def cancel(self) -> None:
        """Leave all as it was."""
        for outline in self._outlines:
            self._view.canvas.removeItem(outline)
        self._outlines = []
        self._view.show_verdict("", QPoint())

    def _draw(self) -> None:
        pen = QPen(theme().color("accent"), 1.5, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        for node_id in self._view.selected():
            item = self._view.canvas.nodes[node_id]
            room: QRectF = item.outline.body.translated(item.pos())
            outline = QGraphicsRectItem(room)
            outline.setPen(pen)
            outline.setZValue(4.0)
            self._view.canvas.addItem(outline)
            self._outlines.append(outline)
