"""The commands on bookmarks, as data; and the rows of the lists that they are chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon, QKeySequence

from designer.canvas.bookmarks import REACH
from designer.chooser import Entry
from designer.command import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


def _count(window: MainWindow) -> int:
    return len(window.document.project.layout.bookmarks) if window.working else 0


def _choose(window: MainWindow, does: Callable[[int], object], hint: str) -> None:
    project = window.document.project

    def pick(index: int) -> Callable[[], object]:
        return lambda: does(index)

    rows = [
        Entry(
            mark.name,
            f"In {project.title_of(mark.network)}, at {mark.zoom:.0%}",
            _keys(window, index + 1) if index < REACH else "",
            QIcon(),
            pick(index),
        )
        for index, mark in enumerate(project.layout.bookmarks)
    ]
    window.chooser.show_entries(rows, hint)


def _keys(window: MainWindow, number: int) -> str:
    shortcut = window.commands.actions[f"view.bookmark_{number}"].shortcut()
    return shortcut.toString(QKeySequence.SequenceFormat.NativeText)


def _go(number: int) -> Action:
    return Action(
        id=f"view.bookmark_{number}",
        text=f"Bookmark {number}",
        shortcut=f"Alt+{number}",
        icon="bookmark",
        help=f"Look at what bookmark {number} names.",
        run=lambda w: w.canvas.go_to_bookmark(number - 1),
        enabled=lambda w: _count(w) >= number,
        shy=True,
        section=2,
    )


BOOKMARKS = (
    Action(
        id="view.bookmark_add",
        text="Bookmark this view",
        shortcut="B",
        icon="bookmark",
        scope="canvas",
        help="Keep what is seen now under a name; it is saved with the project.",
        run=lambda w: w.canvas.add_bookmark(),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="view.bookmarks",
        text="Go to a bookmark…",
        shortcut="Shift+B",
        icon="bookmark",
        scope="canvas",
        help="Choose among the views that were kept.",
        run=lambda w: _choose(w, w.canvas.go_to_bookmark, "Go to a bookmark"),
        enabled=lambda w: _count(w) > 0,
        section=2,
    ),
    Action(
        id="view.bookmark_rename",
        text="Rename a bookmark…",
        icon="rename",
        help="Choose a bookmark and write over its name.",
        run=lambda w: _choose(w, w.canvas.rename_bookmark, "Rename a bookmark"),
        enabled=lambda w: _count(w) > 0,
        shy=True,
        section=2,
    ),
    Action(
        id="view.bookmark_remove",
        text="Remove a bookmark…",
        icon="delete",
        help="Choose a bookmark and forget it.",
        run=lambda w: _choose(w, w.canvas.remove_bookmark, "Remove a bookmark"),
        enabled=lambda w: _count(w) > 0,
        shy=True,
        section=2,
    ),
    *(_go(number) for number in range(1, REACH + 1)),
)
