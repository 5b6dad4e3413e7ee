"""Pointing out nodes on the canvas, and choosing some of them by clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from designer.canvas.leading import Leading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.document import Document

_HINT = "Click the layers that shall be trained; Enter or Esc ends."


class Picking(Leading):
    """A canvas that can light some nodes and dim the others."""

    pickEnded = Signal()
    """The user has done with picking nodes."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        self.picking: tuple[set[str], Callable[[tuple[str, ...]], object]] | None = None
        """What is chosen, and who is told; None while a click selects."""

    def set_lit(self, node_ids: Iterable[str] | None) -> None:
        """Show some nodes as they are and dim all others; None dims nobody."""
        self.canvas.set_lit(node_ids)
        if self.far:
            self.viewport().update()

    def pick(
        self,
        node_ids: Iterable[str],
        on_change: Callable[[tuple[str, ...]], object],
        hint: str = _HINT,
    ) -> None:
        """Let the user choose nodes by clicking them; those chosen are lit.

        `on_change` gets the chosen ids after every click. `pickEnded` tells when it is over:
        after Enter, Escape, or when another network is shown.
        """
        self.picking = (set(node_ids), on_change)
        self.show_banner(hint)
        self.set_lit(self.picking[0])
        self.setFocus()

    def end_pick(self) -> None:
        """Let clicks select nodes again; what was lit stays lit."""
        if self.picking is not None:
            self.picking = None
            self.show_banner("")
            self.pickEnded.emit()

    def toggle_picked(self, node_id: str) -> None:
        """Take a node into what is chosen, or out of it."""
        assert self.picking is not None
        chosen, on_change = self.picking
        chosen ^= {node_id}
        self.set_lit(chosen)
        on_change(tuple(i for i in self.graph.nodes if i in chosen))
