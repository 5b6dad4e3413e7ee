"""What is dragged from the palette and dropped on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.canvas import geometry
from designer.canvas.ghost import Ghost
from designer.canvas.overlays import Overlays

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.canvas.wire_item import WireItem
    from designer.document import Document

MIME = "application/x-layerloom-spec"
"""The payload is that of an offer, in UTF-8: a layer's id, `network:key`, `block:id`."""


class Dropping(Overlays):
    """A canvas that takes layers, blocks and networks by drag and drop."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.setAcceptDrops(True)
        self._target: WireItem | None = None
        self.ghost: Ghost | None = None
        """What the card in the hand would become."""
        document.projectChanged.connect(self._drop_ghost)
        scene.emptied.connect(self._drop_ghost)

    def reach(self) -> float:
        """Return how near to a port, in scene pixels, the pointer must be."""
        return min(geometry.REACH / self.zoom, 2.5 * geometry.REACH)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what comes from the palette; leave the rest to the window."""
        if event.mimeData().hasFormat(MIME):
            self._drop_ghost()
            self.ghost = Ghost(self, _payload(event))
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show the node, and mark the wire into which it would be inserted."""
        if not event.mimeData().hasFormat(MIME):
            event.ignore()
            return
        place = event.position().toPoint()
        if self.ghost is None:
            self.ghost = Ghost(self, _payload(event))
        self.ghost.follow(place)
        self._mark_target(self.canvas.wire_of(self.ghost.drop(place).spot.wire))
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Show nothing: Escape has ended the drag, or it has gone elsewhere."""
        self._drop_ghost()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the node where it was dropped; a network shares its weights if Shift is held."""
        if not event.mimeData().hasFormat(MIME):
            event.ignore()
            return
        payload = _payload(event)
        drop = (self.ghost or Ghost(self, payload)).drop(event.position().toPoint())
        self._drop_ghost()
        event.acceptProposedAction()
        shared = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.add_node(payload, drop.at, end=drop.spot.end, wire=drop.spot.wire, shared=shared)
        self.setFocus()

    def _drop_ghost(self, *_: object) -> None:
        self._mark_target(None)
        if self.ghost is not None:
            self.ghost.clear()
            self.ghost = None

    def _mark_target(self, wire: WireItem | None) -> None:
        if wire is not self._target:
            if self._target is not None:
                self._target.set_state(marked=False)
            if wire is not None:
                wire.set_state(marked=True)
            self._target = wire


def _payload(event: QDropEvent) -> str:
    return bytes(event.mimeData().data(MIME).data()).decode("utf-8", "replace")
