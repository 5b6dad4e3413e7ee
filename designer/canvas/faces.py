"""What a node looks like: its content as a value, drawn once into a pixmap and then reused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainterPath, QPen, QPixmap, QPolygonF

from designer.canvas import emblems, words
from designer.canvas.blit import Kept, blank, drawn, kept
from designer.canvas.geometry import FOLD, HEAD, HEIGHT, MARGIN, RADIUS, WIDTH, outline
from designer.canvas.marks import draw_badge, draw_icon, draw_port
from designer.theme import NAMES

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QPainter

    from designer.canvas.emblems import Sheet
    from designer.theme import Theme

PLAIN_BELOW = 0.55
"""Zoom under which a face shows little, in large letters: its name,"""
SHAPED_FROM = 0.4
"""and from this zoom on the shape that leaves it, for wires are too short then to bear one."""
_BUDGET = 96 * 2**20
_RINGS = 16 * 2**20
_EMBLEM = 64.0
"""Width of the picture at a node's right."""
_STEP = 3.5
"""How far one card of a stack lies from the next."""
_ALIGN = Qt.AlignmentFlag


@dataclass(frozen=True, slots=True)
class Face:
    """All that is drawn on a node, apart from selection and live figures."""

    spec: str
    group: str
    name: str
    settings: str
    shape: str
    parameters: str
    badge: str = ""
    """error, warning, lock (a text that may not run) or nothing."""
    known: bool = True
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    wired: frozenset[str] = frozenset()
    """Ports with a wire: `<in`, `>out`."""
    shapes: tuple[str, ...] = ()
    """A word for each output, where they stand in rows."""
    titles: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """What people read beside inputs and outputs, where that is not their names."""
    cost: str = ""
    """What running it costs, for a placed network."""
    stack: int = 0
    """Cards that seem to lie under it: one for a placed network, two for a repeat."""
    times: str = ""
    """How often it is repeated: `×6`."""
    shared: bool = False
    """True: other places may hold the same weights."""
    copies: int = 0
    """Fields for the copies of an unfolded repeat."""
    curve: tuple[float, ...] = ()
    """What an activation makes of numbers from low to high."""
    kernels: Sheet | None = None
    """What a convolution has learned, when asked for."""


class FaceCache:
    """Pixmaps of faces."""

    def __init__(self) -> None:
        self._kept = Kept(_BUDGET)
        self.rendered = 0

    def pixmap(self, face: Face, look: Theme, scale: float, ratio: float) -> QPixmap:
        """Return a face drawn for a zoom bucket and a device pixel ratio."""
        key = (face, look.name, scale, ratio)
        found = self._kept.get(key)
        if found is None:
            self.rendered += 1
            found = self._kept.put(key, render(face, look, scale, ratio))
        return found

    def clear(self) -> None:
        """Forget every pixmap."""
        self._kept.clear()


def render(face: Face, look: Theme, scale: float, ratio: float) -> QPixmap:
    """Return a new pixmap of a face. Its own pixel ratio is the device's, its size is zoomed."""
    height = outline(face.inputs, face.outputs, face.copies).height
    pixmap = blank(QSizeF(WIDTH + 2 * MARGIN, height + 2 * MARGIN), scale, ratio)
    with drawn(pixmap, scale) as painter:
        painter.translate(MARGIN, MARGIN)
        _Drawing(painter, face, look, scale).draw()
    return pixmap


@kept(_RINGS)
def ring(name: str, height: float, heat: float, pen: float, scale: float, ratio: float) -> QPixmap:
    """Return the line of a heat around a body, as large as a face."""
    pixmap = blank(QSizeF(WIDTH + 2 * MARGIN, height + 2 * MARGIN), scale, ratio)
    with drawn(pixmap, scale) as painter:
        painter.setPen(QPen(NAMES[name].heat_color(heat), pen))
        painter.drawRoundedRect(QRectF(MARGIN, MARGIN, WIDTH, height), RADIUS, RADIUS)
    return pixmap


def draw(painter: QPainter, face: Face, look: Theme) -> None:
    """Draw a face as lines and words, the painter's origin at the node's top left corner."""
    _Drawing(painter, face, look, 1.0).draw()


