"""The canvas's commands that move nodes: tidy, align, distribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.canvas import aligning, layout
from designer.canvas.commands import Commands
from designer.canvas.glide import Glide

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from designer.canvas.aligning import Side, Way
    from designer.canvas.layout import Places
    from designer.canvas.scene import CanvasScene
    from designer.document import Document


class Arranging(Commands):
    """A canvas whose nodes can be brought into order; they glide to where they then stand."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.motion = True
        """False: nodes jump to their places, for those whom movement disturbs."""
        self.glide = Glide(scene)

    def tidy(self) -> None:
        """Arrange the selected nodes in layers, or all of them if fewer than two are selected."""
        chosen = self.selected() if len(self.selected()) > 1 else list(self.graph.nodes)
        if not chosen:
            return
        corner = self.canvas.bounds(chosen).topLeft() + QPointF(10, 10)
        origin = layout.snapped(corner.x(), corner.y())
        placed = layout.arrange(self.graph, chosen, origin, self.document.project.networks)
        self._put("Tidy layout", placed)

    def align(self, side: Side) -> None:
        """Bring one side of the selected nodes into line."""
        chosen = self.selected()
        if len(chosen) > 1:
            places = aligning.aligned(self.canvas.places, self._heights(chosen), chosen, side)
            self._put(f"Align {side}", places)

    def distribute(self, way: Way) -> None:
        """Make the gaps between the selected nodes equal."""
        chosen = self.selected()
        if len(chosen) > 2:
            places = aligning.distributed(self.canvas.places, self._heights(chosen), chosen, way)
            self._put(f"Distribute {way}", places)

    def _heights(self, node_ids: list[str]) -> dict[str, float]:
        return {i: self.canvas.nodes[i].outline.height for i in node_ids}

    def _put(self, text: str, places: Places) -> None:
        """Move nodes as one step of undo."""
        before = {i: self.canvas.places[i] for i in places}
        if before == places:
            return
        self.document.push(text, self.scope().result(self.graph, places))
        if self.motion and self.isVisible() and not self.far:
            self.glide.start(before)
