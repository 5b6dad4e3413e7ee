"""A small picture of the whole network in the canvas's corner; click or drag in it to go there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from designer.canvas.overview import paint_hint
from designer.theme import signals, theme

if TYPE_CHECKING:
    from designer.canvas.overview import Overview
    from designer.canvas.viewport import Viewport

SIZE = (184, 120)
_INSET = 8.0
_DELAY_MS = 150


class Minimap(QWidget):
    """Lies over the canvas; shown while the network is larger than what is seen of it."""

    used = Signal()
    """The user has moved the view here."""

    def __init__(self, view: Viewport, overview: Overview) -> None:
        super().__init__(view)
        self.setObjectName("canvas.minimap")
        self.setAccessibleName("Minimap")
        self.setToolTip("The whole network. Click or drag to go there.")
        self.setFixedSize(*SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._view = view
        self._overview = overview
        self._picture: QPixmap | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_DELAY_MS)
        self._later.timeout.connect(self._redraw)
        view.canvas.contentMoved.connect(self.invalidate)
        view.canvas.nodesMoved.connect(self.invalidate)
        view.viewMoved.connect(self.follow)
        signals.themeChanged.connect(self.invalidate)
        self.hide()

    def invalidate(self) -> None:
        """Draw the picture anew once things have come to rest."""
        self._later.start()

    def follow(self) -> None:
        """Take the corner, and show or hide, as the view has moved or changed its size."""
        area = self._view.viewport().geometry()
        self.move(area.right() - self.width() - 12, area.bottom() - self.height() - 12)
        whole = self._view.canvas.bounds()
        seen = self._view.seen()
        roomy = area.width() > 3 * self.width() and area.height() > 3 * self.height()
        self.setVisible(roomy and not whole.isNull() and not seen.contains(whole))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame, the picture, and what of it the view shows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme()
        painter.setPen(QPen(look.color("border"), 1.0))
        back = look.color("surface")
        back.setAlphaF(0.94)
        painter.setBrush(back)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._picture is None:
            self._picture = self._draw()
        painter.drawPixmap(QPointF(0, 0), self._picture)
        zoom, shift = self._mapping()
        seen = self._view.seen()
        frame = QRectF(seen.x() * zoom, seen.y() * zoom, seen.width() * zoom, seen.height() * zoom)
        painter.setClipRect(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        paint_hint(painter, frame, shift)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the place under the pointer to the middle of the view."""
        self._go(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep what happens here from the canvas below."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, at: QPointF) -> None:
        zoom, shift = self._mapping()
        self.used.emit()
        self._view.centerOn((at - shift) / zoom)

    def _mapping(self) -> tuple[float, QPointF]:
        """Return the scale of the picture and where the scene's origin lies in it."""
        whole = self._view.canvas.bounds()
        room = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        if whole.isEmpty():
            return 1.0, room.center()
        zoom = min(room.width() / whole.width(), room.height() / whole.height())
        return zoom, room.center() - whole.center() * zoom

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        zoom, shift = self._mapping()
        painter.translate(shift)
        painter.scale(zoom, zoom)
        self._overview.paint(painter, zoom)
        painter.end()
        return picture

    def _redraw(self) -> None:
        self._picture = None
        self.follow()
