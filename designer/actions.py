"""Every command of the window as data: menus, toolbar, shortcuts, command palette come from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from designer.arrangeactions import ARRANGE
from designer.bookmarkactions import BOOKMARKS
from designer.command import Action
from designer.debugactions import DEBUG
from designer.fileactions import FILE
from designer.helpactions import HELP
from designer.networkactions import NETWORK, NODES
from designer.panels import PANELS
from designer.profileactions import PROFILE
from designer.recipeactions import RECIPES
from designer.runsactions import RUNS
from designer.watchactions import WATCH
from designer.wireactions import WIRES

if TYPE_CHECKING:
    from designer.window import MainWindow

TOOLBAR = ("file.new", "file.open", "file.save", "", "edit.undo", "edit.redo")


def _has_work(window: MainWindow) -> bool:
    return window.working


def _has_selection(window: MainWindow) -> bool:
    return window.working and bool(window.selected())


def _has_anything(window: MainWindow) -> bool:
    canvas = window.canvas if window.working else None
    return canvas is not None and bool(
        canvas.selected() or canvas.canvas.wire_selection or canvas.chosen_notes
    )


def _can_undo(window: MainWindow) -> bool:
    return window.working and window.document.undo_stack.canUndo()


def _can_redo(window: MainWindow) -> bool:
    return window.working and window.document.undo_stack.canRedo()


def _show_variables(window: MainWindow) -> None:
    if window.docks is not None:
        window.docks.bring("inspector")
    window.parts.show_variables()


def _evaluate(window: MainWindow) -> None:
    if window.docks is not None:
        window.docks.bring("evaluate")
    if window.parts.evaluate.can_evaluate():
        window.parts.evaluate.evaluate()


def _panel(name: str, text: str, words: str, shortcut: str) -> Action:
    return Action(
        id=f"view.panel_{name}",
        text=text,
        help=f"Show or hide {words}.",
        shortcut=shortcut,
        icon="panel",
        run=lambda w: w.toggle_panel(name),
        enabled=_has_work,
        checked=lambda w: w.panel_shown(name),
        section=3,
    )


def _theme(name: Literal["light", "dark", "system"], text: str, words: str) -> Action:
    return Action(
        id=f"view.theme_{name}",
        text=text,
        help=words,
        icon="theme",
        early=True,
        run=lambda w: w.set_theme(name),
        checked=lambda w: w.settings.theme == name,
        section=4,
    )


EDIT = (
    Action(
        id="edit.undo",
        text="Undo",
        shortcut="Ctrl+Z",
        icon="undo",
        help="Take back the last change.",
        run=lambda w: w.document.undo_stack.undo(),
        enabled=_can_undo,
    ),
    Action(
        id="edit.redo",
        text="Redo",
        shortcut="Ctrl+Shift+Z",
        icon="redo",
        help="Do again what was taken back.",
        run=lambda w: w.document.undo_stack.redo(),
        enabled=_can_redo,
    ),
    Action(
        id="edit.cut",
        text="Cut",
        shortcut="Ctrl+X",
        icon="cut",
        help="Copy the selected layers and remove them.",
        run=lambda w: w.canvas.cut(),
        enabled=_has_selection,
        section=1,
    ),
    Action(
        id="edit.copy",
        text="Copy",
        shortcut="Ctrl+C",
        icon="copy",
        help="Copy the selected layers, as text that another window takes too.",
        run=lambda w: w.canvas.copy(),
        enabled=_has_selection,
        section=1,
    ),
    Action(
        id="edit.paste",
        text="Paste",
        shortcut="Ctrl+V",
        icon="paste",
        help="Add the copied layers.",
        run=lambda w: w.canvas.paste(),
        enabled=_has_work,
        section=1,
    ),
    Action(
        id="edit.duplicate",
        text="Duplicate",
        shortcut="Ctrl+D",
        icon="duplicate",
        help="Add the selected layers once more, with the wires between them.",
        run=lambda w: w.canvas.duplicate(),
        enabled=_has_selection,
        section=1,
    ),
    Action(
        id="edit.delete",
        text="Delete",
        shortcut="Delete",
        icon="delete",
        scope="canvas",
        help="Remove the selected layers and wires, or notes; a broken chain heals.",
        run=lambda w: w.canvas.delete_selection(),
        enabled=_has_anything,
        section=1,
    ),
    Action(
        id="edit.select_all",
        text="Select all",
        shortcut="Ctrl+A",
        icon="select_all",
        help="Select every layer of the network.",
        run=lambda w: w.canvas.select_all(),
        enabled=_has_work,
        section=2,
    ),
)

VIEW = (
    Action(
        id="view.start",
        text="Start page",
        shortcut="Ctrl+Shift+H",
        icon="start",
        help="Show templates and recent projects; the open one stays open.",
        run=lambda w: w.show_start(),
        checked=lambda w: not w.working,
    ),
    Action(
        id="view.frame_all",
        text="Frame all",
        shortcut="Home",
        icon="frame",
        scope="canvas",
        help="Fit the whole network into the canvas.",
        run=lambda w: w.canvas.frame_all(),
        enabled=_has_work,
        section=1,
    ),
    Action(
        id="view.frame_selection",
        text="Frame selection",
        shortcut="F",
        icon="frame",
        scope="canvas",
        help="Fit the selected layers into the canvas.",
        run=lambda w: w.canvas.frame_selection(),
        enabled=_has_selection,
        section=1,
    ),
    Action(
        id="view.zoom_in",
        text="Zoom in",
        shortcut="Ctrl+=",
        icon="zoom_in",
        help="Show the canvas larger.",
        run=lambda w: w.zoom(1.25),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="view.zoom_out",
        text="Zoom out",
        shortcut="Ctrl+-",
        icon="zoom_out",
        help="Show the canvas smaller.",
        run=lambda w: w.zoom(0.8),
        enabled=_has_work,
        section=2,
    ),
    Action(
        id="view.zoom_actual",
        text="Actual size",
        shortcut="Ctrl+0",
        icon="zoom_in",
        help="Show the canvas at 100 %.",
        run=lambda w: w.zoom(None),
        enabled=_has_work,
        section=2,
    ),
    *BOOKMARKS,
    _panel("palette", "Palette", "the list of layers", "Ctrl+1"),
    _panel("inspector", "Inspector", "the settings at the right", "Ctrl+2"),
    _panel("findings", "Findings", "the list of problems", "Ctrl+3"),
    _panel("plots", "Live plots", "the plots of the run", "Ctrl+4"),
    _panel("evaluate", "Evaluate", "the reports on the trained network", "Ctrl+6"),
    *(_panel(panel.id, panel.title, panel.words, panel.shortcut) for panel in PANELS),
    Action(
        id="view.variables",
        text="Variables",
        shortcut="Ctrl+5",
        icon="variables",
        help="Show the named numbers that settings can use.",
        run=_show_variables,
        enabled=_has_work,
        section=3,
    ),
    _theme("light", "Light theme", "Use light colours."),
    _theme("dark", "Dark theme", "Use dark colours."),
    _theme("system", "Theme of the system", "Use light or dark colours as the system does."),
    Action(
        id="view.full_screen",
        text="Full screen",
        shortcut="F11",
        icon="full",
        help="Use the whole screen, or go back to a window.",
        early=True,
        run=lambda w: w.toggle_full_screen(),
        checked=lambda w: w.isFullScreen(),
        section=5,
    ),
)

RUN = (
    Action(
        id="run.train",
        text="Train",
        shortcut="F5",
        icon="train",
        help="Train from new weights, or go on with a paused run; it takes over what was edited.",
        run=lambda w: w.run.train(),
        enabled=lambda w: w.working and w.run.can_train(),
    ),
    Action(
        id="run.pause",
        text="Pause",
        shortcut="F6",
        icon="pause",
        help="Halt the run after the current step; it can go on.",
        run=lambda w: w.run.pause(),
        enabled=lambda w: w.working and w.run.can_pause(),
    ),
    Action(
        id="run.step",
        text="Step",
        shortcut="F10",
        icon="step",
        help="Train on one batch, then wait.",
        run=lambda w: w.run.step(),
        enabled=lambda w: w.working and w.run.can_step(),
    ),
    Action(
        id="run.continue",
        text="Continue from learned weights",
        shortcut="Ctrl+F5",
        icon="train",
        help="Begin another run with the weights the last one learned, wherever edits left them.",
        run=lambda w: w.run.go_on(),
        enabled=lambda w: w.working and w.run.can_continue(),
        shy=True,
    ),
    Action(
        id="run.resume",
        text="Resume the last run",
        shortcut="Ctrl+Shift+F5",
        icon="train",
        help="Go on with the last run where it was stopped or cut off, to the same bits.",
        run=lambda w: w.parts.resuming.last(),
        enabled=lambda w: w.working and w.parts.resuming.can_resume(),
        shy=True,
    ),
    Action(
        id="run.stop",
        text="Stop",
        shortcut="Shift+F5",
        icon="stop",
        help="End the run; what was recorded stays.",
        run=lambda w: w.run.stop(),
        enabled=lambda w: w.working and w.run.can_stop(),
    ),
    Action(
        id="run.evaluate",
        text="Evaluate",
        shortcut="F7",
        icon="evaluate",
        help="Show how good the trained network is: where it errs and how sure it is.",
        run=_evaluate,
        enabled=_has_work,
        section=1,
    ),
)

_EDITING = (FILE, EDIT, NODES, VIEW, ARRANGE, WIRES, NETWORK)
ACTIONS: dict[str, Action] = {
    a.id: a
    for group in (
        FILE,
        EDIT,
        NODES,
        VIEW,
        ARRANGE,
        WIRES,
        NETWORK,
        RECIPES,
        RUN,
        PROFILE,
        DEBUG,
        WATCH,
        RUNS,
        HELP,
    )
    for a in group
}
"""All commands by id, in the order of the menus."""
