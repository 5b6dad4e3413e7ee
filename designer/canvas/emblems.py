"""What nodes bear beside their words: an activation's curve, and the kernels of a convolution."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from designer.theme import Theme
    from engine.graph import Node

REACH = 4.0
"""An activation is drawn from minus this to this."""
ACROSS, DOWN = 4, 2
"""How many kernels of a layer are shown."""
_LARGEST = 9
"""Larger kernels than that cannot be told on a node."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A small picture: rows of pixels, red, green, blue and alpha."""

    width: int
    height: int
    pixels: bytes


# -- activations


def curve_of(node: Node, values: Mapping[str, Any] | None) -> tuple[float, ...]:
    """Return an activation's outputs over its inputs; nothing for what takes several at once.

    They come from the node's own module with its own settings. A layer of the user's own is not
    run for a picture.
    """
    spec = registry.node(node.spec)
    if spec is None or spec.group != "Activation" or spec.own is not None or values is None:
        return ()
    try:
        return _curve(spec.id, tuple(sorted(values.items())))
    except (TypeError, KeyError):
        # A setting that is a list cannot be looked up; those of another entry are not all here.
        return ()


@lru_cache(maxsize=256)
def _curve(spec_id: str, values: tuple[tuple[str, Any], ...]) -> tuple[float, ...]:
    from engine.help.figures.layers import course

    spec = registry.node(spec_id)
    return course(spec, dict(values), REACH) if spec is not None else ()


def draw_curve(
    painter: QPainter, look: Theme, color: QColor, room: QRectF, curve: tuple[float, ...]
) -> None:
    """Draw the curve over its axes, as high as the room; what leaves it above is cut off."""
    low, high = min(-1.0, *curve), max(1.0, *curve)
    zero = room.bottom() - room.height() * (0.0 - low) / (high - low)
    painter.save()
    painter.setClipRect(room.adjusted(-1, -1, 1, 1))
    painter.setPen(QPen(look.color("border"), 1.0))
    painter.drawLine(QPointF(room.left(), zero), QPointF(room.right(), zero))
    painter.drawLine(
        QPointF(room.center().x(), room.top()), QPointF(room.center().x(), room.bottom())
    )
    step = room.width() / (len(curve) - 1)
    points = [
        QPointF(room.left() + step * i, room.bottom() - room.height() * (y - low) / (high - low))
        for i, y in enumerate(curve)
    ]
    painter.setPen(QPen(color, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))
    painter.restore()


# -- kernels


def sheet(weight: np.ndarray) -> Sheet | None:
    """Return the first kernels of a convolution, (out, in, rows, columns), side by side.

    With three input channels they are in colours, else the first channel is shown in greys; grey
    in the middle is zero, and all kernels share one scale. None where there is nothing to see.
    """
    import numpy as np

    if weight.ndim != 4 or max(weight.shape[2:]) > _LARGEST or min(weight.shape[2:]) < 2:
        return None
    count = min(len(weight), ACROSS * DOWN)
    shown = weight[:count, :3] if weight.shape[1] == 3 else weight[:count, :1].repeat(3, axis=1)
    largest = float(np.abs(shown).max())
    if not np.isfinite(largest):
        return None
    grey = np.clip(np.rint(127.5 + 127.5 * shown / (largest or 1.0)), 0, 255).astype(np.uint8)
    rows, columns = weight.shape[2] + 1, weight.shape[3] + 1
    across, down = min(count, ACROSS), -(-count // ACROSS)
    canvas = np.zeros((down * rows - 1, across * columns - 1, 4), np.uint8)
    for number in range(count):
        top, left = (number // ACROSS) * rows, (number % ACROSS) * columns
        tile = canvas[top : top + rows - 1, left : left + columns - 1]
        tile[..., :3] = grey[number].transpose(1, 2, 0)
        tile[..., 3] = 255
    return Sheet(canvas.shape[1], canvas.shape[0], canvas.tobytes())


def draw_sheet(painter: QPainter, room: QRectF, found: Sheet) -> None:
    """Draw a small picture as large as the room allows, at its right, each pixel a square."""
    image = QImage(
        cast("Any", found.pixels),
        found.width,
        found.height,
        4 * found.width,
        QImage.Format.Format_RGBA8888,
    )
    size = min(room.width() / found.width, room.height() / found.height)
    wide, high = size * found.width, size * found.height
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(QRectF(room.right() - wide, room.center().y() - high / 2, wide, high), image)
    painter.restore()
