"""A plot that Qt paints alone: axes, curves and images are plain C++ items in a plain view.

Nothing on the way of a repaint is written in Python, so that painting takes no interpreter lock
from a network that trains beside it. Python runs only when data, ranges or the size change, and for
the mouse.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainterPath
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView

from designer.monitor import saving
from designer.monitor.curve import Curve, Reading
from designer.monitor.frame import Frame, Readout
from designer.monitor.legend import NARROW, Entry, Legend
from designer.monitor.shapes import polyline
from designer.monitor.style import Style, style
from designer.monitor.upright import Guide, Moment
from designer.words import figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QContextMenuEvent,
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )

    from designer.monitor.axes import Scale

__all__ = ["Curve", "Plot", "Reading"]

LEFT, RIGHT, TOP, BOTTOM = 62.0, 14.0, 8.0, 38.0
TITLE = 16.0
"""What the title of the y axis takes; a narrow plot goes without."""
JITTER = 12.0
"""A drag along x this straight leaves y alone, in pixels."""


class Plot(QGraphicsView):
    """Axes with ticks and titles, legend, pan, zoom and a readout. A subclass says what is drawn.

    Parameters
    ----------
    name
        The object's name.
    title
        What it shows, in words; the accessible name.
    empty
        What is written across it while there is nothing to show.
    column
        True: the legend stands beside the area where there is room; else above it.
    """

    pointed = Signal(object)
    """The cursor is at this x, or (None) has left."""
    ranged = Signal()
    """The user chose another range of x, or to follow the data again."""

    both_axes = False
    """True: the wheel zooms both axes (pictures); else x only, and y follows what is visible."""
    most_readings = 6

    def __init__(
        self, name: str, title: str, x: Scale, y: Scale, empty: str, *, column: bool = False
    ) -> None:
        scene = QGraphicsScene()
        super().__init__(scene)
        scene.setParent(self)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.title, self.x_axis, self.y_axis = title, x, y
        self.dirty = True
        """True: data came that are not drawn yet."""
        self._stale = True
        self._cursor: QPointF | None = None
        self._drag: QPointF | None = None
        self._press = QPointF()
        self._setup(scene)
        font = QFont(self.font())
        font.setPointSizeF(max(7.5, font.pointSizeF() - 1.0))
        self.frame = Frame(scene, font, empty)
        self.readout = Readout(scene, self.frame.area, font)
        self.legend = Legend(scene, font, column=column)
        self.moment, self.guide = Moment(self), Guide(self)
        self.look = style()

    # What a subclass gives

    def fit(self) -> bool:
        """Let the scales follow the data; return whether a range changed."""
        return False

    def draw(self) -> None:
        """Hand the visible data to the items."""

    def has_data(self) -> bool:
        """Return whether there is anything to show."""
        return False

    def read(self, x: float, y: float) -> tuple[str, Iterable[Reading]]:
        """Return the heading and the lines of the readout at a place, in data units."""
        return f"{self.x_axis.title} {figure(x)}", ()

    def unit(self) -> float | None:
        """Return how many steps of the run one unit of x is; None where x is not time."""
        return None

    def table(self) -> saving.Table | None:
        """Return what is drawn as columns of figures; None where there are none."""
        return None

    def recolour(self, look: Style) -> None:
        """Give curves and legend their colours."""

    def toggle(self, entry: int) -> None:
        """Show or hide the curve of a legend's entry."""

    # Showing

    def refresh(self) -> None:
        """Bring the picture up to date with data, ranges and size."""
        self.dirty = False
        rect = self.frame.rect
        if rect.width() < 20 or rect.height() < 20:
            return
        full = self.has_data()
        if full == self.frame.empty.isVisible():
            self.frame.empty.setVisible(not full)
            self._stale = True
        if (full and self.fit()) or self._stale:
            self._stale = False
            self.frame.label(self.x_axis, self.y_axis, full=full)
        if full:
            self.draw()
        self.moment.draw()
        if self._cursor is not None:
            self._hover()
        elif self.guide.x is not None:
            self.guide.draw()

    def invalidate(self) -> None:
        """Draw everything again, labels too."""
        self._stale = True
        self.refresh()

    def reset(self) -> None:
        """Follow the data again."""
        self.follow()
        self.invalidate()
        self.ranged.emit()

    def set_x(self, ends: tuple[float, float] | None) -> None:
        """Show a range of x; None follows the data."""
        if ends is None:
            self.x_axis.release()
        else:
            self.x_axis.set_ends(*ends)
            self.x_axis.auto = False
        self._later()

    def _later(self) -> None:
        """Draw everything again, now or when it is seen."""
        self._stale = self.dirty = True
        if self.isVisible():
            self.refresh()

    def follow(self) -> None:
        """Let both ranges follow the data from now on."""
        self.x_axis.release()
        self.y_axis.release()

    def set_log(self, on: bool) -> None:
        """Make the y axis logarithmic or linear."""
        self.y_axis.log = on
        self.y_axis.release()
        self.invalidate()

    def restyle(self, _name: str = "") -> None:
        """Take the colours of the current theme."""
        self.look = style()
        self.setBackgroundBrush(self.look.panel)
        self.frame.restyle(self.look)
        self.readout.restyle(self.look)
        self.moment.restyle(self.look)
        self.recolour(self.look)
        self.relayout()

    def set_legend(self, entries: list[Entry]) -> None:
        """Show other names and colours."""
        self.legend.set(entries)
        self.relayout()

    def relayout(self) -> None:
        """Part the room between area, words and legend, and draw again."""
        width, height = float(self.viewport().width()), float(self.viewport().height())
        self.setSceneRect(0, 0, width, height)
        above, beside = self.legend.fit(width, height)
        self.frame.narrow = width < NARROW
        left, top = LEFT - TITLE * self.frame.narrow, TOP + above
        rect = QRectF(left, top, width - left - RIGHT - beside, height - top - BOTTOM)
        self.frame.place(rect if rect.isValid() else QRectF())
        self.legend.arrange(self.frame.rect, width, self.look)
        self.invalidate()

    def pixels(
        self, x: NDArray[np.floating], y: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where data stand in the scene; what is far above or below stays just outside."""
        rect = self.frame.rect
        height = rect.height()
        down = np.clip((1 - self.y_axis.place(y)) * height, -height, 2 * height)
        return rect.left() + self.x_axis.place(x) * rect.width(), rect.top() + down

    def line(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> QPainterPath:
        """Return data as a line in the scene; NaN leaves a gap, infinity runs off the edge."""
        return polyline(*self.pixels(x, y))

    def lines(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[QPainterPath]:
        """Return several lines over the same x: y is [lines, points]."""
        px, py = self.pixels(x, y)
        return [polyline(px, row) for row in py]

    def at(self, where: QPointF) -> tuple[float, float]:
        """Return the data at a place of the scene."""
        across, up = self._shares(where)
        return self.x_axis.value(across), self.y_axis.value(up)

    # The mouse and the keys

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
        self.setMinimumSize(170, 120)

    def _shares(self, where: QPointF) -> tuple[float, float]:
        rect = self.frame.rect
        across = (where.x() - rect.left()) / max(rect.width(), 1.0)
        return across, (rect.bottom() - where.y()) / max(rect.height(), 1.0)

    def _hover(self) -> None:
        where = self._cursor
        if where is None or not self.frame.rect.contains(where) or not self.has_data():
            self.readout.hide()
            return
        x, y = self.at(where)
        heading, readings = self.read(x, y)
        lines = list(readings)
        if len(lines) > self.most_readings:
            lines = sorted(lines, key=lambda r: self._far(r.value, y))[: self.most_readings]
        self.readout.show(where, "\n".join([heading, *map(str, lines)]))

    def _far(self, value: float, y: float) -> float:
        if not math.isfinite(value):
            return math.inf
        ends = self.y_axis.place(np.array([value, y]))
        return float(abs(ends[1] - ends[0]))

    def _zoom(self, factor: float, where: QPointF, *, on_y: bool = False) -> None:
        across, up = self._shares(where)
        if on_y or self.both_axes:
            self.y_axis.zoom(factor, min(max(up, 0.0), 1.0))
        if not on_y or self.both_axes:
            self.x_axis.zoom(factor, min(max(across, 0.0), 1.0))
        self.invalidate()
        self.ranged.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor: along x, or along y over the y axis and with Ctrl."""
        notches, where = event.angleDelta().y() / 120, event.position()
        event.accept()
        if not notches or not self.has_data():
            return
        if self.legend.covers(where):
            self.legend.scroll(-round(notches) or (-1 if notches > 0 else 1))
            self.legend.arrange(self.frame.rect, self.width(), self.look)
            return
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._zoom(0.8**notches, where, on_y=ctrl or where.x() < self.frame.rect.left())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture, or switch a curve in the legend."""
        if event.button() != Qt.MouseButton.LeftButton or not self.has_data():
            return
        entry = self.legend.find(event.position())
        if entry is not None:
            self.toggle(entry)
            return
        self._drag = self._press = event.position()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while dragging; else read the value under the cursor."""
        where = self._cursor = event.position()
        if self._drag is None:
            self._hover()
            inside = self.frame.rect.contains(where)
            self.pointed.emit(self.at(where)[0] if inside else None)
            return
        moved, rect = where - self._drag, self.frame.rect
        self._drag = where
        if moved.x():
            self.x_axis.pan(-moved.x() / rect.width())
        strays = abs(where.y() - self._press.y()) > JITTER
        if moved.y() and (strays or self.both_axes or not self.y_axis.auto):
            self.y_axis.pan(moved.y() / rect.height())
        self.invalidate()
        self.ranged.emit()

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
        self.readout.hide()
        self.pointed.emit(None)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to save what is shown."""
        saving.open_menu(self, event.globalPos())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, Home follows the data again."""
        middle = self.frame.rect.center()
        match event.key():
            case Qt.Key.Key_Home:
                self.reset()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom(0.8, middle)
            case Qt.Key.Key_Minus:
                self._zoom(1.25, middle)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.x_axis.pan(-0.1 if event.key() == Qt.Key.Key_Left else 0.1)
                self.invalidate()
                self.ranged.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        self.frame.mark(focused=True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the mark away."""
        self.frame.mark(focused=False)
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self.relayout()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while hidden."""
        super().showEvent(event)
        if self.dirty:
            self.refresh()
