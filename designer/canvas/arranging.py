"""The canvas's commands that move nodes: tidy, align, distribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPointF

from designer.background import Background
from designer.canvas import aligning, layout, notes
from designer.canvas.commands import Commands
from designer.canvas.glide import Glide
from designer.canvas.tidying import Tidying, settled

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from designer.canvas.aligning import Side, Way
    from designer.canvas.edits import Scope
    from designer.canvas.layout import Places
    from designer.canvas.scene import CanvasScene
    from designer.canvas.tidying import Order
    from designer.document import Document

AT_ONCE = 400
"""More nodes than that are arranged beside the window: it would stand still for too long."""


class Arranging(Commands):
    """A canvas whose nodes can be brought into order; they glide to where they then stand."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.motion = True
        """False: nodes jump to their places, for those whom movement disturbs."""
        self.glide = Glide(scene)
        self.beside = Background(self)

    def tidy(self) -> None:
        """Arrange the selected nodes along the flow, or all of them if fewer than two are selected.

        A large network is worked out beside the window, and left alone if it changes meanwhile.
        """
        chosen = self.selected() if len(self.selected()) > 1 else list(self.graph.nodes)
        if not chosen:
            return
        scope = self.scope()
        corner = self.canvas.bounds(chosen).topLeft() + QPointF(10, 10)
        origin = layout.snapped(corner.x(), corner.y())

        def work() -> tuple[Scope, Order]:
            known = notes.of(scope.project, scope.network)
            plan = Tidying(scope.graph, scope.project.networks, known, scope.places)
            return scope, plan.order(chosen, origin)

        if len(chosen) <= AT_ONCE:
            self._tidied(work())
        else:
            self.message.emit(f"Arranging {len(chosen):,} layers…")
            self.beside.run(work, self._tidied, self._not_tidied)

    def _tidied(self, found: object) -> None:
        scope, order = cast("tuple[Scope, Order]", found)
        if self.document.graph is not scope.graph or self.document.network != scope.network:
            self.message.emit("The network changed while it was being arranged; press L again.")
            return
        self.settle(self.scope(), order)
        if len(order.places) > AT_ONCE:
            self.message.emit(f"Arranged {len(order.places):,} layers.")

    def settle(self, scope: Scope, order: Order) -> None:
        """Put an order in force as one step of undo."""
        before = {i: self.canvas.places[i] for i in order.places}
        self.document.push("Tidy layout", settled(scope, order))
        self._glide(before)

    def _not_tidied(self, error: Exception) -> None:
        self.message.emit(f"The network could not be arranged: {error}")

    def close_down(self) -> None:
        """Wait for what is being worked out."""
        self.beside.close()

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
        self._glide(before)

    def _glide(self, before: Places) -> None:
        if self.motion and self.isVisible() and not self.far:
            self.glide.start(before)
