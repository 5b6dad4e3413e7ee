"""Lights on the canvas what a phase trains, and lets the user pick it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from designer import navigation
from designer.training import phases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from designer.document import Document
    from engine.project import Phase


class Canvas(Protocol):
    """What is needed of the canvas."""

    def set_lit(self, node_ids: Iterable[str] | None) -> None:
        """Dim all nodes but these; None dims nobody."""

    def pick(self, node_ids: Iterable[str], on_change: Callable[[tuple[str, ...]], object]) -> None:
        """Let clicks choose nodes, beginning with these."""

    def end_pick(self) -> None:
        """Let clicks do what they usually do."""


class Lights(QObject):
    """Follows the chosen phase as long as its settings are on show.

    Signals
    -------
    picked(ids)
        Nodes of the phase's network were chosen on the canvas.
    ended
        Picking is over.
    """

    picked = Signal(object)
    ended = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._canvas: Canvas | None = None
        self._phase: Phase | None = None
        self._lit: frozenset[str] | None = None
        self.picking = False
        document.projectChanged.connect(self._follow)
        document.trailChanged.connect(self._moved)

    def use(self, canvas: Canvas) -> None:
        """Light this canvas."""
        self._canvas = canvas

    def show_phase(self, phase: Phase | None) -> None:
        """Light what a phase trains wherever its network is on show; None lights nothing."""
        if phase is None:
            self.end()
        self._phase = phase
        self._follow()

    def begin(self, nodes: Collection[str]) -> bool:
        """Let the user pick nodes of the phase's network; return whether there is a canvas."""
        if self._canvas is None or self._phase is None:
            return False
        self._document.go(navigation.Spot(self._phase.network))
        self.picking = True
        self._canvas.pick(nodes, self._pick)
        return True

    def end(self) -> None:
        """End picking."""
        if self.picking and self._canvas is not None:
            self.picking = False
            self._canvas.end_pick()
            self._lit = None
            self.ended.emit()
            self._follow()

    def _pick(self, nodes: tuple[str, ...]) -> None:
        if self.picking:
            self.picked.emit(nodes)

    def _moved(self) -> None:
        spot = self._document.spot
        if self._phase is None or spot.network != self._phase.network or spot.trail:
            self.end()
        self._lit = None
        self._follow()

    def _follow(self, *_: object) -> None:
        if self._canvas is None or self.picking:
            return
        wanted = self._wanted()
        if wanted != self._lit:
            self._lit = wanted
            self._canvas.set_lit(wanted)

    def _wanted(self) -> frozenset[str] | None:
        document, phase = self._document, self._phase
        if phase is None or document.spot.root != phase.network:
            return None
        prefix = navigation.prefix(document.spot, document.copies)
        return phases.lit(phase, document.graph, prefix)
