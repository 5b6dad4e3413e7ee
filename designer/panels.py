"""The panels that a window has beside the first five: one entry each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from designer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: its dock, its place in the View menu and its shortcut follow from this.

    A widget made here may have `close_down`, called when the window closes, and `come_forward`,
    called when it is shown or brought before others; whatever else it wants to hear of it connects
    to by itself.
    """

    id: str
    title: str
    words: str
    """Completes “Show or hide ...” in the help."""
    make: Callable[[Workspace], QWidget]
    area: Literal["left", "right", "bottom"] = "bottom"
    """It stands as a tab beside the palette, the findings or the live plots."""
    shortcut: str = ""


def _outline(workspace: Workspace) -> QWidget:
    from designer.outline.panel import make

    return make(workspace)


def _runs(workspace: Workspace) -> QWidget:
    from designer.runs.panel import make

    return make(workspace)


def _debug(workspace: Workspace) -> QWidget:
    from designer.debug.panel import make

    return make(workspace)


def _profile(workspace: Workspace) -> QWidget:
    from designer.profile.panel import make

    return make(workspace)


PANELS: tuple[Panel, ...] = (
    Panel("outline", "Outline", "the tree of networks and layers", _outline, "left", "Ctrl+7"),
    Panel("runs", "Runs", "the runs of the project", _runs, shortcut="Ctrl+8"),
    Panel("debug", "Debug", "the tensors of one step", _debug, shortcut="Ctrl+9"),
    Panel(
        "profile",
        "Before run",
        "what is looked at before a run, and what a step costs",
        _profile,
        shortcut="Ctrl+Shift+9",
    ),
)
