"""Sizes of nodes and places of ports on them, in scene pixels; the paths of wires. No state."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from engine.catalog import registry
from engine.graph import NETWORK
from engine.networks import inputs_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.graph import Edge, Graph, Node

WIDTH = 224.0
HEAD = 32.0
HEIGHT = 80.0
ROW = 20.0
RADIUS = 8.0
PORT = 5.5
REACH = 14.0
"""How far from a port, in pixels on the screen, it still takes the mouse."""
MARGIN = 10.0
"""What a node paints beyond its body: ports and shadow."""
LIP = 30.0
"""Height of the strip under a node that shows live figures."""
TURN = 40.0
"""How far a wire that runs back swings out."""
GAP_X = 96.0
GAP_Y = 48.0
GRID = 24.0
COPY = 19.0
"""Height of a row that shows one copy of an unfolded repeat."""
LISTED = 16
"""Copies that have rows of their own; more of them share rows as small fields."""
ABREAST = 12
FOLD = QRectF(WIDTH - 66.0, 5.0, 58.0, 22.0)
"""The switch on a repeat's head that folds and unfolds it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a node in order, and what people read beside them."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    input_titles: tuple[str, ...] = ()
    output_titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The body of a node and its ports, seen from its top left corner."""

    height: float
    inputs: dict[str, QPointF]
    outputs: dict[str, QPointF]
    rows: bool
    """True: the ports stand in rows of their own, with their names."""
    copies: int = 0
    """How many copies of an unfolded repeat are shown, each in its field."""

    @property
    def body(self) -> QRectF:
        """Return the body's rectangle."""
        return QRectF(0.0, 0.0, WIDTH, self.height)

    def point(self, port: str, *, output: bool) -> QPointF:
        """Return where a port is; a wire to a port nobody knows ends in the middle."""
        found = (self.outputs if output else self.inputs).get(port)
        return found or QPointF(WIDTH if output else 0.0, HEIGHT / 2)

    def copy_room(self, copy: int) -> QRectF:
        """Return the field of one copy of an unfolded repeat."""
        top = self.height - copies_height(self.copies) + 4.0
        if self.copies <= LISTED:
            return QRectF(10.0, top + COPY * copy, WIDTH - 20.0, COPY - 2.0)
        row, column = divmod(copy, ABREAST)
        wide = (WIDTH - 20.0) / ABREAST
        return QRectF(10.0 + wide * column, top + COPY * row, wide - 2.0, COPY - 2.0)

    def copy_at(self, at: QPointF) -> int | None:
        """Return the copy whose field lies under a place of the body."""
        return next((k for k in range(self.copies) if self.copy_room(k).contains(at)), None)


