"""A picture of a help page in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer import theme
from engine.help.svg import Colours, svg

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from engine.help.drawing import Picture


def colours(look: theme.Theme) -> Colours:
    """Return what pictures are painted with in a theme."""
    return Colours(
        ink=look.text,
        muted=look.text_muted,
        grid=look.border,
        ground=look.surface,
        negative=look.series[1],
        series=look.series,
    )


class PictureView(QWidget):
    """One picture, never stretched beyond its own size."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.setObjectName("help.picture")
        self.setAccessibleName(picture.title)
        self.setAccessibleDescription(picture.caption)
        self.picture = picture
        self._renderer = QSvgRenderer(self)
        self._look = ""
        self._dress()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _dress(self) -> None:
        look = theme.theme()
        if look.name != self._look:
            self._look = look.name
            self._renderer.load(QByteArray(svg(self.picture, colours(look)).encode()))

    def sizeHint(self) -> QSize:
        """Return the picture's own size."""
        return self._renderer.defaultSize()

    def minimumSizeHint(self) -> QSize:
        """Return a size at which it can still be read."""
        return QSize(160, self._renderer.defaultSize().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture at the left, smaller where there is no room."""
        self._dress()
        size = self._renderer.defaultSize()
        share = min(1.0, self.width() / max(size.width(), 1))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._renderer.render(painter, QRectF(0, 0, size.width() * share, size.height() * share))
