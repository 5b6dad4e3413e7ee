"""One comment or group on the canvas, behind all nodes. It paints what it is handed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTextOption
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import RADIUS
from designer.canvas.notes import HEAD
from designer.theme import theme

if TYPE_CHECKING:
    from engine.project import Note

GRIP = 16.0
"""Size of the corner by which a note is made larger or smaller."""
_INSET = 10.0


def color_of(note: Note) -> QColor:
    """Return the colour of a note: the first is neutral, the others are those of curves."""
    look = theme()
    if note.color == 0:
        return look.color("text_muted")
    return QColor(look.series[(note.color - 1) % len(look.series)])


class NoteItem(QGraphicsItem):
    """The picture of a note."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.note = note
        self.selected = False
        self.size = (note.width, note.height)
        self._order()
        self.setPos(note.x, note.y)

    def _order(self) -> None:
        """Lie behind all nodes, groups behind comments, a larger group behind a smaller one."""
        area = self.size[0] * self.size[1]
        self.setZValue(-3.0 - min(area / 1e12, 1.0) if self.note.group else -2.0)

    def set_note(self, note: Note) -> None:
        """Show another state of the note."""
        self.prepareGeometryChange()
        self.note = note
        self.size = (note.width, note.height)
        self._order()
        self.setPos(note.x, note.y)
        self.update()

    def stands(self) -> bool:
        """Return whether it is shown where its note says, and as large."""
        note, at = self.note, self.pos()
        return (at.x(), at.y(), *self.size) == (note.x, note.y, note.width, note.height)

    def set_size(self, width: float, height: float) -> None:
        """Show another size, as a drag goes on."""
        self.prepareGeometryChange()
        self.size = (width, height)
        self.update()

    def set_selected(self, on: bool) -> None:
        """Mark as selected."""
        if on != self.selected:
            self.selected = on
            self.update()

    @property
    def room(self) -> QRectF:
        """Return the area, seen from its top left corner."""
        return QRectF(0.0, 0.0, *self.size)

    def grip(self) -> QRectF:
        """Return the corner that changes the size, in the scene."""
        corner = self.pos() + QPointF(*self.size)
        return QRectF(corner - QPointF(GRIP, GRIP), corner)

    def takes(self, at: QPointF) -> bool:
        """Return whether a place of the scene is where it is taken: a group has only its title."""
        place = at - self.pos()
        if not self.room.contains(place):
            return False
        return not self.note.group or place.y() <= HEAD or self.grip().contains(at)

    def boundingRect(self) -> QRectF:
        """Return the area and its line."""
        return self.room.adjusted(-3, -3, 3, 3)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw it, marked if it is selected."""
        self.draw(painter, marked=self.selected)

    def draw(self, painter: QPainter, *, marked: bool) -> None:
        """Draw the ground, the line around and the words."""
        look, color = theme(), color_of(self.note)
        fill = QColor(color)
        fill.setAlphaF(0.10 if self.note.group else 0.16)
        line = look.color("accent") if marked else QColor(color)
        painter.setPen(QPen(line, 2.0 if marked else 1.2))
        painter.setBrush(fill)
        painter.drawRoundedRect(self.room, RADIUS, RADIUS)
        self._write(painter)
        if marked:
            painter.setPen(QPen(line, 1.5))
            corner = self.room.bottomRight()
            for away in (5.0, 10.0):
                painter.drawLine(corner - QPointF(away, 2), corner - QPointF(2, away))

    def paint_far(self, painter: QPainter) -> None:
        """Draw the ground alone; the painter's world is the scene."""
        fill = QColor(color_of(self.note))
        fill.setAlphaF(0.18)
        painter.fillRect(self.room.translated(self.pos()), fill)

    def _write(self, painter: QPainter) -> None:
        look, group = theme(), self.note.group
        painter.setFont(look.font("base", bold=group))
        painter.setPen(look.color("text" if self.note.text else "text_muted"))
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.NoWrap if group else QTextOption.WrapMode.WordWrap)
        room = self.room.adjusted(_INSET, 7, -_INSET, -6)
        if group:
            room.setHeight(HEAD - 10)
        words = self.note.text or ("Group" if group else "Double-click to write")
        painter.drawText(room, words, option)