def copies_height(copies: int) -> float:
    """Return how much an unfolded repeat is higher than a folded one."""
    if not copies:
        return 0.0
    return COPY * (copies if copies <= LISTED else -(-copies // ABREAST)) + 10.0


@lru_cache(maxsize=4096)
def outline(inputs: tuple[str, ...], outputs: tuple[str, ...], copies: int = 0) -> Outline:
    """Return the outline of a node with these ports; a single port stands in the middle."""
    most = max(len(inputs), len(outputs))
    rows = most > 1
    height = HEIGHT + (ROW * most + 4.0 if rows else 0.0) + copies_height(copies)

    def place(names: tuple[str, ...], x: float) -> dict[str, QPointF]:
        if len(names) == 1:
            return {names[0]: QPointF(x, HEIGHT / 2)}
        return {n: QPointF(x, HEIGHT + ROW * (i + 0.5)) for i, n in enumerate(names)}

    return Outline(height, place(inputs, 0.0), place(outputs, WIDTH), rows, copies)


@lru_cache(maxsize=256)
def bounds(height: float) -> QRectF:
    """Return the room of a node's body of some height with ports and shadow; not to be changed."""
    return outlined(QRectF(-MARGIN, -MARGIN, WIDTH + 2 * MARGIN, height + 2 * MARGIN))


def outlined(room: QRectF) -> QRectF:
    """Return the rectangle that fills a room together with half of Qt's line around it."""
    return room.adjusted(0.5, 0.5, -0.5, -0.5)


def ports(node: Node, networks: Mapping[str, Graph], edges: Iterable[Edge] = ()) -> Ports:
    """Return a node's inputs and outputs; an unknown layer has those of its wires."""
    known = _ports_of(node.spec)
    if known is not None:
        return known
    if registry.node(node.spec) is not None or node.spec == NETWORK:
        inputs, outputs = inputs_of(node, networks), outputs_of(node, networks)
        return Ports(
            tuple(p.name for p in inputs),
            tuple(p.name for p in outputs),
            tuple(p.title or p.name for p in inputs),
            tuple(p.title or p.name for p in outputs),
        )
    touching = list(edges)
    ins = tuple(dict.fromkeys(e.target_port for e in touching if e.target == node.id))
    outs = tuple(dict.fromkeys(e.source_port for e in touching if e.source == node.id))
    return Ports(ins, outs, ins, outs)


@lru_cache(maxsize=4096)
def _ports_of(spec_id: str) -> Ports | None:
    """Return the ports of an entry that has the same ones on every node, else None."""
    spec = registry.node(spec_id)
    if spec is None or spec.ports is not None or spec_id == NETWORK:
        return None
    ins, outs = tuple(p.name for p in spec.inputs), tuple(p.name for p in spec.outputs)
    titles = tuple(tuple(p.title or p.name for p in side) for side in (spec.inputs, spec.outputs))
    return Ports(ins, outs, *titles)


def _lane(x0: float, y0: float, x1: float, y1: float, depth: float = HEIGHT / 2) -> float | None:
    """Return the height at which a wire runs back between two rows; None for other wires.

    `depth` is how far the node it arrives at reaches beyond the port, towards the other row.
    """
    rise = y1 - y0
    if x1 >= x0 or abs(rise) < depth + HEIGHT / 2 + ROW:
        return None
    return y1 - (depth + ROW) * (1 if rise > 0 else -1)


def wire_middle(start: QPointF, end: QPointF, depth: float = HEIGHT / 2) -> QPointF:
    """Return the middle of a wire, where its label stands."""
    x0, y0, x1, y1 = start.x(), start.y(), end.x(), end.y()
    lane = _lane(x0, y0, x1, y1, depth)
    return QPointF((x0 + x1) / 2, (y0 + y1) / 2 if lane is None else lane)


def corners(start: QPointF, bends: Sequence[QPointF], end: QPointF) -> list[QPointF]:
    """Return the places between which a wire runs about straight, for the view from afar."""
    if bends:
        return [start, *bends, end]
    lane = _lane(start.x(), start.y(), end.x(), end.y())
    if lane is None:
        return [start, end]
    return [start, QPointF(start.x(), lane), QPointF(end.x(), lane), end]


def wire_path(start: QPointF, end: QPointF, depth: float = HEIGHT / 2) -> QPainterPath:
    """Return the curve of a wire: it leaves and arrives level.

    One that runs back to another row turns round and takes the lane between the rows, `depth` and
    some room away from the port.
    """
    path = QPainterPath(start)
    x0, y0, x1, y1 = start.x(), start.y(), end.x(), end.y()
    gap = x1 - x0
    lane = _lane(x0, y0, x1, y1, depth)
    if lane is not None:
        path.cubicTo(x0 + TURN, y0, x0 + TURN, lane, x0, lane)
        path.lineTo(x1, lane)
        path.cubicTo(x1 - TURN, lane, x1 - TURN, y1, x1, y1)
        return path
    pull = max(32.0, min(160.0, gap * 0.5)) if gap >= 0 else min(240.0, 48.0 - gap * 0.5)
    if gap >= 0 and abs(y1 - y0) < 0.5:
        path.lineTo(x1, y1)
    else:
        path.cubicTo(x0 + pull, y0, x1 - pull, y1, x1, y1)
    return path


def led_path(
    start: QPointF, bends: Sequence[QPointF], end: QPointF, depth: float = HEIGHT / 2
) -> QPainterPath:
    """Return the curve of a wire that runs through some dots."""
    if not bends:
        return wire_path(start, end, depth)
    path = QPainterPath(start)
    for first, second in itertools.pairwise((start, *bends, end)):
        path.connectPath(wire_path(first, second, depth if second is end else HEIGHT / 2))
    return path


def snapped(x: float, y: float) -> tuple[float, float]:
    """Return the nearest point on the layout's 8-pixel raster."""
    return round(x / 8) * 8.0, round(y / 8) * 8.0
