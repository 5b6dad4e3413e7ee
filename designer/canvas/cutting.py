"""Cutting wires: a line drawn across them with Ctrl and the right button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from designer.canvas.gestures import SLACK, Gesture
from designer.theme import theme

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from designer.canvas.wire_item import WireItem


class Cut(Gesture):
    """A line behind the pointer; the wires that it crosses fade, and go when it is let go."""

    def __init__(self, view: CanvasView, place: QPoint) -> None:
        self._view = view
        self._start = self._last = place
        self._path: QPainterPath | None = None
        self._line: QGraphicsPathItem | None = None
        self._cut: list[WireItem] = []

    def move(self, place: QPoint) -> None:
        """Draw on, and mark the wires that are crossed."""
        if self._path is None:
            if (place - self._start).manhattanLength() < SLACK:
                return
            self._begin()
        assert self._path is not None
        assert self._line is not None
        before, at = self._view.at(self._last), self._view.at(place)
        self._path.lineTo(at)
        self._line.setPath(self._path)
        for wire in self._crossed(before, at):
            if wire not in self._cut:
                wire.set_state(faded=True)
                self._cut.append(wire)
        self._last = place
        count = len(self._cut)
        words = "Cut a wire" if count == 1 else f"Cut {count} wires"
        self._view.show_verdict(words if count else "Draw across wires to cut them", place)

    def release(self, place: QPoint) -> None:
        """Remove the wires that were crossed."""
        edges = [wire.edge for wire in self._cut]
        self._finish()
        if edges:
            text = "Cut a wire" if len(edges) == 1 else f"Cut {len(edges)} wires"
            self._view.push_graph(text, self._view.graph.disconnect(edges))

    def cancel(self) -> None:
        """Leave all as it was."""
        self._finish()

    def _begin(self) -> None:
        self._path = QPainterPath(self._view.at(self._start))
        self._line = QGraphicsPathItem()
        pen = QPen(theme().color("error"), 2.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._line.setPen(pen)
        self._line.setZValue(4.0)
        self._view.canvas.addItem(self._line)

    def _finish(self) -> None:
        if self._line is not None:
            self._view.canvas.removeItem(self._line)
            self._line = None
        for wire in self._cut:
            wire.set_state(faded=False)
        self._cut = []
        self._view.show_verdict("", QPoint())

    def _crossed(self, before: QPointF, at: QPointF) -> list[WireItem]:
        stroke = QPainterPath(before)
        stroke.lineTo(at)
        stroker = QPainterPathStroker()
        stroker.setWidth(0.5)
        near = self._view.canvas.wires_in(stroker.createStroke(stroke))
        return [wire for wire in near if wire.crosses(before, at)]
