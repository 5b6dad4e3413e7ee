"""Lines to which a dragged node snaps: the sides of other nodes, and where its wires run level."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsLineItem

from designer.canvas.geometry import WIDTH, snapped
from designer.theme import theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QRectF

    from designer.canvas.scene import CanvasScene

NEAR = 7.0
"""How near, in pixels on the screen, a node must come to a line to snap to it."""
_BEYOND = 24.0


class Guides:
    """The lines for one node that is dragged together with others.

    Parameters
    ----------
    scene
        Where it is dragged.
    node_id
        The node under the pointer; it is what snaps.
    moving
        All nodes that move with it; none of them is a guide.
    seen
        The part of the scene in view: what is elsewhere does not guide.
    """

    def __init__(
        self, scene: CanvasScene, node_id: str, moving: Iterable[str], seen: QRectF
    ) -> None:
        self._scene = scene
        self._item = scene.nodes[node_id]
        gone = set(moving)
        places = [scene.places[i] for i in scene.nodes_in(seen) if i not in gone]
        self._columns = _gathered((x, y) for x, y in places)
        """Left side -> the tops of the nodes that have it, in order."""
        self._rows = _gathered((y, x) for x, y in places)
        """Top -> the left sides of the nodes that have it, in order."""
        self._lefts = sorted(self._columns)
        self._tops = sorted(self._rows.keys() | self._level(gone))
        self._lines: dict[Qt.Orientation, QGraphicsLineItem] = {}

    def _level(self, gone: set[str]) -> set[float]:
        """Return where the node's top must be for one of its wires to run level."""
        found: set[float] = set()
        for wire in self._item.wires:
            edge, outline = wire.edge, self._item.outline
            if wire.source is self._item and edge.target not in gone:
                far = wire.target.port_point(edge.target_port, output=False)
                found.add(far.y() - outline.point(edge.source_port, output=True).y())
            elif wire.target is self._item and edge.source not in gone:
                far = wire.source.port_point(edge.source_port, output=True)
                found.add(far.y() - outline.point(edge.target_port, output=False).y())
        return found

    def settle(self, x: float, y: float, zoom: float) -> tuple[float, float]:
        """Return where the node goes that is dragged to (x, y), and show the lines it snaps to."""
        reach = NEAR / zoom
        left, top = _nearest(self._lefts, x, reach), _nearest(self._tops, y, reach)
        grid = snapped(x, y)
        to = (grid[0] if left is None else left, grid[1] if top is None else top)
        self._show(left, top, to)
        return to

    def clear(self) -> None:
        """Take the lines away."""
        for way in list(self._lines):
            self._draw(way, None)

    def _show(self, left: float | None, top: float | None, to: tuple[float, float]) -> None:
        """Join the node to the nearest ones, on either side, that stand on a line with it."""
        upright = level = None
        if left is not None:
            low, high = _reach(self._columns[left], to[1])
            upright = QLineF(left, low - _BEYOND, left, high + self._item.outline.height + _BEYOND)
        if top is not None and top in self._rows:
            low, high = _reach(self._rows[top], to[0])
            level = QLineF(low - _BEYOND, top, high + WIDTH + _BEYOND, top)
        self._draw(Qt.Orientation.Vertical, upright)
        self._draw(Qt.Orientation.Horizontal, level)

    def _draw(self, way: Qt.Orientation, where: QLineF | None) -> None:
        line = self._lines.get(way)
        if where is None:
            if line is not None:
                self._scene.removeItem(self._lines.pop(way))
        elif line is None:
            self._lines[way] = self._made(where)
        elif line.line() != where:
            line.setLine(where)

    def _made(self, where: QLineF) -> QGraphicsLineItem:
        line = QGraphicsLineItem(where)
        pen = QPen(theme().color("accent"), 1.0)
        pen.setCosmetic(True)
        line.setPen(pen)
        line.setZValue(4.0)
        self._scene.addItem(line)
        return line


def _nearest(lines: list[float], value: float, reach: float) -> float | None:
    place = bisect_left(lines, value)
    near = lines[max(place - 1, 0) : place + 1]
    best = min(near, key=lambda line: abs(line - value), default=None)
    return best if best is not None and abs(best - value) <= reach else None


def _gathered(pairs: Iterable[tuple[float, float]]) -> dict[float, list[float]]:
    """Return for each first number the second ones, in order."""
    found: dict[float, list[float]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    for values in found.values():
        values.sort()
    return found


def _reach(places: list[float], at: float) -> tuple[float, float]:
    """Return from where to where a line goes from a place to the next ones before and behind."""
    here = bisect_left(places, at)
    near = (*places[max(here - 1, 0) : here + 1], at)
    return min(near), max(near)
