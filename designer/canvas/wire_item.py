"""One wire on the canvas. Qt paints it in C++; only its hit area is worked out here."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsPathItem

from designer.canvas.geometry import HEIGHT, led_path, wire_middle
from designer.theme import NAMES, theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QGraphicsScene

    from designer.canvas.node_item import NodeItem
    from engine.graph import Edge

HIT = 12.0
"""Width of the band around a wire that takes the mouse."""
DOT = 5.0
"""Radius of the dots through which it runs."""
LABEL = QRectF(-60.0, -10.0, 120.0, 20.0)


class WireItem(QGraphicsPathItem):
    """The curve of one wire between two nodes."""

    # A wire has most of these all its life: it costs nothing to have thousands of them.
    label = ""
    middle = QPointF()
    length = 0.0
    selected = False
    near = False
    """True: one of its nodes is selected."""
    marked = False
    """True: a node that is dropped now would be inserted here."""
    wrong = False
    faded = False
    flow: float | None = None
    """The heat of the gradient that comes back through it, where that is known."""
    bends: tuple[QPointF, ...] = ()
    """The dots through which it runs, in the scene."""
    _dots: tuple[QGraphicsEllipseItem, ...] = ()
    _plain = True
    """True: neither raised nor faded."""

    def __init__(self, edge: Edge, source: NodeItem, target: NodeItem) -> None:
        super().__init__()
        self.edge = edge
        self.source = source
        self.target = target

    def shape(self) -> QPainterPath:
        """Return a band along the wire, not the area that its curve encloses."""
        stroker = QPainterPathStroker()
        stroker.setWidth(HIT)
        return stroker.createStroke(self.path())

    def crosses(self, before: QPointF, at: QPointF) -> bool:
        """Return whether the curve crosses the straight line between two places of the scene."""
        stroke = QPainterPath(before)
        stroke.lineTo(at)
        stroker = QPainterPathStroker()
        stroker.setWidth(0.5)
        return stroker.createStroke(stroke).intersects(stroker.createStroke(self.path()))

    def adjust(self) -> None:
        """Follow the two nodes."""
        start = self.source.port_point(self.edge.source_port, output=True)
        end = self.target.port_point(self.edge.target_port, output=False)
        scene = cast("QGraphicsScene | None", self.scene()) if self.label else None
        if scene is not None:
            scene.update(LABEL.translated(self.middle))
        above = end.y() - self.target.pos().y()
        depth = above if end.y() > start.y() else self.target.outline.height - above
        self.setPath(led_path(start, self.bends, end, depth))
        # The label stands on the longest stretch.
        first, last = (start, end) if not self.bends else self._longest(start, end)
        self.middle = wire_middle(first, last, depth if last is end else HEIGHT / 2)
        self.length = abs(last.x() - first.x())
        if scene is not None:
            scene.update(LABEL.translated(self.middle))

    def _longest(self, start: QPointF, end: QPointF) -> tuple[QPointF, QPointF]:
        stretches = itertools.pairwise((start, *self.bends, end))
        return max(stretches, key=lambda ends: abs(ends[1].x() - ends[0].x()))

    def set_bends(self, bends: tuple[QPointF, ...]) -> None:
        """Run through these dots."""
        if bends == self.bends:
            return
        self.bends = bends
        dots = list(self._dots)
        for dot in dots[len(bends) :]:
            scene = cast("QGraphicsScene | None", dot.scene())
            if scene is not None:
                scene.removeItem(dot)
        del dots[len(bends) :]
        while len(dots) < len(bends):
            dot = QGraphicsEllipseItem(-DOT, -DOT, 2 * DOT, 2 * DOT, self)
            dot.setPen(QPen(Qt.PenStyle.NoPen))
            dots.append(dot)
        self._dots = tuple(dots)
        for dot, place in zip(self._dots, bends, strict=True):
            dot.setPos(place)
        self.dress()
        self.adjust()

    def set_label(self, label: str, *, wrong: bool) -> None:
        """Show the shape of the tensor that flows here."""
        if label != self.label:
            self.label = label
            self.update()
        if wrong != self.wrong:
            self.wrong = wrong
            self.dress()

    def set_state(
        self,
        *,
        selected: bool | None = None,
        near: bool | None = None,
        marked: bool | None = None,
        faded: bool | None = None,
    ) -> None:
        """Take on a state; what is None stays as it was."""
        before = (self.selected, self.near, self.marked, self.faded)
        self.selected = self.selected if selected is None else selected
        self.near = self.near if near is None else near
        self.marked = self.marked if marked is None else marked
        self.faded = self.faded if faded is None else faded
        if before != (self.selected, self.near, self.marked, self.faded):
            self.dress()

    def set_flow(self, flow: float | None) -> None:
        """Show how strong a gradient comes back through it, from 0 to 1; None for no figure."""
        if flow == self.flow:
            return
        self.flow = flow
        if flow is None or self.selected or self.marked or self.near or self.wrong or self._dots:
            self.dress()
        else:
            self.setPen(_heat_pen(theme().name, flow))

    def dress(self) -> None:
        """Choose the pen for the state and the theme."""
        look = theme()
        strong = self.selected or self.marked
        plain = not (strong or self.near or self.faded)
        self.setZValue(-0.5 if strong or self.near else -1.0)
        if plain and self._plain and not self.wrong and not self._dots and self.flow is None:
            self.setPen(_plain_pen(look.name))
            return
        self._plain = plain
        name = "accent" if strong or self.near else "error" if self.wrong else "wire"
        pen = QPen(look.color(name), 3.5 if strong else 2.0)
        if name == "wire" and self.flow is not None:
            pen = QPen(_heat_pen(look.name, self.flow))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if self.wrong:
            pen.setStyle(Qt.PenStyle.DashLine)
        self.setPen(pen)
        for dot in self._dots:
            dot.setBrush(pen.color())
        self.setOpacity(0.3 if self.faded else 1.0)


@lru_cache(maxsize=8)
def _plain_pen(name: str) -> QPen:
    """Return the pen of a wire of which there is nothing to tell."""
    pen = QPen(NAMES[name].color("wire"), 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


@lru_cache(maxsize=256)
def _heat_pen(name: str, heat: float) -> QPen:
    """Return the pen of a gradient: hotter and wider the stronger it is."""
    pen = QPen(NAMES[name].heat_color(heat), 1.5 + 4.0 * heat)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
