"""Wires that would run behind layers, led around them; what is near is looked up, not searched."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from designer.canvas.geometry import LIP, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from designer.canvas.geometry import Outline
    from engine.graph import Edge

Place = tuple[float, float]

_CLEAR = 12.0
"""How far a wire stays from layers that it passes."""
_FAR = 640.0
"""How far from its ends a wire is led at most."""
_STEPS = 24
_LEVEL = 0.5
_BEND = 24.0
"""How far from a layer a wire that is led leaves its height at least,"""
_SWEEP = 72.0
"""and from the layers at its ends at most, so that it comes down in a sweep."""
_APART = 10.0
"""How far two wires that are led alike lie from each other."""


class Detours:
    """Knows where layers stand, and where a wire between two of them gets by the others."""

    def __init__(self, places: Mapping[str, Place], outlines: Mapping[str, Outline]) -> None:
        self._places = places
        self._outlines = outlines
        self._columns: dict[float, list[tuple[float, float]]] = {}
        """Left side -> (top, bottom) of the layers there, from the top down."""
        for node_id, (x, y) in places.items():
            self._columns.setdefault(x, []).append((y, y + outlines[node_id].height))
        for column in self._columns.values():
            column.sort()
        self._lefts = sorted(self._columns)
        self._taken: list[tuple[float, float, float]] = []

    def dots(self, edges: Iterable[Edge]) -> dict[Edge, tuple[Place, ...]]:
        """Return the dots of those wires that cannot run straight."""
        found: dict[Edge, tuple[Place, ...]] = {}
        for edge in edges:
            start, end = self._end(edge, output=True), self._end(edge, output=False)
            if end[0] - start[0] > WIDTH and self._blocked(start, end):
                height = self._corridor(start, end)
                if height is not None:
                    found[edge] = self._led(start, end, height)
        return found

    def _end(self, edge: Edge, *, output: bool) -> Place:
        node_id = edge.source if output else edge.target
        port = edge.source_port if output else edge.target_port
        x, y = self._places[node_id]
        at = self._outlines[node_id].point(port, output=output)
        return x + at.x(), y + at.y()

    def _between(self, start: Place, end: Place) -> list[float]:
        """Return the columns that a wire passes."""
        first = bisect.bisect_left(self._lefts, start[0])
        last = bisect.bisect_right(self._lefts, end[0] - WIDTH)
        return self._lefts[first:last]

    def _near(self, left: float, low: float, high: float) -> Sequence[tuple[float, float]]:
        """Return the layers of a column that reach into a stretch of heights."""
        column = self._columns[left]
        last = bisect.bisect_left(column, (high, 0.0))
        return [(top, bottom) for top, bottom in column[:last][-40:] if bottom > low]

    def _blocked(self, start: Place, end: Place) -> bool:
        curve = _sampled(start, end)
        for left in self._between(start, end):
            for x in (left, left + WIDTH / 2, left + WIDTH):
                y = _height(curve, x)
                if self._near(left, y - 4.0, y + 4.0):
                    return True
        return False

    def _corridor(self, start: Place, end: Place) -> float | None:
        """Return the height nearest to both ends at which nothing stands in the way."""
        low, high = min(start[1], end[1]) - _FAR, max(start[1], end[1]) + _FAR
        walls = [w for left in self._between(start, end) for w in self._near(left, low, high)]
        tries = [start[1], end[1]]
        for top, bottom in dict.fromkeys(walls):
            tries += [top - 20.0, bottom + LIP + 20.0]
        tries.sort(key=lambda y: abs(y - start[1]) + abs(y - end[1]))
        for height in tries:
            clear = all(not top - _CLEAR < height < bottom + _CLEAR for top, bottom in walls)
            if clear and low < height < high:
                return self._spaced(start[0], end[0], height)
        return None

    def _led(self, start: Place, end: Place, height: float) -> tuple[Place, ...]:
        """Return the dots of a wire along a height; where it leaves or arrives there, none."""
        lefts = self._between(start, end)
        before = min(max(lefts[0] - start[0] - _BEND, _BEND), _SWEEP)
        behind = min(max(end[0] - lefts[-1] - WIDTH - _BEND, _BEND), _SWEEP)
        first, last = (start[0] + before, height), (end[0] - behind, height)
        if abs(height - start[1]) < _LEVEL:
            return (last,)
        return (first,) if abs(height - end[1]) < _LEVEL else (first, last)

    def _spaced(self, left: float, right: float, height: float) -> float:
        """Return the height, a little off where another wire was led along it."""
        for shift in (0.0, -_APART, _APART):
            if not any(
                abs(y - height - shift) < _APART - 1 and a < right and left < b
                for a, b, y in self._taken
            ):
                height += shift
                break
        self._taken.append((left, right, height))
        return height


def _sampled(start: Place, end: Place) -> list[Place]:
    """Return places along the curve that `geometry.wire_path` draws."""
    (x0, y0), (x1, y1) = start, end
    pull = max(32.0, min(160.0, (x1 - x0) * 0.5))
    result: list[Place] = []
    for step in range(_STEPS + 1):
        t = step / _STEPS
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = a * x0 + b * (x0 + pull) + c * (x1 - pull) + d * x1
        result.append((x, (a + b) * y0 + (c + d) * y1))
    return result


def _height(curve: Sequence[Place], x: float) -> float:
    """Return the height of a sampled curve over a place."""
    after = min(max(bisect.bisect_left(curve, (x, 0.0)), 1), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[after - 1], curve[after]
    return y0 if x1 == x0 else y0 + (y1 - y0) * min(max((x - x0) / (x1 - x0), 0.0), 1.0)
