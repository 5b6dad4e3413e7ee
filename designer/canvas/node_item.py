"""One node on the canvas. It paints a cached face; all it knows is handed to it by the scene."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas import copies, emblems, faces, geometry, words
from designer.canvas.blit import bucket, put
from designer.canvas.geometry import LIP, MARGIN, PORT, RADIUS, WIDTH
from designer.canvas.heat import level
from designer.canvas.strip_item import StripItem
from designer.theme import theme
from engine.analysis import placed
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QPainter

    from designer.canvas.emblems import Sheet
    from designer.canvas.faces import FaceCache
    from designer.canvas.geometry import Outline, Ports
    from designer.canvas.heat import Board
    from designer.canvas.wire_item import WireItem
    from engine.graph import Node
    from engine.shapes import NodeInfo, Problem

Live = tuple[str, float | None]
_FADED = 0.35
_RING = 5.0
"""Width of the coloured line around a node that has a heat."""
_OFF = 0.55
"""How a node is drawn that is passed over."""


class NodeItem(QGraphicsRectItem):
    """The picture of one node. `wires` are the items of its wires, kept by the scene.

    Its rectangle is all that it paints; Qt asks for that in every frame, and need not ask Python.
    """

    Z = 0.0

    # A node has most of these all its life: it costs nothing to have thousands of them.
    info: NodeInfo | None = None
    problems: tuple[Problem, ...] = ()
    field = ""
    board: Board | None = None
    """Where its live figures stand."""
    cache: FaceCache | None = None
    selected = False
    faded = False
    dimmed = False
    """True: it is not among the nodes that are pointed out."""
    kin = False
    """True: it shares its weights with the place that is selected or under the pointer."""
    unfolded = False
    lit = ""
    """The port under the pointer: `<in` or `>out`; nothing for none."""
    offered: frozenset[str] = frozenset()
    """Ports in which the wire being drawn may end."""
    _told: Live | None = None
    _copies_told: Mapping[int, Live] = MappingProxyType({})
    _strip: StripItem | None = None
    _kernels: Sheet | None = None
    _face: faces.Face | None = None

    def __init__(self, node: Node, ports: Ports, title: str = "") -> None:
        outline = geometry.outline(ports.inputs, ports.outputs)
        super().__init__(geometry.bounds(outline.height))
        self.node = node
        self.title = title
        """What the placed network is called; nothing for a layer."""
        self.wires: list[WireItem] = []
        self.ports = ports
        self.outline: Outline = outline

    # -- Qt

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the face at whole device pixels, then what changes often."""
        where = painter.worldTransform()
        zoom = where.m11()
        scale, ratio, look = bucket(zoom), painter.device().devicePixelRatio(), theme()
        dim = self.faded or self.dimmed
        painter.setOpacity(_FADED if dim else _OFF if self.node.bypassed else 1.0)
        if self.cache is not None:
            pixmap = self.cache.pixmap(self.face, look, scale, ratio)
            put(painter, where, -MARGIN, -MARGIN, pixmap, scale)
        live = self.live
        if live is not None and live[1] is not None:
            shade, pen = level(live[1]) or 0.0, max(_RING, 3.0 / scale)
            ring = faces.ring(look.name, self.outline.height, shade, pen, scale, ratio)
            put(painter, where, -MARGIN, -MARGIN, ring, scale)
        if self.outline.copies and zoom >= faces.PLAIN_BELOW:
            copies.paint(painter, self.outline, self.copy_words(), self.copies_live)
        if self.selected or self.kin:
            pen = QPen(look.color("accent"), max(2.0, 1.5 / zoom))
            if not self.selected:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                self.outline.body.adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2
            )
        if self.lit or self.offered:
            self._paint_ports(painter)

    def _paint_ports(self, painter: QPainter) -> None:
        look = theme()
        for port in {self.lit, *self.offered} - {""}:
            hot = port == self.lit
            painter.setPen(QPen(look.color("canvas" if hot else "accent"), 2.0))
            painter.setBrush(look.color("accent" if hot else "raised"))
            size = PORT + (3 if hot else 1)
            painter.drawEllipse(self.outline.point(port[1:], output=port[0] == ">"), size, size)

    # -- what it shows

    @property
    def face(self) -> faces.Face:
        """Return the content of the face, worked out when it is first wanted."""
        if self._face is None:
            self._face = self._make_face()
        return self._face

    @property
    def badge(self) -> str:
        """Return error, warning or nothing."""
        if not self.problems:
            return ""
        return "error" if any(p.severity == "error" for p in self.problems) else "warning"

    @property
    def family(self) -> str:
        """Return the group of the node's entry; nothing for an unknown one."""
        spec = registry.node(self.node.spec)
        return spec.group if spec else ""

    @property
    def copies(self) -> int:
        """Return how many copies of a placed network stand in a row; 1 for a layer."""
        if not placed(self.node):
            return 1
        if self.info is not None and self.info.copies:
            return len(self.info.copies)
        times = self.node.params.get("times", 1)
        return times if isinstance(times, int) else 1

    @property
    def shared(self) -> str:
        """Return the key of the network whose weights this place shares, or nothing."""
        return placed(self.node) if self.node.params.get("weights") == "shared" else ""

    def on_fold(self, at: QPointF) -> bool:
        """Return whether a place in the scene lies on the switch that folds a repeat."""
        return self.copies > 1 and faces.fold_switch(self.badge).contains(at - self.pos())

    def copy_words(self) -> tuple[str, ...]:
        """Return for each copy of a repeat what leaves it."""
        if self.info is None or len(self.info.copies) != self.outline.copies:
            return ("",) * self.outline.copies
        return tuple(words.result(copy, self.ports.outputs) for copy in self.info.copies)

    def strip(self) -> QRectF:
        """Return the place of the live figures, below the body and its shadow."""
        return QRectF(6, self.outline.height + MARGIN + 3, WIDTH - 12, LIP - MARGIN)

    def set_node(self, node: Node, ports: Ports, title: str = "") -> None:
        """Show another state of the node."""
        self.node = node
        self.title = title
        self.set_ports(ports)
        self.refresh()

    def set_ports(self, ports: Ports) -> None:
        """Take other ports; only those of a placed network or of an unknown layer ever change."""
        if ports != self.ports:
            self.ports = ports
            self._reshape()

    def set_unfolded(self, unfolded: bool) -> None:
        """Show the copies of a repeat one by one, or only how many there are."""
        if unfolded != self.unfolded:
            self.unfolded = unfolded
            self._reshape()

    def _reshape(self) -> None:
        self.outline = self._find_outline()
        self.setRect(geometry.bounds(self.outline.height))
        if self._strip is not None:
            self._strip.place(self.strip())
        self.refresh()

    def _find_outline(self) -> Outline:
        shown = self.copies if self.unfolded and self.copies > 1 else 0
        return geometry.outline(self.ports.inputs, self.ports.outputs, shown)

    def set_findings(
        self, info: NodeInfo | None, problems: tuple[Problem, ...], field: str
    ) -> None:
        """Show what the analysis found; nothing is redrawn if it is the same as before."""
        if (info, problems, field) != (self.info, self.problems, self.field):
            self.info, self.problems, self.field = info, problems, field
            if self.unfolded and self.outline.copies != self.copies:
                self._reshape()
            else:
                self.refresh()

    @property
    def live(self) -> Live | None:
        """Return the text below the node and the heat, from 0 to 1, around it."""
        return self.board.values.get(self.node.id) if self.board is not None else None

    @property
    def copies_live(self) -> dict[int, Live]:
        """Return the same of the copies of an unfolded repeat."""
        if self.board is None or not self.outline.copies:
            return {}
        values, stem = self.board.values, self.node.id
        names = ((copy, values.get(f"{stem}#{copy}")) for copy in range(self.outline.copies))
        return {copy: live for copy, live in names if live is not None}

    def show_live(self) -> None:
        """Draw what has changed of the live figures: while the colour stays only the strip."""
        live = self.live
        if live != self._told:
            known, self._told = self._told, live
            if self._strip is None:
                self._strip = StripItem(self, self.strip())
            self._strip.setVisible(live is not None)
            if live is not None:
                self._strip.tell(*live)
            if _level(known) != _level(live):
                # The line lies half outside; the shadow beyond it stays.
                self.update(self.outline.body.adjusted(-_RING, -_RING, _RING, _RING))
        if self.outline.copies and (copies := self.copies_live) != self._copies_told:
            self._copies_told = copies
            self.update(self.outline.body)

    def set_kernels(self, kernels: Sheet | None) -> None:
        """Show what a convolution has learned, or no longer."""
        if kernels != self._kernels:
            self._kernels = kernels
            self.refresh()

    def set_state(
        self,
        *,
        selected: bool | None = None,
        faded: bool | None = None,
        dimmed: bool | None = None,
        kin: bool | None = None,
    ) -> None:
        """Outline the node, or dim it; what is None stays as it was."""
        before = (self.selected, self.faded, self.dimmed, self.kin)
        self.selected = self.selected if selected is None else selected
        self.faded = self.faded if faded is None else faded
        self.dimmed = self.dimmed if dimmed is None else dimmed
        self.kin = self.kin if kin is None else kin
        if before != (self.selected, self.faded, self.dimmed, self.kin):
            self.update()

    def set_lit(self, port: str) -> None:
        """Mark one port, or none."""
        if port != self.lit:
            self.lit = port
            self.update()

    def set_offered(self, ports: frozenset[str]) -> None:
        """Mark the ports to which the wire being drawn can go."""
        if ports != self.offered:
            self.offered = ports
            self.update()

    def refresh(self) -> None:
        """Have the face worked out anew at the next paint."""
        # Without a face it was not painted since it was last asked to be.
        if self._face is not None:
            self._face = None
            self.update()

    def tooltip(self) -> str:
        """Return the sentences of the node's problems, or what its entry says of itself."""
        if self.problems:
            return "\n".join(p.message for p in self.problems)
        spec = registry.node(self.node.spec)
        if self.title:
            return words.place_help(self.node, self.title, self.copies)
        return spec.summary if spec else f"“{self.node.spec}” is not known to this version."

    def port_point(self, port: str, *, output: bool) -> QPointF:
        """Return where a port is in the scene."""
        return self.pos() + self.outline.point(port, output=output)

    def nearest_port(self, at: QPointF, reach: float) -> tuple[str, bool, float] | None:
        """Return (port, is output, distance) of the port nearest to a place in the scene."""
        best: tuple[str, bool, float] | None = None
        local = at - self.pos()
        for points, output in ((self.outline.outputs, True), (self.outline.inputs, False)):
            for name, point in points.items():
                away = local - point
                distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
                if distance <= reach and (best is None or distance < best[2]):
                    best = (name, output, distance)
        return best

    def _make_face(self) -> faces.Face:
        spec = registry.node(self.node.spec)
        info = self.info
        inputs, outputs = self.ports.inputs, self.ports.outputs
        shapes: tuple[str, ...] = ()
        shown = ""
        if info is not None:
            shapes = tuple(
                words.shape(info.outputs[o]) if o in info.outputs else "" for o in outputs
            )
            if not self.outline.rows:
                shown = shapes[0] if shapes else ""
            elif len(outputs) == 1:
                shown = shapes[0]
            if not outputs and info.inputs:
                shown = words.shape(info.inputs[0])
        return faces.Face(
            self.node.spec,
            spec.group if spec else "",
            words.display_name(self.node, spec, self.title),
            words.settings(spec, self.node, self.field, self.title, info.values if info else None),
            shown,
            words.count(info.parameters) if info else "",
            self._mark(),
            spec is not None,
            inputs,
            outputs,
            self._wired(),
            shapes,
            (self.ports.input_titles, self.ports.output_titles),
            words.cost(info.flops) if info and self.title else "",
            0 if not self.title else 2 if self.copies > 1 else 1,
            f"×{self.copies}" if self.copies > 1 else "",
            bool(self.shared),
            self.outline.copies,
            emblems.curve_of(self.node, info.values if info else None),
            self._kernels,
        )

    def _mark(self) -> str:
        """Return the badge as the face draws it: a lock where a text waits to be trusted."""
        errors = [p for p in self.problems if p.severity == "error"]
        locked = errors and all(p.kind == "trust" and not p.path for p in errors)
        return "lock" if locked else self.badge

    def _wired(self) -> frozenset[str]:
        """Return the ports in use; the scene puts the wires into `wires`."""
        found: set[str] = set()
        for wire in self.wires:
            edge = wire.edge
            if edge.source == self.node.id:
                found.add(f">{edge.source_port}")
            if edge.target == self.node.id:
                found.add(f"<{edge.target_port}")
        return frozenset(found)


def _level(live: Live | None) -> float | None:
    """Return the step of colour of a figure."""
    return level(live[1]) if live is not None else None
