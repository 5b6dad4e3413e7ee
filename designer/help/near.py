"""From any widget to the desk of its window, where help is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

    from engine.help.drawing import Picture


class Desk(Protocol):
    """What can be asked of a desk; `designer.help.desk` has the real one."""

    def show(self, key: str = "") -> object:
        """Open the catalogue, at the page of an entry if one is named."""
        ...

    def fetch(self, key: str, done: Callable[[str, Sequence[Picture]], None]) -> None:
        """Work out the pictures of an entry; then call `done` with its key and them."""
        ...

    def work(
        self,
        owner: object,
        work: Callable[[], object],
        done: Callable[[object], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do something beside the window for a widget."""
        ...


def desk_of(widget: QWidget) -> Desk | None:
    """Return the desk of the window a widget stands in, at whatever depth."""
    found: QObject | None = widget
    while found is not None:
        desk: Desk | None = getattr(found, "help_desk", None)
        if desk is not None:
            return desk
        found = found.parent()
    return None


def ask(widget: QWidget, key: str) -> None:
    """Open the page of an entry for somebody at a widget."""
    desk = desk_of(widget)
    if desk is not None:
        desk.show(key)
