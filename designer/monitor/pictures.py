"""Plots whose content is an image that fills the area, with axes over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsPixmapItem

from designer.monitor.plot import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

from designer.monitor.shapes import indexed


class PicturePlot(Plot):
    """A plot with an image in its area."""

    both_axes = True

    def make_picture(self) -> None:
        """Add the image's item."""
        self._picture = QGraphicsPixmapItem(self.frame.area)
        self._picture.setZValue(-1)

    def set_picture(self, numbers: NDArray[np.uint8], table: Sequence[QColor]) -> None:
        """Show colour numbers over the whole area; row 0 stands at the bottom."""
        self._place(indexed(numbers, table), 0.0, 0.0, 1.0, 1.0)

    def set_picture_at(
        self, numbers: NDArray[np.uint8], table: Sequence[QColor], shares: tuple[float, ...]
    ) -> None:
        """Show colour numbers over part of the area: left, bottom, right, top as shares of it."""
        self._place(indexed(numbers, table), *shares)

    def clear_picture(self) -> None:
        """Show no image."""
        self._picture.setPixmap(QPixmap())

    def _place(self, pixmap: QPixmap, left: float, bottom: float, right: float, top: float) -> None:
        rect = self.frame.rect
        self._picture.setPixmap(pixmap)
        self._picture.setPos(
            rect.left() + left * rect.width(), rect.top() + (1 - top) * rect.height()
        )
        across = (right - left) * rect.width() / max(pixmap.width(), 1)
        down = (top - bottom) * rect.height() / max(pixmap.height(), 1)
        self._picture.setTransform(QTransform.fromScale(across, down))
