"""Lines to which a dragged node snaps: the sides of other nodes, and where its wires run level."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF
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
        self._columns = _extents((x, y) for x, y in places)
        """Left side -> how far up and down nodes have it."""
        self._rows = _extents((y, x) for x, y in places)
        """Top -> how far to the left and right nodes have it."""
        self._lefts = sorted(self._columns)
        self._tops = sorted(self._rows.keys() | self._level(gone))
        self._lines: list[QGraphicsLineItem] = []

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
        for line in self._lines:
            self._scene.removeItem(line)
        self._lines.clear()

    def _show(self, left: float | None, top: float | None, to: tuple[float, float]) -> None:
        self.clear()
        height = self._item.outline.height
        if left is not None:
            low, high = self._columns[left]
            low, high = min(low, to[1]) - _BEYOND, max(high, to[1]) + height + _BEYOND
            self._add(QLineF(left, low, left, high))
        if top is not None and top in self._rows:
            low, high = self._rows[top]
            low, high = min(low, to[0]) - _BEYOND, max(high, to[0]) + WIDTH + _BEYOND
            self._add(QLineF(low, top, high, top))

    def _add(self, where: QLineF) -> None:
        line = QGraphicsLineItem(where)
        pen = QPen(theme().color("accent"), 1.0)
        pen.setCosmetic(True)
        line.setPen(pen)
        line.setZValue(4.0)
        self._scene.addItem(line)
        self._lines.append(line)


def _nearest(lines: list[float], value: float, reach: float) -> float | None:
    place = bisect_left(lines, value)
    near = lines[max(place - 1, 0) : place + 1]
    best = min(near, key=lambda line: abs(line - value), default=None)
    return best if best is not None and abs(best - value) <= reach else None


def _extents(pairs: Iterable[tuple[float, float]]) -> dict[float, tuple[float, float]]:
    """Return for each first number the least and the greatest second."""
    found: dict[float, tuple[float, float]] = {}
    for key, value in pairs:
        low, high = found.get(key, (value, value))
        found[key] = (min(low, value), max(high, value))
    return found
