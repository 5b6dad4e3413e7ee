"""Pixmaps of what is drawn often: made once for a zoom, put at whole device pixels."""

from __future__ import annotations

import math
from collections import OrderedDict
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVarTuple

from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

Key = TypeVarTuple("Key")
_SMOOTH = QPainter.RenderHint.SmoothPixmapTransform
_ORIGIN = QPointF()


@lru_cache(maxsize=256)
def bucket(zoom: float) -> float:
    """Return the least power of the fourth root of two that is not below the zoom."""
    return 2.0 ** (math.ceil(round(math.log2(max(zoom, 0.01)) * 4, 3)) / 4)


class Kept:
    """Pixmaps by what they show, the least recently used dropped when they grow beyond a budget."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        """In bytes."""
        self._held: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> QPixmap | None:
        """Return what was put there, if it is still there."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: Hashable, pixmap: QPixmap) -> QPixmap:
        """Keep a pixmap and return it."""
        self._held[key] = pixmap
        self._bytes += _size(pixmap)
        while self._bytes > self._budget and len(self._held) > 1:
            self._bytes -= _size(self._held.popitem(last=False)[1])
        return pixmap

    def clear(self) -> None:
        """Forget every pixmap."""
        self._held.clear()
        self._bytes = 0


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def kept(budget: int) -> Callable[[Callable[[*Key], QPixmap]], Callable[[*Key], QPixmap]]:
    """Let a function that draws pixmaps remember so many bytes of them."""

    def around(make: Callable[[*Key], QPixmap]) -> Callable[[*Key], QPixmap]:
        held = Kept(budget)

        @wraps(make)
        def get(*key: *Key) -> QPixmap:
            found = held.get(key)
            return found if found is not None else held.put(key, make(*key))

        return get

    return around


@contextmanager
def drawn(pixmap: QPixmap, scale: float) -> Generator[QPainter]:
    """Draw into a pixmap in scene pixels."""
    painter = QPainter(pixmap)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | _SMOOTH
    )
    painter.scale(scale, scale)
    try:
        yield painter
    finally:
        # A pixmap that goes while it is drawn into takes the program along.
        painter.end()


def blank(size: QSizeF, scale: float, ratio: float) -> QPixmap:
    """Return an empty pixmap for so many scene pixels, drawn for a zoom and a device's ratio."""
    pixmap = QPixmap(
        math.ceil(size.width() * scale * ratio), math.ceil(size.height() * scale * ratio)
    )
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def put(
    painter: QPainter, where: QTransform, left: float, top: float, pixmap: QPixmap, scale: float
) -> None:
    """Draw a pixmap that was made for a zoom at a place of an item.

    Parameters
    ----------
    where
        The painter's transform for the item; it is left as it was.
    left, top
        The pixmap's corner, in the item's pixels.
    scale
        The zoom for which the pixmap was made.
    """
    zoom, ratio = where.m11(), pixmap.devicePixelRatio()
    x, y = where.dx() + left * zoom, where.dy() + top * zoom
    x, y = round(x * ratio) / ratio, round(y * ratio) / ratio
    part = zoom / scale
    exact = abs(part - 1.0) < 1e-3
    painter.setRenderHint(_SMOOTH, not exact)
    if exact:
        painter.resetTransform()
        painter.drawPixmap(QPointF(x, y), pixmap)
    else:
        painter.setWorldTransform(QTransform(part, 0, 0, part, x, y))
        painter.drawPixmap(_ORIGIN, pixmap)
    painter.setWorldTransform(where)
