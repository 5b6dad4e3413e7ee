"""The commands that add layers and join them without a mouse, and that mend, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from designer.window import MainWindow


def _mendable(window: MainWindow) -> bool:
    if not window.working:
        return False
    fixes = any(p.problem.fix for p in window.document.problems)
    return fixes or bool(window.parts.findings.offered())


def _several(window: MainWindow) -> bool:
    return window.working and len(window.selected()) > 1


def _wired(window: MainWindow) -> bool:
    return window.working and bool(window.canvas.wires_of_selection())


WIRES = (
    Action(
        id="network.search",
        text="Add a layer…",
        shortcut="Shift+A",
        icon="search",
        scope="canvas",
        help="Search for a layer and add it at the pointer. Tab does the same.",
        run=lambda w: w.canvas.open_search(w.canvas.pointer()),
        enabled=lambda w: w.working,
    ),
    Action(
        id="network.connect",
        text="Wire the selected layers",
        shortcut="W",
        icon="link",
        scope="canvas",
        help="Wire the selected layers one behind the other, from left to right.",
        run=lambda w: w.canvas.connect_selection(),
        enabled=_several,
    ),
    Action(
        id="network.disconnect",
        text="Cut the wires of the selection",
        shortcut="Shift+W",
        icon="cut",
        scope="canvas",
        help="Remove the wires between the selected layers; of a single one, all its wires.",
        run=lambda w: w.canvas.disconnect_selection(),
        enabled=_wired,
    ),
    Action(
        id="network.fix_all",
        text="Fix all…",
        shortcut="Ctrl+Alt+F",
        icon="mend",
        help="Show every change that mends a problem, and make them all as one step of undo.",
        run=lambda w: w.parts.show_mending(),
        enabled=_mendable,
    ),
)
