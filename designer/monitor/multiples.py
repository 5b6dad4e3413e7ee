"""One small plot for each layer, side by side in the order of depth, all to the same scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsPathItem,
    QGraphicsPixmapItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
)

from designer.monitor import saving, tables
from designer.monitor.axes import Scale
from designer.monitor.curves import extent
from designer.monitor.saving import Table
from designer.monitor.series import zigzag
from designer.monitor.shapes import indexed, polyline
from designer.monitor.style import style
from designer.words import figure

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QResizeEvent, QShowEvent

    from designer.monitor.history import History
    from designer.monitor.style import Style

LEAST_WIDTH, HEIGHT, GAP = 168.0, 92.0, 8.0
WORDS = 17.0
"""Height of the line above each plot."""
BUCKETS, ROWS = 48, 28


@dataclass(frozen=True, slots=True)
class Kind:
    """What the small plots show."""

    title: str
    source: str
    """norms or activations (curves), or spread (histograms)."""
    quantity: str
    log: bool = False


KINDS = {
    kind.title: kind
    for kind in (
        Kind("Gradient norm", "norms", "grad", log=True),
        Kind("Update ratio", "norms", "update", log=True),
        Kind("Weight norm", "norms", "weight", log=True),
        Kind("Output mean", "activations", "mean"),
        Kind("Output spread", "activations", "std"),
        Kind("Zeros", "activations", "dead"),
        Kind("Outputs, histogram", "spread", "output"),
        Kind("Weights, histogram", "spread", "weight"),
        Kind("Gradients, histogram", "spread", "grad"),
        Kind("Changes, histogram", "spread", "update"),
    )
}


class Cell:
    """The items of one layer's plot."""

    def __init__(self, scene: QGraphicsScene, font: QFont) -> None:
        self.paper = QGraphicsRectItem()
        self.name = QGraphicsSimpleTextItem(self.paper)
        self.value = QGraphicsSimpleTextItem(self.paper)
        self.line = QGraphicsPathItem(self.paper)
        self.picture = QGraphicsPixmapItem(self.paper)
        self.name.setFont(font)
        self.value.setFont(font)
        self.font, self.title = font, ""
        scene.addItem(self.paper)

    def place(self, rect: QRectF, name: str, look: Style, *, marked: bool) -> None:
        """Stand somewhere and bear a name."""
        self.paper.setRect(0, 0, rect.width(), rect.height())
        self.paper.setPos(rect.topLeft())
        self.paper.setPen(QPen(look.accent if marked else look.grid, 2 if marked else 0))
        self.paper.setBrush(look.paper)
        self.title = name
        self.name.setBrush(look.text)
        self.value.setBrush(look.muted)
        self.line.setPen(QPen(look.accent, 0))
        self.name.setPos(5, 2)

    def tell(self, words: str) -> None:
        """Show a figure at the right of the name."""
        metrics, whole = QFontMetricsF(self.font), self.paper.rect().width()
        width = metrics.horizontalAdvance(words)
        room = max(whole - width - 16, 30.0)
        self.name.setText(metrics.elidedText(self.title, Qt.TextElideMode.ElideMiddle, room))
        self.value.setText(words)
        self.value.setPos(whole - width - 5, 2)


