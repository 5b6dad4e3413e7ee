"""What is dragged from the palette and dropped on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.canvas.nesting import Nesting

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.canvas.wire_item import WireItem
    from designer.document import Document

MIME = "application/x-layerloom-spec"
"""The payload is that of an offer, in UTF-8: a layer's id, `network:key`, `block:id`."""


class Dropping(Nesting):
    """A canvas that takes layers, blocks and networks by drag and drop."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.setAcceptDrops(True)
        self._target: WireItem | None = None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what comes from the palette; leave the rest to the window."""
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark the wire into which the node would be inserted."""
        if not event.mimeData().hasFormat(MIME):
            event.ignore()
            return
        self._mark_target(self.wire_for(self.at(event.position().toPoint())))
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Mark nothing."""
        self._mark_target(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the node where it was dropped; a network shares its weights if Shift is held."""
        self._mark_target(None)
        if not event.mimeData().hasFormat(MIME):
            event.ignore()
            return
        spec_id = bytes(event.mimeData().data(MIME).data()).decode("utf-8", "replace")
        event.acceptProposedAction()
        shared = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.add_node(spec_id, self.at(event.position().toPoint()), shared=shared)
        self.setFocus()

    def _mark_target(self, wire: WireItem | None) -> None:
        if wire is not self._target:
            if self._target is not None:
                self._target.set_state(marked=False)
            if wire is not None:
                wire.set_state(marked=True)
            self._target = wire
