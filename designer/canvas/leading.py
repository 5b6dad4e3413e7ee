"""Leading wires through dots: a double-click adds one or takes it away, a drag moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.canvas import bends
from designer.canvas.carrying import Carrying
from designer.canvas.geometry import snapped
from designer.canvas.gestures import SLACK, Gesture

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    from designer.canvas.scene import CanvasScene
    from designer.canvas.view import CanvasView
    from designer.canvas.wire_item import WireItem
    from designer.document import Document

REACH = 9.0
"""How near to a dot, in pixels on the screen, the pointer takes it."""


class Leading(Carrying):
    """A canvas whose wires can be led through dots."""

    def __init__(
        self, document: Document, scene: CanvasScene, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, scene, parent)
        document.projectChanged.connect(self._follow_bends)
        self._follow_bends()

    def stand(self) -> None:
        """Show wires led as the document has them, whatever a broken drag has left."""
        super().stand()
        self._follow_bends()

    def _follow_bends(self, *_: object) -> None:
        known = bends.of(self.document.project, self.document.network)
        for wire in self.canvas.wires.values():
            if known or wire.bends:
                dots = known.get(wire.edge.key, ())
                wire.set_bends(tuple(QPointF(*place) for place in dots))
                self.overview.invalidate()

    def dot_at(self, at: QPointF) -> tuple[WireItem, int] | None:
        """Return the wire and the number of its dot that lies under a place of the scene."""
        reach = REACH / self.zoom
        for wire in self.canvas.wires.values():
            for number, dot in enumerate(wire.bends):
                if (dot - at).manhattanLength() <= reach:
                    return wire, number
        return None

    def bend(self, wire: WireItem, at: QPointF) -> None:
        """Lead a wire through one more dot."""
        dots = [*wire.bends]
        edge = wire.edge
        start = wire.source.port_point(edge.source_port, output=True)
        stations = [start, *dots, wire.target.port_point(edge.target_port, output=False)]
        best = min(
            range(len(dots) + 1),
            key=lambda k: _detour(stations[k], at, stations[k + 1]),
        )
        dots.insert(best, QPointF(*snapped(at.x(), at.y())))
        self.lead(wire, dots, "Add a dot to a wire")

    def straighten(self, wire: WireItem, number: int) -> None:
        """Take a dot away."""
        dots = [dot for k, dot in enumerate(wire.bends) if k != number]
        self.lead(wire, dots, "Remove a dot from a wire")

    def lead(self, wire: WireItem, dots: list[QPointF], text: str) -> None:
        """Tell the document through which dots a wire runs now."""
        places = [(dot.x(), dot.y()) for dot in dots]
        project = bends.put(self.document.project, self.document.network, wire.edge, places)
        self.document.push(text, project)


def _detour(first: QPointF, at: QPointF, second: QPointF) -> float:
    whole = (second - first).manhattanLength()
    return (at - first).manhattanLength() + (second - at).manhattanLength() - whole


class MoveDot(Gesture):
    """A dot follows the pointer."""

    def __init__(self, view: CanvasView, place: QPoint, wire: WireItem, number: int) -> None:
        self._view = view
        self._start = place
        self._moved = False
        self._wire = wire
        self._number = number
        self._before = wire.bends

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        self._moved = True
        at = self._view.at(place)
        dots = [*self._before]
        dots[self._number] = QPointF(*snapped(at.x(), at.y()))
        self._wire.set_bends(tuple(dots))

    def release(self, place: QPoint) -> None:
        """Leave the dot where it is now."""
        if self._wire.bends != self._before:
            self._view.lead(self._wire, [*self._wire.bends], "Move a dot")

    def cancel(self) -> None:
        """Leave all as it was."""
        self._wire.set_bends(self._before)
