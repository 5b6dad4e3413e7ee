"""From arrays to what Qt paints by itself: paths, images and colour scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainterPath, QPixmap, QPolygonF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_POINT = 16
"""Bytes of a QPointF: two doubles."""


def polygon(x: NDArray[np.floating], y: NDArray[np.floating]) -> QPolygonF:
    """Return points as a polygon, written straight into its memory."""
    points = QPolygonF()
    points.resize(len(x))
    if len(x):
        memory = cast("Any", shiboken6).VoidPtr(points.data(), len(x) * _POINT, True)
        rows = np.frombuffer(memory, np.float64).reshape(-1, 2)
        rows[:, 0] = x
        rows[:, 1] = y
    return points


def polyline(x: NDArray[np.floating], y: NDArray[np.floating]) -> QPainterPath:
    """Return a line through the points; it breaks where a y is not finite."""
    path = QPainterPath()
    good = np.isfinite(y)
    if good.all():
        path.addPolygon(polygon(x, y))
        return path
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]])))
    for begin, end in zip(edges[0::2], edges[1::2], strict=True):
        path.addPolygon(polygon(x[begin:end], y[begin:end]))
    return path


def squares(x: NDArray[np.floating], y: NDArray[np.floating], size: float) -> QPainterPath:
    """Return a small square around each point with a finite y."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if np.isfinite(py):
            path.addRect(px - size / 2, py - size / 2, size, size)
    return path


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """Return the colour between two, `share` of the way to the second, opaque."""
    return QColor(
        round(first.red() + (second.red() - first.red()) * share),
        round(first.green() + (second.green() - first.green()) * share),
        round(first.blue() + (second.blue() - first.blue()) * share),
    )


def ramp(stops: Sequence[str], count: int = 256) -> list[QColor]:
    """Return `count` colours evenly along a line through the stops."""
    colours = [QColor(stop) for stop in stops]
    result: list[QColor] = []
    for place in np.linspace(0, len(colours) - 1, count).tolist():
        index = min(int(place), len(colours) - 2)
        result.append(mix(colours[index], colours[index + 1], place - index))
    return result


def indexed(values: NDArray[np.uint8], table: Sequence[QColor]) -> QPixmap:
    """Return an image of colour numbers; row 0 stands at the bottom."""
    rows = np.ascontiguousarray(values[::-1])
    height, width = rows.shape
    image = QImage(cast("Any", rows.data), width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([colour.rgb() for colour in table])
    return QPixmap.fromImage(image.convertToFormat(QImage.Format.Format_RGB32))
