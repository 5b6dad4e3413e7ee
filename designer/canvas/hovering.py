"""What the canvas tells of what lies under the pointer: the lit port, the cursor, the tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt

from designer.canvas import compat, words
from designer.canvas.compat import End
from designer.canvas.items import key_of
from designer.canvas.picking import Picking
from designer.canvas.wire_item import HIT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from designer.canvas.node_item import NodeItem
    from designer.canvas.scene import CanvasScene
    from designer.document import Document


class Hovering(Picking):
    """A canvas that knows what the pointer is over."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.space = False
        """True: Space is held, and a drag pans."""
        self.held = Qt.KeyboardModifier.NoModifier
        """The modifiers of the latest event in a drag."""
        self._hover: tuple[str, str] | None = None

    def port_near(self, at: QPointF) -> tuple[NodeItem, str, bool] | None:
        """Return the port under the pointer, unless wires cannot be drawn now."""
        if self.far or self.picking is not None:
            return None
        return self.canvas.port_at(at, self.reach())

    def unpoint(self) -> None:
        """Mark neither port nor node as under the pointer."""
        self.canvas.point_at("")
        item = self.canvas.nodes.get(self._hover[0]) if self._hover else None
        if item is not None:
            item.set_lit("")
        self._hover = None

    def show_hover(self, place: QPoint) -> None:
        """Mark the port under the pointer."""
        at = self.at(place)
        near = self.port_near(at)
        item = self.canvas.node_at(at)
        self.canvas.point_at(item.node.id if item is not None else "")
        hover = (near[0].node.id, f"{'>' if near[2] else '<'}{near[1]}") if near else None
        if hover == self._hover:
            return
        for found, port in ((self._hover, ""), (hover, hover[1] if hover else "")):
            item = self.canvas.nodes.get(found[0]) if found else None
            if item is not None:
                item.set_lit(port)
        self._hover = hover
        if not self.space:
            shape = Qt.CursorShape.CrossCursor if hover else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)

    # -- the menu

    def take_for_menu(self, at: QPointF) -> None:
        """Select what lies under a place, unless it is selected: the menu is about that."""
        item = self.canvas.node_at(at)
        wire = None if self.far or item else self.canvas.wire_at(at, HIT / 2 / self.zoom)
        note = "" if self.far or item or wire else self.note_at(at)
        if item is not None and item.node.id not in self.selected():
            self.canvas.select([item.node.id])
        elif wire is not None and key_of(wire.edge) not in self.canvas.wire_selection:
            self.canvas.select([], {key_of(wire.edge)})
        elif note and note not in self.chosen_notes:
            self.canvas.select([])
            self.choose_notes({note})

    def menu_place(self) -> QPoint:
        """Return where the menu opens that a key asks for: at the selection, if it is in view."""
        rect = self.viewport().rect()
        chosen = self.selected()
        place = self.mapFromScene(self.canvas.bounds(chosen).center()) if chosen else rect.center()
        return place if rect.contains(place) else rect.center()

    # -- words

    def tooltip(self, place: QPoint) -> str:
        """Return the words for what lies under a place of the viewport."""
        at = self.at(place)
        item = self.canvas.node_at(at)
        if item is not None:
            return item.tooltip()
        wire = self.canvas.wire_at(at, HIT / 2 / self.zoom)
        if wire is None:
            return ""
        nodes, edge = self.graph.nodes, wire.edge
        end = End(edge.source, edge.source_port, output=True)
        tensor = compat.carried(self.document.analysis, end)
        shape = f"{words.shape(tensor)}  {tensor.dtype}" if tensor else "shape not known yet"
        return f"{nodes[edge.source].name} → {nodes[edge.target].name}\n{shape}"
