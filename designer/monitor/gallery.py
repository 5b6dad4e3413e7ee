"""Images side by side, every pixel of them as large a square as fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView

from designer.monitor import saving
from designer.monitor.saving import Table
from designer.monitor.style import style

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QContextMenuEvent, QResizeEvent

    from engine.train.events import Pictures

GAP = 2
"""Pixels between images."""
MARGIN = 8


def tiling(count: int, rows: int, columns: int, width: float, height: float) -> tuple[int, float]:
    """Return how many images stand side by side, and how large a pixel of them gets.

    Parameters
    ----------
    count, rows, columns
        How many images, and their size.
    width, height
        The room for them. The size of a pixel is a whole number unless it is below 1.
    """
    best = (1, 0.0)
    for across in range(1, count + 1):
        down = math.ceil(count / across)
        size = min(
            (width - GAP * (across - 1)) / (across * columns),
            (height - GAP * (down - 1)) / (down * rows),
        )
        size = math.floor(size) if size >= 1 else max(size, 0.0)
        if size > best[1]:
            best = (across, float(size))
    return best


def mosaic(
    images: NDArray[np.uint8], across: int, pixel: int, gap: int, paper: QColor
) -> NDArray[np.uint8]:
    """Return images (count, rows, columns[, 3]) laid out in rows: (height, width, 3)."""
    if images.ndim == 3:
        images = np.repeat(images[..., None], 3, 3)
    images = images.repeat(pixel, 1).repeat(pixel, 2)
    count, rows, columns, _ = images.shape
    down = math.ceil(count / across)
    shape = (down * (rows + gap) - gap, across * (columns + gap) - gap, 3)
    sheet = np.empty(shape, np.uint8)
    sheet[:] = (paper.red(), paper.green(), paper.blue())
    for place, image in enumerate(images):
        top, left = place // across * (rows + gap), place % across * (columns + gap)
        sheet[top : top + rows, left : left + columns] = image
    return sheet


class GalleryView(QGraphicsView):
    """The images of one page, laid out anew for every size of the view."""

    def __init__(self, name: str, title: str) -> None:
        scene = QGraphicsScene()
        super().__init__(scene)
        scene.setParent(self)
        self.title = title
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setInteractive(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(120, 80)
        self._item = QGraphicsPixmapItem()
        scene.addItem(self._item)
        self._images: NDArray[np.uint8] | None = None
        self.pixel = 0.0
        """How large a pixel of the images is, in pixels of the screen."""
        self.restyle()

    def show_page(self, page: Pictures) -> None:
        """Show the images of a step."""
        self._images = page.images
        count, rows, columns = page.images.shape[:3]
        self.setAccessibleDescription(f"{count} images of {columns} × {rows} pixels")
        self._lay_out()

    def clear(self) -> None:
        """Show no images."""
        self._images = None
        self.setAccessibleDescription("")
        self._lay_out()

    def has_data(self) -> bool:
        """Return whether there are images."""
        return self._images is not None

    def table(self) -> Table | None:
        """Return every number of every image."""
        if self._images is None:
            return None
        images = self._images if self._images.ndim == 4 else self._images[..., None]
        count, rows, columns, colours = images.shape
        places = np.indices((count, rows, columns)).reshape(3, -1).T
        names = ("red", "green", "blue") if colours == 3 else ("grey",)
        values = images.reshape(-1, colours)
        return Table(
            ("image", "row", "column", *names), np.column_stack([places, values]).astype(float)
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to save what is shown."""
        saving.open_menu(self, event.globalPos())
        event.accept()

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        self.setBackgroundBrush(style().panel)
        self._lay_out()

    def _lay_out(self) -> None:
        images = self._images
        ratio = self.devicePixelRatioF()
        width = max(self.viewport().width() - 2 * MARGIN, 1) * ratio
        height = max(self.viewport().height() - 2 * MARGIN, 1) * ratio
        self.setSceneRect(0, 0, self.viewport().width(), self.viewport().height())
        if images is None or not images.size:
            self._item.setPixmap(QPixmap())
            return
        count, rows, columns = images.shape[:3]
        across, self.pixel = tiling(count, rows, columns, width, height)
        whole = max(int(self.pixel), 1)
        gap = GAP if self.pixel >= 1 else round(GAP / max(self.pixel, 1e-3))
        picture = _pixmap(mosaic(images, across, whole, gap, style().panel))
        if 0 < self.pixel < 1:
            size = picture.size() * self.pixel
            keep, smooth = (
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            picture = picture.scaled(size, keep, smooth)
        picture.setDevicePixelRatio(ratio)
        self._item.setPixmap(picture)
        place = QRectF(self.sceneRect()).center() - self._item.boundingRect().center()
        self._item.setPos(round(place.x()), round(place.y()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self._lay_out()


def _pixmap(sheet: NDArray[np.uint8]) -> QPixmap:
    height, width, _ = sheet.shape
    kind = QImage.Format.Format_RGB888
    return QPixmap.fromImage(QImage(cast("Any", sheet.data), width, height, 3 * width, kind))
