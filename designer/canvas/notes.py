"""Comments and groups as pure edits of a project. They are part of the layout, not of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from designer.canvas.geometry import WIDTH, snapped
from engine.project import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtCore import QRectF

    from engine.project import Project

COLORS = 6
"""How many colours there are."""
HEAD = 32.0
"""Height of a group's title, by which it is taken."""
PAD = 20.0
LEAST = (96.0, 48.0)
"""The smallest a note can be."""


def of(project: Project, network: str) -> Mapping[str, Note]:
    """Return the notes of a network by id."""
    return project.layout.notes.get(network, {})


def _with(project: Project, network: str, notes: Mapping[str, Note]) -> Project:
    return project.but(layout=project.layout.held(network, notes=notes))


def add(project: Project, network: str, note: Note) -> tuple[Project, str]:
    """Return the project with one more note, and its id."""
    known = of(project, network)
    number = len(known) + 1
    while f"c{number}" in known:
        number += 1
    note_id = f"c{number}"
    return _with(project, network, {**known, note_id: note}), note_id


def change(project: Project, network: str, note_id: str, **changes: Any) -> Project:
    """Return the project with some values of a note changed."""
    known = of(project, network)
    return _with(project, network, {**known, note_id: known[note_id].but(**changes)})


def changed(project: Project, network: str, new: Mapping[str, Note]) -> Project:
    """Return the project with other notes under ids it has."""
    return _with(project, network, {**of(project, network), **new}) if new else project


def move(project: Project, network: str, places: Mapping[str, tuple[float, float]]) -> Project:
    """Return the project with notes elsewhere."""
    known = of(project, network)
    moved = {i: known[i].but(x=x, y=y) for i, (x, y) in places.items() if i in known}
    return _with(project, network, {**known, **moved}) if moved else project


def remove(project: Project, network: str, note_ids: Iterable[str]) -> Project:
    """Return the project without some notes; what lay on them stays."""
    gone = set(note_ids)
    known = of(project, network)
    if not gone & known.keys():
        return project
    return _with(project, network, {i: n for i, n in known.items() if i not in gone})


def around(rect: QRectF, text: str, color: int) -> Note:
    """Return a group around a rectangle of the scene."""
    x, y = snapped(rect.left() - PAD, rect.top() - PAD - HEAD)
    return Note(
        text=text,
        x=x,
        y=y,
        width=rect.right() + PAD - x,
        height=rect.bottom() + PAD - y,
        color=color,
        group=True,
    )


def on(
    note: Note, places: Mapping[str, tuple[float, float]], heights: Mapping[str, float]
) -> list[str]:
    """Return the nodes that lie on a group with their whole body."""
    return [
        i
        for i, (x, y) in places.items()
        if note.x <= x
        and x + WIDTH <= note.x + note.width
        and note.y <= y
        and y + heights[i] <= note.y + note.height
    ]


def within(note_id: str, notes: Mapping[str, Note]) -> list[str]:
    """Return the notes that lie on a group with their whole area."""
    outer = notes[note_id]
    return [
        i
        for i, n in notes.items()
        if i != note_id
        and outer.x <= n.x
        and n.x + n.width <= outer.x + outer.width
        and outer.y <= n.y
        and n.y + n.height <= outer.y + outer.height
    ]
