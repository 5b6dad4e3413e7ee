"""Drags of comments and groups: a group takes along what lies on it; a corner changes the size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.canvas import notes
from designer.canvas.geometry import snapped
from designer.canvas.gestures import SLACK, Gesture

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from designer.canvas.view import CanvasView


def taken_note(view: CanvasView, place: QPoint, note_id: str) -> Gesture:
    """Return what a press on a note begins."""
    view.canvas.select([])
    view.choose_notes({note_id})
    if view.notes[note_id].grip().contains(view.at(place)):
        return SizeNote(view, place, note_id)
    return MoveNote(view, place, note_id)


class MoveNote(Gesture):
    """A note follows the pointer, and so does what lies on it; all of it is one step of undo."""

    def __init__(self, view: CanvasView, place: QPoint, note_id: str) -> None:
        self._view = view
        self._start = place
        self._grip = view.at(place)
        self._moved = False
        note = view.notes[note_id].note
        self._origin = (note.x, note.y)
        nodes, others = view.riders(note_id)
        self._nodes = {i: view.canvas.places[i] for i in nodes}
        self._notes = {i: (view.notes[i].note.x, view.notes[i].note.y) for i in (note_id, *others)}
        self._shift = (0.0, 0.0)

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        self._moved = True
        away = self._view.at(place) - self._grip
        x, y = self._origin
        to = snapped(x + away.x(), y + away.y())
        self._put((to[0] - x, to[1] - y))

    def _put(self, shift: tuple[float, float]) -> None:
        self._shift = shift
        self._view.canvas.put(_shifted(self._nodes, shift))
        for note_id, (x, y) in _shifted(self._notes, shift).items():
            item = self._view.notes.get(note_id)
            if item is not None:
                item.setPos(x, y)

    def release(self, place: QPoint) -> None:
        """Leave all where it is now."""
        if self._moved and self._shift != (0.0, 0.0):
            view = self._view
            project = view.scope().result(view.graph, _shifted(self._nodes, self._shift))
            view.settle_notes("Move a note", _shifted(self._notes, self._shift), project)

    def cancel(self) -> None:
        """Leave all as it was."""
        self._put((0.0, 0.0))


class SizeNote(Gesture):
    """The lower right corner of a note follows the pointer."""

    def __init__(self, view: CanvasView, place: QPoint, note_id: str) -> None:
        self._view = view
        self._start = place
        self._grip = view.at(place)
        self._moved = False
        self._note_id = note_id
        self._before = view.notes[note_id].size

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""
        if not self._moved and (place - self._start).manhattanLength() < SLACK:
            return
        self._moved = True
        away = self._view.at(place) - self._grip
        size = snapped(self._before[0] + away.x(), self._before[1] + away.y())
        least = notes.LEAST
        self._view.notes[self._note_id].set_size(max(size[0], least[0]), max(size[1], least[1]))

    def release(self, place: QPoint) -> None:
        """Leave the size as it is now."""
        width, height = self._view.notes[self._note_id].size
        if (width, height) != self._before:
            self._view.resize_note(self._note_id, width, height)

    def cancel(self) -> None:
        """Leave all as it was."""
        item = self._view.notes.get(self._note_id)
        if item is not None:
            item.set_size(*self._before)


def _shifted(
    places: dict[str, tuple[float, float]], by: tuple[float, float]
) -> dict[str, tuple[float, float]]:
    return {i: (x + by[0], y + by[1]) for i, (x, y) in places.items()}
