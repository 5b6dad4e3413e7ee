"""A plot that Qt paints alone: axes, curves and images are plain C++ items in a plain view.

Nothing on the way of a repaint is written in Python, so that painting takes no interpreter lock from
a network that trains beside it. Python runs only when data, ranges or the size change, and for the mouse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
    QWidget,
)

from designer.monitor.axes import Scale, figure, ticks
from designer.monitor.shapes import polyline
from designer.monitor.style import Style, style

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import (
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )
    from PySide6.QtCore import QEvent

LEFT, RIGHT, TOP, BOTTOM = 64.0, 14.0, 8.0, 38.0
LEGEND_TOP = 18.0


@dataclass(slots=True)
class Curve:
    """One line on a plot, or two copies of it side by side where it should stand out."""

    name: str
    colour: QColor
    items: list[QGraphicsPathItem] = field(default_factory=list[QGraphicsPathItem])
    shown: bool = True

    def set_path(self, path: QPainterPath) -> None:
        """Show a path, in pixels of the plot's area."""
        for item in self.items:
            item.setPath(path)


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of the readout under the cursor."""

    name: str
    value: float
    words: str = ""


class Plot(QGraphicsView):
    """Axes with ticks, titles, pan, zoom and a readout. A subclass says what is drawn.

    Parameters
    ----------
    name
        The object's name and the start of its accessible name.
    title
        What it shows, in words.
    empty
        What is written across it while there is nothing to show.
    """

    def __init__(
        self, name: str, title: str, x: Scale, y: Scale, empty: str, parent: QWidget | None = None
    ) -> None:
        scene = QGraphicsScene()
        super().__init__(scene, parent)
        scene.setParent(self)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip("")
        self.title, self.x, self.y = title, x, y
        self.dirty = True
        """True: data came that are not drawn yet."""
        self.curves: list[Curve] = []
        self._stale = True
        self._cursor: QPointF | None = None
        self._drag: QPointF | None = None
        self._setup(scene)
        self._build(scene, empty)
        self.restyle()

    # What a subclass gives

    def fit(self) -> bool:
        """Let the scales follow the data; return whether a range changed."""
        return False

    def draw(self) -> None:
        """Hand the visible data to the items."""

    def has_data(self) -> bool:
        """Return whether there is anything to show."""
        return False

    def read(self, x: float, y: float) -> tuple[str, list[Reading]]:
        """Return the heading and the lines of the readout at a place, in data units."""
        return f"{self.x.title} {figure(x)}", []

    def readout_limit(self) -> int:
        """Return how many lines the readout shows at most."""
        return 6

    # Painting

    def refresh(self) -> None:
        """Bring the picture up to date with data, ranges and size."""
        self.dirty = False
        if self.area.rect().width() < 20 or self.area.rect().height() < 20:
            return
        full = self.has_data()
        self._empty.setVisible(not full)
        if (self.fit() and full) or self._stale:
            self._stale = False
            self._label(full)
        if full:
            self.draw()
        if self._cursor is not None:
            self._show_readout()

    def invalidate(self) -> None:
        """Draw everything again, labels too."""
        self._stale = True
        self.refresh()

    def reset(self) -> None:
        """Follow the data again."""
        self.x.auto = self.y.auto = True
        self.invalidate()

    def set_log(self, on: bool) -> None:
        """Make the y axis logarithmic or linear."""
        self.y.log = on
        self.y.auto = True
        self.y.low, self.y.high = (0.1, 1.0) if on else (0.0, 1.0)
        self.invalidate()

    def restyle(self, _name: str = "") -> None:
        """Take the colours of the current theme."""
        self.style_ = look = style()
        self.setBackgroundBrush(look.panel)
        self._paper.setBrush(look.paper)
        self._paper.setPen(QPen(Qt.PenStyle.NoPen))
        self._grid.setPen(QPen(look.grid, 0))
        self._frame.setPen(QPen(look.axis, 0))
        for item in (*self._x_words, *self._y_words):
            item.setBrush(look.faint)
        for item in (self._x_title, self._y_title, self._empty):
            item.setBrush(look.muted)
        self._cross.setPen(QPen(look.muted, 0))
        self._box.setPen(QPen(look.axis, 0))
        self._box.setBrush(look.panel)
        self._readout.setBrush(look.text)
        self.recolour(look)
        self.invalidate()

    def recolour(self, look: Style) -> None:
        """Give curves and legend their colours."""

    def add_curve(self, name: str, colour: QColor, *, z: float = 0.0, bold: bool = False) -> Curve:
        """Return a new line; a bold one is painted twice, a pixel apart, which costs little."""
        items: list[QGraphicsPathItem] = []
        for offset in (0.0, 1.0) if bold else (0.0,):
            item = QGraphicsPathItem(self.area)
            item.setPos(0.0, offset)
            item.setZValue(z)
            item.setPen(QPen(colour, 0))
            items.append(item)
        curve = Curve(name, colour, items)
        self.curves.append(curve)
        return curve

    def remove_curves(self) -> None:
        """Take every line off the plot."""
        for curve in self.curves:
            for item in curve.items:
                self.scene().removeItem(item)
        self.curves.clear()

    def line(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> QPainterPath:
        """Return data as a line in pixels."""
        return polyline(*self.pixels(x, y))

    def pixels(
        self, x: NDArray[np.floating], y: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where data stand in the scene; far outside stays just outside."""
        rect = self.area.rect()
        height = rect.height()
        down = np.clip((1 - self.y.place(y)) * height, -height, 2 * height)
        return rect.left() + self.x.place(x) * rect.width(), rect.top() + down

    def at(self, where: QPointF) -> tuple[float, float]:
        """Return the data at a place of the scene."""
        across, up = self._shares(where)
        return self.x.value(across), self.y.value(up)

    # Building

    def _setup(self, scene: QGraphicsScene) -> None:
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setInteractive(False)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(160, 110)

    def _build(self, scene: QGraphicsScene, empty: str) -> None:
        self._paper = scene.addRect(QRectF())
        self._paper.setZValue(-3)
        self._grid = scene.addPath(QPainterPath())
        self._grid.setZValue(-2)
        self.area: QGraphicsRectItem = scene.addRect(QRectF(), QPen(Qt.PenStyle.NoPen))
        self.area.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self._frame = scene.addPath(QPainterPath())
        self._frame.setZValue(3)
        self._x_words: list[QGraphicsSimpleTextItem] = []
        self._y_words: list[QGraphicsSimpleTextItem] = []
        self._x_title = scene.addSimpleText("")
        self._y_title = scene.addSimpleText("")
        self._y_title.setRotation(-90)
        self._empty = scene.addSimpleText(empty)
        self._cross = QGraphicsPathItem(self.area)
        self._cross.setZValue(8)
        self._box = scene.addRect(QRectF())
        self._box.setZValue(9)
        self._readout = QGraphicsSimpleTextItem(self._box)
        for item in (self._cross, self._box):
            item.setVisible(False)
        self._small = QFont(self.font())
        self._small.setPointSizeF(max(7.5, self.font().pointSizeF() - 1.0))
        for item in (self._x_title, self._y_title, self._empty, self._readout):
            item.setFont(self._small)

    def margins(self) -> tuple[float, float, float, float]:
        """Return the room left of, above, right of and below the area."""
        return LEFT, TOP, RIGHT, BOTTOM

    def _layout(self) -> None:
        width, height = float(self.viewport().width()), float(self.viewport().height())
        self.setSceneRect(0, 0, width, height)
        left, top, right, bottom = self.margins()
        rect = QRectF(left, top, max(1.0, width - left - right), max(1.0, height - top - bottom))
        self.area.setRect(rect)
        self._paper.setRect(rect)

    def _label(self, full: bool) -> None:
        """Set ticks, their words, the grid and the titles."""
        rect = self.area.rect()
        metrics = QFontMetricsF(self._small)
        grid, frame = QPainterPath(), QPainterPath()
        frame.moveTo(rect.topLeft())
        frame.lineTo(rect.bottomLeft())
        frame.lineTo(rect.bottomRight())
        x_values, x_words = ticks(self.x, int(rect.width() // 80)) if full else ([], [])
        y_values, y_words = ticks(self.y, int(rect.height() // 34)) if full else ([], [])
        xs = rect.left() + self.x.place(np.array(x_values)) * rect.width()
        ys = rect.bottom() - self.y.place(np.array(y_values)) * rect.height()
        for item, word, px in zip(
            self._pool(self._x_words, len(xs)), x_words, xs.tolist(), strict=True
        ):
            grid.moveTo(px, rect.top())
            grid.lineTo(px, rect.bottom())
            frame.moveTo(px, rect.bottom())
            frame.lineTo(px, rect.bottom() + 4)
            item.setText(word)
            item.setPos(px - metrics.horizontalAdvance(word) / 2, rect.bottom() + 5)
        for item, word, py in zip(
            self._pool(self._y_words, len(ys)), y_words, ys.tolist(), strict=True
        ):
            grid.moveTo(rect.left(), py)
            grid.lineTo(rect.right(), py)
            frame.moveTo(rect.left() - 4, py)
            frame.lineTo(rect.left(), py)
            item.setText(word)
            across = rect.left() - 7 - metrics.horizontalAdvance(word)
            item.setPos(across, py - metrics.height() / 2)
        self._grid.setPath(grid)
        self._frame.setPath(frame)
        self._titles(rect, metrics)

    def _titles(self, rect: QRectF, metrics: QFontMetricsF) -> None:
        self._x_title.setText(self.x.label)
        across = metrics.horizontalAdvance(self.x.label)
        self._x_title.setPos(rect.center().x() - across / 2, rect.bottom() + 20)
        self._y_title.setText(self.y.label)
        across = metrics.horizontalAdvance(self.y.label)
        self._y_title.setPos(2, rect.center().y() + across / 2)
        size = self._empty.boundingRect()
        self._empty.setPos(rect.center() - QPointF(size.width() / 2, size.height() / 2))

    def _pool(
        self, items: list[QGraphicsSimpleTextItem], count: int
    ) -> list[QGraphicsSimpleTextItem]:
        while len(items) < count:
            item = self.scene().addSimpleText("")
            item.setFont(self._small)
            item.setBrush(QBrush(self.style_.faint))
            items.append(item)
        for index, item in enumerate(items):
            item.setVisible(index < count)
        return items[:count]

    # The mouse and the keys

    def _shares(self, where: QPointF) -> tuple[float, float]:
        rect = self.area.rect()
        across = (where.x() - rect.left()) / rect.width()
        return across, (rect.bottom() - where.y()) / rect.height()

    def _show_readout(self) -> None:
        rect = self.area.rect()
        where = self._cursor
        inside = where is not None and rect.contains(where) and self.has_data()
        self._cross.setVisible(inside)
        self._box.setVisible(inside)
        if where is None or not inside:
            return
        cross = QPainterPath(QPointF(where.x(), rect.top()))
        cross.lineTo(where.x(), rect.bottom())
        cross.moveTo(rect.left(), where.y())
        cross.lineTo(rect.right(), where.y())
        self._cross.setPath(cross)
        x, y = self.at(where)
        heading, lines = self.read(x, y)
        if len(lines) > self.readout_limit():
            lines = sorted(lines, key=lambda r: self._distance(r.value, y))[: self.readout_limit()]
        words = [heading, *(f"{r.name}  {r.words or figure(r.value)}" for r in lines)]
        self._readout.setText("\n".join(words))
        size = self._readout.boundingRect()
        box = QRectF(0, 0, size.width() + 12, size.height() + 8)
        self._box.setRect(box)
        self._readout.setPos(6, 4)
        left = where.x() + 12
        if left + box.width() > rect.right():
            left = where.x() - 12 - box.width()
        top = min(max(where.y() - box.height() / 2, rect.top()), rect.bottom() - box.height())
        self._box.setPos(max(0.0, left), max(0.0, top))

    def _distance(self, value: float, y: float) -> float:
        if self.y.log and value > 0 and y > 0:
            return abs(math.log(value / y))
        return abs(value - y) if math.isfinite(value) else math.inf

    def _zoom(self, factor: float, where: QPointF, keys: Qt.KeyboardModifier) -> None:
        rect = self.area.rect()
        across, up = self._shares(where)
        on_y = where.x() < rect.left() or bool(keys & Qt.KeyboardModifier.ControlModifier)
        if on_y or self.both():
            self.y.zoom(factor, min(max(up, 0.0), 1.0))
        if not on_y or self.both():
            self.x.zoom(factor, min(max(across, 0.0), 1.0))
        self.invalidate()

    def both(self) -> bool:
        """Return whether the wheel zooms both axes (pictures) or only x (curves: y follows)."""
        return False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor: along x, or along y over the y axis and with Ctrl."""
        notches = event.angleDelta().y() / 120
        if notches and self.has_data():
            self._zoom(0.8**notches, event.position(), event.modifiers())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self.has_data():
            self._drag = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while dragging; else read the value under the cursor."""
        where = event.position()
        self._cursor = where
        if self._drag is None:
            self._show_readout()
            return
        moved, rect = where - self._drag, self.area.rect()
        if not moved.isNull():
            self._drag = where
            self.x.pan(-moved.x() / rect.width())
            if moved.y():
                self.y.pan(moved.y() / rect.height())
            self.invalidate()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Follow the data again."""
        self.reset()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the readout."""
        self._cursor = None
        self._show_readout()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, Home follows the data again."""
        middle = self.area.rect().center()
        plain = Qt.KeyboardModifier.NoModifier
        match event.key():
            case Qt.Key.Key_Home:
                self.reset()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom(0.8, middle, plain)
            case Qt.Key.Key_Minus:
                self._zoom(1.25, middle, plain)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.x.pan(-0.1 if event.key() == Qt.Key.Key_Left else 0.1)
                self.invalidate()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        self._frame.setPen(QPen(self.style_.accent, 0))
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the mark away."""
        self._frame.setPen(QPen(self.style_.axis, 0))
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self._layout()
        self.invalidate()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while hidden."""
        super().showEvent(event)
        if self.dirty:
            self.refresh()