class Multiples(QGraphicsView):
    """The small plots. Only those in view are drawn.

    Signals
    -------
    nodePicked(address)
        A layer's plot was clicked.
    captioned(words)
        What the scale of the plots is.
    """

    nodePicked = Signal(str)
    captioned = Signal(str)

    def __init__(self, history: History) -> None:
        scene = QGraphicsScene()
        super().__init__(scene)
        scene.setParent(self)
        self.setObjectName("multiples")
        self.setAccessibleName("Layers, one by one")
        self.title = "Layers"
        self.history = history
        self.kind = KINDS["Gradient norm"]
        self.dirty = True
        self._marked: frozenset[str] = frozenset()
        self._nodes: tuple[str, ...] = ()
        self._cells: list[Cell] = []
        self._font = QFont(self.font())
        self._font.setPixelSize(11)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setInteractive(False)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(int(LEAST_WIDTH), int(HEIGHT))
        scroll = self.verticalScrollBar()
        scroll.setObjectName("multiples.scroll")
        scroll.setAccessibleName("Scroll through the layers")
        scroll.valueChanged.connect(self._draw)
        self.restyle()

    def show_kind(self, title: str) -> None:
        """Show another quantity."""
        self.kind = KINDS[title]
        self.refresh()

    def show_nodes(self, nodes: tuple[str, ...]) -> None:
        """Mark layers, and bring the first into view."""
        if frozenset(nodes) != self._marked:
            self._marked = frozenset(nodes)
            self._arrange()
            first = next((i for i, n in enumerate(self._nodes) if n in self._marked), None)
            if first is not None:
                self.ensureVisible(self._cells[first].paper, 0, 4)

    def nodes(self) -> tuple[str, ...]:
        """Return the layers that have the quantity, those that come first in the network first."""
        history, kind = self.history, self.kind
        if kind.source == "spread":
            return history.by_depth(history.sampled(kind.quantity))
        sets = getattr(history, kind.source).sets(kind.quantity)
        return history.by_depth(dict.fromkeys(node for nodes, _ in sets for node in nodes))

    def refresh(self) -> None:
        """Show what came."""
        self.dirty = False
        nodes = self.nodes()
        names = [self.history.name(node) for node in nodes]
        if nodes != self._nodes or names != [cell.title for cell in self._cells[: len(nodes)]]:
            self._nodes = nodes
            self._arrange()
        self._draw()

    def restyle(self, _name: str = "") -> None:
        """Take the colours of the current theme."""
        self.look = style()
        self.setBackgroundBrush(self.look.panel)
        self._arrange()
        self._draw()

    def has_data(self) -> bool:
        """Return whether any layer has the quantity."""
        return bool(self.nodes())

    def table(self) -> Table | None:
        """Return the curves of all layers, or the histograms with the layer's place in depth."""
        if self.kind.source != "spread":
            sets = getattr(self.history, self.kind.source).sets(self.kind.quantity)
            name = self.history.name
            return tables.joined(
                "step",
                [
                    ([name(n) for n in nodes], range(len(nodes)), s.view(*s.span, 1 << 30))
                    for nodes, s in sets
                ],
            )
        parts: list[np.ndarray] = []
        for place, node in enumerate(self._nodes, 1):
            held = self.history.columns_of(node, self.kind.quantity)
            if held is not None:
                rows = held.rows(node)
                parts.append(np.column_stack([np.full(len(rows), float(place)), rows]))
        if not parts:
            return None
        return Table(("layer", "step", "from", "to", "share"), np.concatenate(parts))

    # -- laying out

    def _arrange(self) -> None:
        """Put the cells in rows."""
        while len(self._cells) < len(self._nodes):
            self._cells.append(Cell(self.scene(), self._font))
        width = max(float(self.viewport().width()), LEAST_WIDTH)
        across = max(1, int((width - GAP) // (LEAST_WIDTH + GAP)))
        each = (width - GAP * (across + 1)) / across
        for place, (node, cell) in enumerate(zip(self._nodes, self._cells, strict=False)):
            left = GAP + place % across * (each + GAP)
            top = GAP + place // across * (HEIGHT + GAP)
            rect = QRectF(left, top, each, HEIGHT)
            cell.place(rect, self.history.name(node), self.look, marked=node in self._marked)
        for place, cell in enumerate(self._cells):
            cell.paper.setVisible(place < len(self._nodes))
        rows = -(-len(self._nodes) // across)
        self.setSceneRect(0, 0, width, GAP + rows * (HEIGHT + GAP))

    def _seen(self) -> list[tuple[str, Cell]]:
        area = self.mapToScene(self.viewport().rect()).boundingRect()
        pairs = zip(self._nodes, self._cells, strict=False)
        return [
            (node, cell)
            for node, cell in pairs
            if area.intersects(cell.paper.rect().translated(cell.paper.pos()))
        ]

    # -- drawing

    def _draw(self, *_: object) -> None:
        if self.kind.source == "spread":
            self._draw_pictures()
        else:
            self._draw_lines()

    def _draw_lines(self) -> None:
        kind = self.kind
        sets = getattr(self.history, kind.source).sets(kind.quantity)
        held = [(nodes, s.view(*s.span, BUCKETS)) for nodes, s in sets if len(s)]
        if not held:
            return
        x = Scale("", high=max(1.0, *(float(w.x[-1]) for _, w in held)))
        ends = [extent(w.low, w.high, log=kind.log) for _, w in held]
        y = Scale("", log=kind.log)
        low = min((e[0] for e in ends if np.isfinite(e[0])), default=0.0)
        high = max((e[1] for e in ends if np.isfinite(e[1])), default=1.0)
        y.fit(low, high)
        self.captioned.emit(f"Each from {figure(low)} to {figure(high)}{', log' * kind.log}")
        found = {
            node: (across, ys[row], w.mean[row, -1])
            for nodes, w in held
            for across, ys in (zigzag(w),)
            for row, node in enumerate(nodes)
        }
        for node, cell in self._seen():
            cell.picture.setPixmap(QPixmap())
            if node not in found:
                cell.line.setPath(QPainterPath())
                continue
            xs, ys, last = found[node]
            room = self._room(cell)
            px = room.left() + x.place(xs) * room.width()
            py = room.top() + (1 - np.clip(y.place(ys), 0.0, 1.0)) * room.height()
            cell.line.setPath(polyline(px, py))
            cell.tell(figure(float(last)))

    def _draw_pictures(self) -> None:
        self.captioned.emit("Each over its own range of values; steps from left to right")
        for node, cell in self._seen():
            cell.line.setPath(QPainterPath())
            held = self.history.columns_of(node, self.kind.quantity)
            if held is None or not held.count:
                cell.picture.setPixmap(QPixmap())
                continue
            low, high = held.reach(node)
            high = high if high > low else low + 1e-12
            steps = np.linspace(held.last / BUCKETS, held.last, BUCKETS)
            shares = np.nan_to_num(
                held.image(node, steps, np.linspace(low, high, ROWS + 1), held.last)
            )
            peak = float(np.quantile(shares.max(0), 0.9)) or 1.0
            numbers = (np.sqrt(np.clip(shares / peak, 0, 1)) * 255).astype(np.uint8)
            room = self._room(cell)
            cell.picture.setPixmap(indexed(numbers, self.look.ramp))
            cell.picture.setPos(room.topLeft())
            across, down = room.width() / BUCKETS, room.height() / ROWS
            cell.picture.setTransform(QTransform.fromScale(across, down))
            cell.tell(f"{low:.2g} … {high:.2g}")

    def _room(self, cell: Cell) -> QRectF:
        rect = cell.paper.rect()
        return rect.adjusted(5, WORDS + 2, -5, -5)

    # -- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the layer under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            at = self.mapToScene(event.position().toPoint())
            for node, cell in self._seen():
                if cell.paper.rect().translated(cell.paper.pos()).contains(QPointF(at)):
                    self.nodePicked.emit(node)
                    return

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to save what is shown."""
        saving.open_menu(self, event.globalPos())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self._arrange()
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while hidden."""
        super().showEvent(event)
        if self.dirty:
            self.refresh()
