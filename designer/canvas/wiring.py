"""Drawing a wire: from an output or backwards from an input, with a verdict before it is let go."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsPathItem

from designer.canvas import compat, edits, trial, words
from designer.canvas.compat import End, Verdict
from designer.canvas.geometry import wire_path
from designer.canvas.gestures import SLACK, Gesture
from designer.theme import theme
from engine.graph import GraphError

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from engine.graph import Edge

_PATIENCE = 0.012
"""Seconds that looking for ports which suit may take at a time."""


class Wiring(Gesture):
    """A loose wire from `end` to the pointer. `loosened` is a wire whose far end was picked up."""

    def __init__(
        self, view: CanvasView, place: QPoint, end: End, loosened: Edge | None = None
    ) -> None:
        self._view = view
        self._start = place
        self._end = end
        self._loosened = loosened
        graph = view.graph
        self._graph = graph.disconnect([loosened]) if loosened is not None else graph
        self._ground = view.scope().ground(self._graph)
        self._loop = compat.blocked(self._graph, end)
        self._found: tuple[End, Verdict] | None = None
        self._moved = False
        self._place = place
        self._line: QGraphicsPathItem | None = None
        self._tried: dict[End, Verdict] = {}
        self._mended: dict[End, Verdict] = {}
        self._until = 0.0

    def move(self, place: QPoint) -> None:
        """Lead the loose end to the pointer, or to the port it would take."""
        if not self._moved:
            if (place - self._start).manhattanLength() < SLACK:
                return
            self._begin()
        self._place = place
        at = self._view.at(place)
        self._show_target(self._target(at))
        end = self._view.canvas.nodes[self._end.node].port_point(
            self._end.port, output=self._end.output
        )
        if self._found is not None:
            other = self._found[0]
            at = self._view.canvas.nodes[other.node].port_point(other.port, output=other.output)
        start, finish = (end, at) if self._end.output else (at, end)
        if self._line is not None:
            self._line.setPath(wire_path(start, finish))
            self._line.setPen(self._pen())
        self._view.show_verdict(self._words(), place)

    def release(self, place: QPoint) -> None:
        """Join the port, open the search, or drop the wire that was picked up."""
        if not self._moved:
            return
        found = self._found
        self._finish()
        if found is not None:
            self._connect(found)
        elif self._loosened is not None:
            self._view.push_graph("Remove a wire", self._graph)
        else:
            self._view.open_search(place, self._end)

    def cancel(self) -> None:
        """Leave all as it was."""
        self._finish()

    def refresh(self) -> None:
        """Mark the ports that have come into view, and say what Shift changes."""
        if self._moved:
            self._offer()
            self._view.show_verdict(self._words(), self._place)

    def _begin(self) -> None:
        self._moved = True
        self._line = QGraphicsPathItem()
        self._line.setZValue(3.0)
        self._view.canvas.addItem(self._line)
        self._set_loosened(faded=True)
        self._offer()

    def _finish(self) -> None:
        """Take away everything that the gesture has put on the canvas."""
        if self._line is not None:
            self._view.canvas.removeItem(self._line)
            self._line = None
        self._set_loosened(faded=False)
        for item in self._view.canvas.nodes.values():
            item.set_state(faded=False)
            item.set_offered(frozenset())
            item.set_lit("")
        self._found = None
        self._view.show_verdict("", QPoint())

    def _set_loosened(self, *, faded: bool) -> None:
        wire = self._view.canvas.wire_of(self._loosened)
        if wire is not None:
            wire.set_state(faded=faded)

    def _offer(self) -> None:
        """Mark the ports in view that suit, and dim the nodes that have none."""
        scene = self._view.canvas
        self._until = perf_counter() + _PATIENCE
        for node_id in scene.nodes_in(self._view.seen()):
            item = scene.nodes[node_id]
            if node_id == self._end.node:
                continue
            names = item.outline.inputs if self._end.output else item.outline.outputs
            ends = [End(node_id, name, not self._end.output) for name in names]
            fits = [e for e in ends if self._suits(e)]
            sign = "<" if self._end.output else ">"
            item.set_offered(frozenset(f"{sign}{e.port}" for e in fits))
            item.set_state(faded=not fits)

    def _suits(self, other: End) -> bool:
        """Return whether a port takes the wire; in haste, whether its axes would."""
        quick = compat.verdict(self._ground, self._end, other, self._loop)
        if not quick.fits or (other not in self._tried and perf_counter() > self._until):
            return quick.fits
        return self._try(other, mend=False).fits

    def _try(self, other: End, *, mend: bool = True) -> Verdict:
        """Return the verdict on a wire to a port, tried once; its fix is sought when it counts."""
        known = self._mended if mend else self._tried
        found = known.get(other) or (self._tried.get(other) if mend else None)
        if found is None or (mend and not found.fits and other not in known):
            found = trial.wire(self._ground, self._end, other, self._loop, mend=mend)
        known[other] = found
        return found

    def _as_it_is(self) -> bool:
        """Return whether the user wants no layer put in between."""
        return bool(self._view.held & Qt.KeyboardModifier.ShiftModifier)

    def _words(self) -> str:
        """Return why the wire does not suit, or else what flows through it."""
        if self._found is not None and self._found[1].text:
            return trial.advice(self._found[1], as_it_is=self._as_it_is())
        source = self._end if self._end.output else self._found[0] if self._found else None
        tensor = compat.carried(self._ground.analysis, source) if source is not None else None
        return words.shape(tensor) if tensor is not None else ""

    def _target(self, at: QPointF) -> tuple[End, Verdict] | None:
        """Return the port under the pointer, or the best one of the node under it."""
        near = self._view.canvas.port_at(at, self._view.reach())
        if near is not None:
            item, port, output = near
            other = End(item.node.id, port, output)
            if other == self._end:
                return None
            if output != self._end.output:
                return other, self._try(other)
        item = self._view.canvas.node_at(at)
        if item is None or item.node.id == self._end.node:
            return None
        found = compat.counterpart(self._ground, self._end, item.node.id, loop=self._loop)
        return (found[0], self._try(found[0])) if found is not None else None

    def _show_target(self, found: tuple[End, Verdict] | None) -> None:
        if self._found is not None and (found is None or found[0] != self._found[0]):
            item = self._view.canvas.nodes.get(self._found[0].node)
            if item is not None:
                item.set_lit("")
        self._found = found
        if found is not None:
            end, verdict = found
            sign = ">" if end.output else "<"
            self._view.canvas.nodes[end.node].set_lit(
                f"{sign}{end.port}" if verdict.possible else ""
            )

    def _pen(self) -> QPen:
        name = "accent"
        if self._found is not None and not self._found[1].fits:
            name = "warning" if self._found[1].possible else "error"
        pen = QPen(theme().color(name), 3.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if name != "accent":
            pen.setStyle(Qt.PenStyle.DashLine)
        return pen

    def _connect(self, found: tuple[End, Verdict]) -> None:
        end, verdict = found
        if not verdict.possible:
            self._view.message.emit(verdict.text)
            return
        try:
            graph = edits.connect(self._graph, self._end, end)
        except GraphError as error:
            self._view.message.emit(str(error))
            return
        if set(graph.edges) == set(self._view.graph.edges):
            return
        if verdict.fix is None or self._as_it_is():
            self._view.push_graph("Wire", graph)
        else:
            self._view.push_graph(*trial.fixed(graph, verdict))
