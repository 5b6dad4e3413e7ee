"""What happens between pressing a mouse button and letting it go: pan, select by a frame, move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtWidgets import QRubberBand

from designer.canvas import edits
from designer.canvas.guides import Guides

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene
    from designer.canvas.view import CanvasView
    from designer.canvas.wire_item import WireItem

SLACK = 4
"""Pixels the mouse may move in a click."""
_MODIFIER = Qt.KeyboardModifier


class Gesture:
    """One drag. `move` and `release` get places of the viewport; `cancel` leaves all as it was."""

    over = False
    """True: it has ended by itself, and no button will be let go over the canvas."""

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""

    def release(self, place: QPoint) -> None:
        """End as the user meant it."""

    def cancel(self) -> None:
        """End as if nothing had been."""

    def refresh(self) -> None:
        """Look again, for the view has moved."""


class Pan(Gesture):
    """The picture follows the pointer."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, place: QPoint) -> None:
        self._view = view
        self._last = place

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        self._view.pan(QPointF(place - self._last))
        self._last = place


class Marquee(Gesture):
    """A frame selects what it touches; Shift adds to the selection, Ctrl toggles."""

    def __init__(self, view: CanvasView, place: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        self._view = view
        self._start = place
        self._before = list(view.canvas.selection)
        self._wires = set(view.canvas.wire_selection)
        self._notes = set(view.chosen_notes)
        self._more = bool(modifiers & (_MODIFIER.ShiftModifier | _MODIFIER.ControlModifier))
        self._modifiers = modifiers
        self._moved = False
        self._band: QRubberBand | None = None

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        self._moved = True
        if self._band is None:
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self._view.viewport())
            self._band.setGeometry(QRect(self._start, QSize()))
            self._band.show()
            self._view.choose_notes(set())
        frame = QRect(self._start, place).normalized()
        self._band.setGeometry(frame)
        touched = self._view.canvas.nodes_in(
            QRectF(self._view.at(frame.topLeft()), self._view.at(frame.bottomRight()))
        )
        self._view.canvas.select(self._combined(touched), self._wires if self._more else ())

    def release(self, place: QPoint) -> None:
        """End as the user meant it."""
        self._drop_band()
        if not self._moved and not self._more:
            self._view.canvas.select([])
            self._view.choose_notes(set())

    def cancel(self) -> None:
        """Leave all as it was."""
        self._drop_band()
        self._view.canvas.select(self._before, self._wires)
        self._view.choose_notes(self._notes)

    def _combined(self, touched: list[str]) -> list[str]:
        if self._modifiers & _MODIFIER.ControlModifier:
            kept = [i for i in self._before if i not in touched]
            return kept + [i for i in touched if i not in self._before]
        if self._modifiers & _MODIFIER.ShiftModifier:
            return self._before + touched
        return touched

    def _drop_band(self) -> None:
        if self._band is not None:
            self._band.hide()
            self._band.deleteLater()
            self._band = None


class Move(Gesture):
    """The selected nodes follow the pointer; all of it is one step of undo.

    They snap to the lines of other nodes, and between those to an 8-pixel raster.
    """

    def __init__(self, view: CanvasView, place: QPoint, node_id: str, *, sole: bool) -> None:
        self._view = view
        self._scene: CanvasScene = view.canvas
        self._start = place
        self._grip = view.at(place)
        self._node_id = node_id
        self._sole = sole
        """True: a click without a move selects this node alone."""
        self._origin = {i: self._scene.places[i] for i in self._scene.selection}
        self._moved = False
        self._guides: Guides | None = None
        self._wire: WireItem | None = None
        chosen = list(self._origin)
        self._insertable = len(chosen) == 1 and edits.can_insert(view.scope().ground(), chosen[0])

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        self._moved = True
        if self._guides is None:
            self._guides = Guides(self._scene, self._node_id, self._origin, self._view.seen())
        away = self._view.at(place) - self._grip
        x, y = self._origin[self._node_id]
        to = self._guides.settle(x + away.x(), y + away.y(), self._view.zoom)
        shift = (to[0] - x, to[1] - y)
        self._scene.put({i: (p[0] + shift[0], p[1] + shift[1]) for i, p in self._origin.items()})
        if self._insertable:
            self._mark(wire_under(self._scene, self._node_id))

    def release(self, place: QPoint) -> None:
        """End as the user meant it."""
        if not self._moved:
            if self._sole:
                self._scene.select([self._node_id])
            return
        wire = self._wire
        self._clear()
        places = {i: self._place(i) for i in self._origin}
        if wire is not None or places != self._origin:
            self._place_at(places, wire)

    def _place_at(self, places: edits.Places, wire: WireItem | None) -> None:
        """Tell the document where the nodes are now, and into which wire the only one goes."""
        scope = self._view.scope()
        if wire is not None:
            inserted = edits.insert(scope, self._node_id, wire.edge, places)
            if inserted is not None:
                self._view.document.push("Insert on a wire", inserted)
                return
        count = len(places)
        text = "Move a node" if count == 1 else f"Move {count} nodes"
        self._view.document.push(text, scope.result(self._view.graph, places))

    def cancel(self) -> None:
        """Leave all as it was."""
        self._clear()
        self._scene.put(self._origin)

    def _clear(self) -> None:
        self._mark(None)
        if self._guides is not None:
            self._guides.clear()

    def _place(self, node_id: str) -> tuple[float, float]:
        at = self._scene.nodes[node_id].pos()
        return at.x(), at.y()

    def _mark(self, wire: WireItem | None) -> None:
        if wire is not self._wire:
            if self._wire is not None:
                self._wire.set_state(marked=False)
            if wire is not None:
                wire.set_state(marked=True)
            self._wire = wire


def wire_under(scene: CanvasScene, node_id: str) -> WireItem | None:
    """Return a wire that passes through the middle of a node and is not one of its own."""
    item = scene.nodes[node_id]
    middle = item.outline.body.adjusted(48, 16, -48, -16).translated(item.pos())
    near = scene.wires_in(middle, Qt.ItemSelectionMode.IntersectsItemShape)
    return next((wire for wire in near if item not in (wire.source, wire.target)), None)
