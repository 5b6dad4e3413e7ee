"""A pad to draw a small picture on, pixel by pixel as the network will read it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.monitor.style import style

FINE = 8
"""Points of the drawing beside one another in a pixel of the picture."""
EDGE = 4


class DrawingPad(QWidget):
    """Bright strokes on dark ground; the right button, or Shift, rubs out.

    Signals
    -------
    drawn
        The picture changed by hand.
    """

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("try.pad")
        self.setAccessibleName("Drawing")
        self.setAccessibleDescription(
            "Draw with the left button, rub out with the right one. Delete clears it."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(120, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.pen = 1.6
        """Width of a stroke in pixels of the picture."""
        self.centred = True
        """Whether what is drawn is moved so that its centre of mass is in the middle."""
        self._size = QSize(28, 28)
        self._fine = QImage()
        self._shown = np.zeros((28, 28), np.float64)
        self._given: np.ndarray | None = None
        self._last: QPointF | None = None
        self.clear()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(220, 220)

    def set_size(self, rows: int, columns: int) -> None:
        """Draw pictures of another size from now on."""
        if self._size != QSize(columns, rows):
            self._size = QSize(columns, rows)
            self.clear()

    def clear(self) -> None:
        """Make it dark."""
        self._fine = QImage(self._size * FINE, QImage.Format.Format_Grayscale8)
        self._fine.fill(0)
        self._given = None
        self._read()

    @property
    def picture(self) -> np.ndarray:
        """Return the picture, (rows, columns) or (3, rows, columns), from 0 dark to 1 bright."""
        return self._shown if self._given is None else self._given

    def show_picture(self, shares: np.ndarray) -> None:
        """Show a picture, (channels, rows, columns) from 0 to 1; it can be drawn over if grey."""
        self._given = np.clip(shares, 0, 1)
        if len(shares) == 1:
            grey = np.ascontiguousarray((self._given[0] * 255).round().astype(np.uint8))
            rows, columns = grey.shape
            kind = QImage.Format.Format_Grayscale8
            # The picture reads this memory until it is copied.
            image = QImage(cast("Any", grey.data), columns, rows, columns, kind)
            fast = Qt.TransformationMode.FastTransformation
            aspect = Qt.AspectRatioMode.IgnoreAspectRatio
            self._fine = image.scaled(self._size * FINE, aspect, fast)
            self._shown = self._given = self._given[0]
        self.update()

    def _read(self) -> None:
        """Take the picture from the strokes."""
        small = self._fine.scaled(
            self._size,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        ).convertToFormat(QImage.Format.Format_Grayscale8)
        wide = small.bytesPerLine()
        grid = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), wide)
        shares = grid[:, : small.width()] / 255
        self._shown = centred(shares) if self.centred else shares
        self.update()

    def set_centred(self, on: bool) -> None:
        """Move what is drawn to the middle, or leave it where it is."""
        self.centred = on
        if self._given is None:
            self._read()
            self.drawn.emit()

    # -- hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if self._last is not None:
            self._stroke(event)

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        """End it."""
        self._last = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear by Delete."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
            self.drawn.emit()
        else:
            super().keyPressEvent(event)

    def _stroke(self, event: QMouseEvent) -> None:
        if self._given is not None and self._given.ndim == 3:
            self.clear()
        self._given = None
        here = self._at(event.position())
        rubs = bool(event.buttons() & Qt.MouseButton.RightButton) or bool(
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        painter = QPainter(self._fine)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(0, 0, 0) if rubs else QColor(255, 255, 255)
        width = self.pen * FINE * (2 if rubs else 1)
        ends = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, *ends))
        painter.drawLine(self._last or here, here + QPointF(0.01, 0))
        painter.end()
        self._last = here
        self._read()
        self.drawn.emit()

    def _at(self, place: QPointF) -> QPointF:
        room = self._room()
        scale = self._fine.width() / max(room.width(), 1.0)
        return (place - room.topLeft()) * scale

    # -- looks

    def _room(self) -> QRectF:
        """Return where the picture stands: as large as fits, in the middle."""
        whole = QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        pixel = min(whole.width() / self._size.width(), whole.height() / self._size.height())
        room = QRectF(0, 0, pixel * self._size.width(), pixel * self._size.height())
        room.moveCenter(whole.center())
        return room

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the pixels as the network reads them."""
        painter, room, look = QPainter(self), self._room(), style()
        painter.drawImage(room, _image(self.picture))
        painter.setPen(QPen(look.accent if self.hasFocus() else look.axis, 1))
        painter.drawRect(room)
        if not self.picture.any():
            painter.setPen(QColor(190, 190, 190))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "Draw here")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        super().resizeEvent(event)
        self.update()

    def pixel_place(self, row: int, column: int) -> QPoint:
        """Return the middle of a pixel, in the widget's coordinates."""
        room = self._room()
        side = room.width() / self._size.width()
        return (room.topLeft() + QPointF((column + 0.5) * side, (row + 0.5) * side)).toPoint()


def centred(shares: np.ndarray) -> np.ndarray:
    """Return a picture moved by whole pixels so that its centre of mass is in the middle."""
    mass = float(shares.sum())
    if not mass:
        return shares
    moved = shares
    for axis in (0, 1):
        sums = shares.sum(1 - axis)
        centre = sum(place * float(value) for place, value in enumerate(sums)) / mass
        shift = round((shares.shape[axis] - 1) / 2 - centre)
        used = np.flatnonzero(sums > 0)
        shift = int(np.clip(shift, -used[0], shares.shape[axis] - 1 - used[-1]))
        moved = np.roll(moved, shift, axis)
    return moved


def _image(shares: np.ndarray) -> QImage:
    levels = (shares * 255).round().astype(np.uint8)
    colour = levels.ndim == 3
    levels = np.ascontiguousarray(levels.transpose(1, 2, 0) if colour else levels)
    rows, columns = levels.shape[:2]
    kind = QImage.Format.Format_RGB888 if colour else QImage.Format.Format_Grayscale8
    width = columns * (3 if colour else 1)
    return QImage(cast("Any", levels.data), columns, rows, width, kind).copy()
