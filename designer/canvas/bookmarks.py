"""Views of the canvas that were given a name, as pure edits of a project: part of its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.project import Bookmark

if TYPE_CHECKING:
    from engine.project import Project

REACH = 9
"""How many have a key of their own."""


def add(project: Project, network: str, x: float, y: float, zoom: float) -> Project:
    """Return the project with one more bookmark, named after its network."""
    title = project.title_of(network)
    taken = {mark.name for mark in project.layout.bookmarks}
    number, name = 1, title
    while name in taken:
        number += 1
        name = f"{title} {number}"
    made = Bookmark(name=name, network=network, x=round(x), y=round(y), zoom=round(zoom, 4))
    return _with(project, (*project.layout.bookmarks, made))


def change(project: Project, index: int, **changes: Any) -> Project:
    """Return the project with some values of a bookmark changed."""
    marks = list(project.layout.bookmarks)
    marks[index] = marks[index].but(**changes)
    return _with(project, tuple(marks))


def remove(project: Project, index: int) -> Project:
    """Return the project without a bookmark; those behind it move up."""
    marks = project.layout.bookmarks
    return _with(project, (*marks[:index], *marks[index + 1 :]))


def _with(project: Project, marks: tuple[Bookmark, ...]) -> Project:
    return project.but(layout=project.layout.but(bookmarks=marks))
