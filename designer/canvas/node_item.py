"""One node on the canvas. It paints a cached face; all it knows is handed to it by the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas import faces, geometry, words
from designer.canvas.geometry import LIP, MARGIN, PORT, RADIUS, WIDTH
from designer.theme import theme
from engine.catalog import registry

if TYPE_CHECKING:
    from designer.canvas.faces import FaceCache
    from designer.canvas.geometry import Outline
    from designer.canvas.wire_item import WireItem
    from engine.graph import Node
    from engine.shapes import NodeInfo, Problem

Live = tuple[str, float | None]
_HINT = QPainter.RenderHint.SmoothPixmapTransform
_FADED = 0.35


class NodeItem(QGraphicsItem):
    """The picture of one node. `wires` are the items of its wires, kept by the scene."""

    Z = 1.0

    def __init__(self, node: Node, names: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        super().__init__()
        self.node = node
        self.wires: list[WireItem] = []
        self.info: NodeInfo | None = None
        self.problems: tuple[Problem, ...] = ()
        self.field = ""
        self.live: Live | None = None
        self.selected: bool = False
        self.faded: bool = False
        self.lit = ""
        """The port under the pointer: `<in` or `>out`; nothing for none."""
        self.offered: frozenset[str] = frozenset()
        """Ports in which the wire being drawn may end."""
        self.cache: FaceCache | None = None
        self._face: faces.Face | None = None
        self._names = names
        self.outline: Outline = geometry.outline(*names)
        self._bounds = self._find_bounds()
        self.setZValue(self.Z)

    # -- Qt

    def boundingRect(self) -> QRectF:
        """Return the body with ports, shadow and the strip below."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the face at whole device pixels, then what changes often."""
        where = painter.worldTransform()
        zoom = where.m11()
        ratio = painter.device().devicePixelRatio()
        scale = faces.bucket(zoom)
        look = theme()
        painter.setOpacity(_FADED if self.faded else 1.0)
        if self.cache is not None:
            pixmap = self.cache.pixmap(self.face, look, scale, ratio)
            x = where.dx() - MARGIN * zoom
            y = where.dy() - MARGIN * zoom
            x, y = round(x * ratio) / ratio, round(y * ratio) / ratio
            part = zoom / scale
            exact = abs(part - 1.0) < 1e-3
            painter.setRenderHint(_HINT, not exact)
            if exact:
                painter.setWorldTransform(QTransform.fromTranslate(x, y))
            else:
                painter.setWorldTransform(QTransform(part, 0, 0, part, x, y))
            painter.drawPixmap(QPointF(0, 0), pixmap)
            painter.setWorldTransform(where)
        if self.live is not None:
            self._paint_live(painter, self.live, zoom)
        if self.selected:
            painter.setPen(QPen(look.color("accent"), max(2.0, 1.5 / zoom)))
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

    def _paint_live(self, painter: QPainter, live: Live, zoom: float) -> None:
        look = theme()
        text, value = live
        strip = self.strip()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("raised"))
        painter.drawRoundedRect(strip, 5, 5)
        if value is not None:
            bar = strip.adjusted(0, strip.height() - 4, 0, 0)
            bar.setWidth(max(4.0, strip.width() * min(max(value, 0.0), 1.0)))
            painter.setBrush(look.heat_color(value))
            painter.drawRoundedRect(bar, 2, 2)
        if zoom >= faces.PLAIN_BELOW:
            painter.setFont(look.font("small"))
            painter.setPen(look.color("text_muted"))
            flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(strip.adjusted(8, 0, -8, -4), flags, text)

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

    def strip(self) -> QRectF:
        """Return the place of the live figures, below the body."""
        return QRectF(6, self.outline.height + 5, WIDTH - 12, LIP - 7)

    def set_node(self, node: Node, names: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        """Show another state of the node."""
        self.node = node
        self.set_names(names)
        self.refresh()

    def set_names(self, names: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        """Take other ports; only an unknown layer's ever change."""
        if names != self._names:
            self.prepareGeometryChange()
            self._names = names
            self.outline = geometry.outline(*names)
            self._bounds = self._find_bounds()
            self.refresh()

    def set_findings(
        self, info: NodeInfo | None, problems: tuple[Problem, ...], field: str
    ) -> None:
        """Show what the analysis found; nothing is redrawn if it is the same as before."""
        if (info, problems, field) != (self.info, self.problems, self.field):
            self.info, self.problems, self.field = info, problems, field
            self.refresh()

    def set_live(self, live: Live | None) -> None:
        """Show a text and a heat between 0 and 1 below the node; only that strip is redrawn."""
        if live != self.live:
            self.live = live
            self.update(self.strip().adjusted(-1, -1, 1, 1))

    def set_state(self, *, selected: bool | None = None, faded: bool | None = None) -> None:
        """Outline the node, or dim it."""
        selected = self.selected if selected is None else selected
        faded = self.faded if faded is None else faded
        if (selected, faded) != (self.selected, self.faded):
            self.selected, self.faded = selected, faded
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
        self._face = None
        self.update()

    def tooltip(self) -> str:
        """Return the sentences of the node's problems, or what its entry says of itself."""
        if self.problems:
            return "\n".join(p.message for p in self.problems)
        spec = registry.node(self.node.spec)
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

    def _find_bounds(self) -> QRectF:
        return self.outline.body.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN + LIP)

    def _make_face(self) -> faces.Face:
        spec = registry.node(self.node.spec)
        info = self.info
        inputs, outputs = self._names
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
            words.display_name(self.node, spec),
            words.settings(spec, self.node, self.field),
            shown,
            words.count(info.parameters) if info else "",
            self.badge,
            spec is not None,
            inputs,
            outputs,
            self._wired(),
            shapes,
        )

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