class _Drawing:
    """One face on its way into a pixmap."""

    def __init__(self, painter: QPainter, face: Face, look: Theme, scale: float) -> None:
        self.painter = painter
        self.face = face
        self.look = look
        self.plain = scale < PLAIN_BELOW
        self.shaped = scale >= SHAPED_FROM and bool(face.shape)
        self.outline = outline(face.inputs, face.outputs, face.copies)
        self.family = look.family(face.group)

    def draw(self) -> None:
        self._body()
        if self.plain:
            self._plain()
        else:
            self._head()
            self._times()
            self._lines(self._emblem())
            self._rows()
        self._badge()
        self._ports()

    def _body(self) -> None:
        painter, body = self.painter, self.outline.body
        painter.setPen(Qt.PenStyle.NoPen)
        for spread in (6.0, 4.0, 2.0):
            shade = self.look.color("shadow")
            shade.setAlphaF(0.11 if self.look.dark else 0.035)
            painter.setBrush(shade)
            rect = body.adjusted(-spread, -spread + 2, spread, spread + 2)
            painter.drawRoundedRect(rect, RADIUS + spread, RADIUS + spread)
        self._stack(body)
        shape = QPainterPath()
        shape.addRoundedRect(body, RADIUS, RADIUS)
        painter.fillPath(shape, self.look.color("raised"))
        painter.save()
        painter.setClipPath(shape)
        tint = QColor(self.family)
        tint.setAlphaF(0.20 if self.look.dark else 0.13)
        head = self.outline.height if self.plain else HEAD
        painter.fillRect(QRectF(0, 0, WIDTH, head), tint)
        painter.fillRect(QRectF(0, 0, 4, self.outline.height), self.family)
        painter.restore()
        pen = QPen(self.look.color("border_strong" if not self.face.known else "border"), 1.0)
        if not self.face.known:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 0.5, RADIUS - 0.5)

    def _stack(self, body: QRectF) -> None:
        """Draw the edges of the cards that lie below."""
        painter = self.painter
        painter.setPen(QPen(self.family, 1.0))
        painter.setBrush(self.look.color("raised"))
        for number in range(self.face.stack, 0, -1):
            away = _STEP * number
            painter.drawRoundedRect(body.adjusted(away, away, away, away), RADIUS, RADIUS)

    def _plain(self) -> None:
        height = self.outline.height
        room = QRectF(16, 0, WIDTH - (52 if self.face.badge else 24), height)
        if draw_icon(
            self.painter, self.face.spec, self.family, QRectF(14, height / 2 - 15, 30, 30)
        ):
            room.setLeft(52)
        if self.shaped:
            below = QRectF(room.left(), height / 2 + 2, WIDTH - 10 - room.left(), 28)
            muted = self.look.color("text_muted")
            shape = words.tight(self.face.shape)
            self._text(below, shape, self.look.font("title"), muted, _ALIGN.AlignLeft)
            # How often it is repeated stands beside the name: beside a shape it would be read in.
            room.setRect(room.left(), height / 2 - 30, room.width(), 30)
        if self.face.times:
            large = self.look.font("large", bold=True)
            room.setRight(room.right() - (0 if self.face.badge else 8))
            self._text(room, self.face.times, large, self.look.color("text"), _ALIGN.AlignRight)
            room.setRight(room.right() - 44)
        font = self.look.font("title", bold=True)
        self._text(room, self.face.name, font, self.look.color("text"), _ALIGN.AlignLeft)

    def _head(self) -> None:
        left = 14.0
        if draw_icon(self.painter, self.face.spec, self.family, QRectF(12, 7, 18, 18)):
            left = 37.0
        right = 30.0 if self.face.badge else 12.0
        if self.face.times:
            right = WIDTH - fold_switch(self.face.badge).left() + 4.0
        if self.face.shared:
            spot = QRectF(WIDTH - right - 16.0, 8.0, 16.0, 16.0)
            draw_icon(self.painter, "share", self.look.color("accent"), spot, "actions")
            right += 20.0
        room = QRectF(left, 0, WIDTH - left - right, HEAD)
        font = self.look.font("base", bold=True)
        self._text(room, self.face.name, font, self.look.color("text"), _ALIGN.AlignLeft)

    def _times(self) -> None:
        if not self.face.times:
            return
        painter, room = self.painter, fold_switch(self.face.badge)
        fill = QColor(self.family)
        fill.setAlphaF(0.28 if self.look.dark else 0.20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(room, room.height() / 2, room.height() / 2)
        ink = self.look.color("text")
        font = self.look.font("small", bold=True)
        self._text(room.adjusted(8, 0, -17, 0), self.face.times, font, ink, _ALIGN.AlignLeft)
        x, y = room.right() - 12.0, room.center().y()
        way = -2.2 if self.face.copies else 2.2
        painter.setPen(QPen(ink, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF([QPointF(x - 4, y - way), QPointF(x, y + way), QPointF(x + 4, y - way)])
        )

    def _emblem(self) -> float:
        """Draw a curve or kernels at the right; return how much room that takes from the words."""
        room = QRectF(WIDTH - 12 - _EMBLEM, HEAD + 5, _EMBLEM, HEIGHT - HEAD - 10)
        if self.face.kernels is not None:
            emblems.draw_sheet(self.painter, room, self.face.kernels)
        elif self.face.curve:
            emblems.draw_curve(self.painter, self.look, self.family, room, self.face.curve)
        else:
            return 0.0
        return _EMBLEM + 8.0

    def _lines(self, taken_up: float) -> None:
        small, measure = self.look.font("small"), QFontMetricsF(self.look.font("small"))
        muted, text = self.look.color("text_muted"), self.look.color("text")
        # Beside kernels there is room for one of them.
        count = self.face.parameters if self.face.kernels is None else ""
        for top, left, right, ink in (
            (HEAD + 5, self.face.settings, self.face.cost, muted),
            (HEAD + 25, self.face.shape, count, text),
        ):
            room = QRectF(14, top, WIDTH - 28 - taken_up, 18)
            if measure.horizontalAdvance(left + right) + 8 > room.width():
                right = right.removesuffix(" params")
            self._text(room, right, small, muted, _ALIGN.AlignRight)
            taken = measure.horizontalAdvance(right)
            room.setRight(room.right() - taken - (8 if taken else 0))
            self._text(room, left, small, ink, _ALIGN.AlignLeft)

    def _rows(self) -> None:
        if not self.outline.rows:
            return
        painter = self.painter
        painter.setPen(QPen(self.look.color("border"), 1.0))
        painter.drawLine(QPointF(4, HEIGHT - 1.5), QPointF(WIDTH - 1, HEIGHT - 1.5))
        small, muted = self.look.font("small"), self.look.color("text_muted")
        sides = (
            (self.outline.inputs, self.face.inputs, self.face.titles[0], _ALIGN.AlignLeft),
            (self.outline.outputs, self.face.outputs, self.face.titles[1], _ALIGN.AlignRight),
        )
        for points, names, titles, side in sides:
            for index, name in enumerate(names):
                if len(names) < 2:
                    continue
                outgoing = side == _ALIGN.AlignRight
                size = self.face.shapes[index] if outgoing and self.face.shapes else ""
                room = QRectF(14, points[name].y() - 9, WIDTH - 28, 18)
                title = titles[index] if titles else name
                self._text(room, f"{size}   {title}" if size else title, small, muted, side)

    def _badge(self) -> None:
        if not self.face.badge:
            return
        middle = QPointF(WIDTH - 18, HEAD / 2)
        if self.plain:
            middle = QPointF(WIDTH - 22, self.outline.height / 2)
        draw_badge(self.painter, self.look, self.face.badge, middle, 12.0 if self.plain else 8.0)

    def _ports(self) -> None:
        for name, point in self.outline.inputs.items():
            draw_port(self.painter, self.look, self.family, point, f"<{name}" in self.face.wired)
        for name, point in self.outline.outputs.items():
            draw_port(self.painter, self.look, self.family, point, f">{name}" in self.face.wired)

    def _text(
        self, room: QRectF, text: str, font: QFont, color: QColor, side: Qt.AlignmentFlag
    ) -> None:
        if not text:
            return
        short = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self.painter.setFont(font)
        self.painter.setPen(color)
        self.painter.drawText(room, int(side | _ALIGN.AlignVCenter), short)


def fold_switch(badge: str) -> QRectF:
    """Return the place of the switch that folds a repeat; a badge takes the corner from it."""
    return FOLD.translated(-24.0, 0.0) if badge else FOLD
