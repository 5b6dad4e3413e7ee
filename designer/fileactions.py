"""The commands of the File menu as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


FILE = (
    Action(
        id="file.new",
        text="New",
        shortcut="Ctrl+N",
        icon="new",
        help="Start an empty network.",
        run=lambda w: w.files.new(),
    ),
    Action(
        id="file.open",
        text="Open…",
        shortcut="Ctrl+O",
        icon="open",
        help="Open a project from a .loom file.",
        run=lambda w: w.files.ask_open(),
    ),
    Action(
        id="file.open_recent",
        text="Open recent…",
        shortcut="Ctrl+Shift+O",
        icon="recent",
        help="Choose among the projects opened last.",
        run=lambda w: w.choose_recent(),
        enabled=lambda w: bool(w.settings.recent()),
    ),
    Action(
        id="file.recover",
        text="Bring back the unsaved project",
        icon="recent",
        help="Open the project whose runs were left when a window was cut off before it was saved.",
        run=lambda w: w.files.recover(),
        enabled=lambda w: w.workspace is not None and w.files.can_recover(),
        shy=True,
    ),
    Action(
        id="file.save",
        text="Save",
        shortcut="Ctrl+S",
        icon="save",
        help="Write the project to its file.",
        run=lambda w: w.files.save(),
        enabled=_has_work,
        section=1,
    ),
    Action(
        id="file.save_as",
        text="Save as…",
        shortcut="Ctrl+Shift+S",
        icon="save",
        help="Write the project to another file.",
        run=lambda w: w.files.save_as(),
        enabled=_has_work,
        section=1,
    ),
    Action(
        id="file.export_python",
        text="Export Python…",
        shortcut="Ctrl+E",
        icon="export",
        help="Write the network, its data and its training as a plain PyTorch script.",
        run=lambda w: w.files.export_python(),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="file.export_picture",
        text="Export a picture…",
        icon="export",
        help="Write the network on show as a picture, SVG or PNG.",
        run=lambda w: w.files.export_picture(w.canvas),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="file.quit",
        text="Quit",
        shortcut="Ctrl+Q",
        icon="quit",
        help="Close the window.",
        early=True,
        run=lambda w: w.close(),
        section=3,
    ),
)
