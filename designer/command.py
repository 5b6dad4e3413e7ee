"""What a command is: its name, words, shortcut and what it does to the window. Holds no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from designer.window import MainWindow

Run = Callable[["MainWindow"], object]
Test = Callable[["MainWindow"], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a user can tell the window to do.

    `scope` says where the shortcut works: anywhere in the window, or only while the canvas has
    the keyboard, so that a letter can still be typed elsewhere.
    """

    id: str
    text: str
    help: str
    run: Run
    shortcut: str = ""
    icon: str = ""
    scope: Literal["window", "canvas"] = "window"
    enabled: Test | None = None
    checked: Test | None = None
    early: bool = False
    """True: works before the parts of the window are built; any other waits for them."""
    shy: bool = False
    """True: seen only while it can be used."""
    section: int = 0
    """A rule parts two neighbours of a menu whose sections differ."""

    @property
    def menu(self) -> str:
        """Return the menu it stands in: the first word of the id."""
        return self.id.partition(".")[0]


MENUS = {
    "file": "&File",
    "edit": "&Edit",
    "view": "&View",
    "network": "&Network",
    "run": "&Run",
    "watch": "&Watch",
    "help": "&Help",
}
