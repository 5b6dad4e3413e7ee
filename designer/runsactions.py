"""What can be done with kept runs, as commands: they act on what is selected in the dock Runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.runs.panel import RunsPanel
    from designer.window import MainWindow
    from engine.runs.summary import Run

_SECTION = 5
DIRECT = {
    "run.kept_plots": "Plots",
    "run.kept_restore": "Restore",
    "run.kept_weights": "Continue",
}
"""Commands that have a button of their own, and what stands on it."""
_DO: dict[str, Callable[[RunsPanel], object]] = {
    "run.kept_plots": lambda p: p.work.open_in_plots(),
    "run.kept_restore": lambda p: p.work.restore(),
    "run.kept_weights": lambda p: p.work.use_weights(),
    "run.kept_resume": lambda p: p.work.resume(),
    "run.kept_rename": lambda p: p.work.edit("name"),
    "run.kept_tag": lambda p: p.work.edit("tags"),
    "run.kept_note": lambda p: p.work.edit("note"),
    "run.kept_folder": lambda p: p.work.show_folder(),
    "run.kept_export": lambda p: p.work.export(),
    "run.kept_delete": lambda p: p.work.delete(),
}
_ONE = _DO.keys() - {"run.kept_export", "run.kept_delete"}
"""Commands that act on one run alone."""
_RESTING = {"run.kept_plots", "run.kept_weights", "run.kept_resume"}
"""Commands that wait for the end of a run that is under way."""
_IF: dict[str, Callable[[Run], bool]] = {
    "run.kept_weights": lambda run: bool(run.checkpoints),
    "run.kept_resume": lambda run: bool(run.moments),
    "run.kept_delete": lambda run: run.state not in ("running", "paused"),
}
"""What a command asks of a run."""


def do(panel: RunsPanel, command: str) -> None:
    """Carry out a command on the selected runs."""
    _DO[command](panel)


def can(panel: RunsPanel, command: str) -> bool:
    """Return whether a command has something to act on."""
    found = panel.selected()
    if not found or (command in _ONE and len(found) > 1):
        return False
    if command in _RESTING and not panel.work.idle():
        return False
    test = _IF.get(command)
    return test is None or any(test(run) for run in found)


def _panel(window: MainWindow) -> RunsPanel:
    panel: RunsPanel = window.parts.panels["runs"]  # pyright: ignore[reportAssignmentType]
    return panel


def _action(name: str, text: str, icon: str, words: str, section: int = _SECTION) -> Action:
    return Action(
        id=f"run.kept_{name}",
        text=text,
        icon=icon,
        help=words,
        run=lambda w: do(_panel(w), f"run.kept_{name}"),
        enabled=lambda w: w.working and can(_panel(w), f"run.kept_{name}"),
        shy=True,
        section=section,
    )


RUNS = (
    _action("plots", "Show the kept run in the plots", "frame", "Show its series once more."),
    _action(
        "restore",
        "Restore the project of the kept run",
        "undo",
        "Make the project what it was for the selected run; undo takes that back.",
    ),
    _action(
        "weights",
        "Continue with the weights of the kept run",
        "train",
        "Begin another run of the project with the selected run's weights, where they fit.",
    ),
    _action(
        "resume",
        "Resume the kept run",
        "train",
        "Go on with the selected run where it ended, with the project it had, to the same bits.",
    ),
    _action("rename", "Name the kept run", "rename", "Call the selected run something.", 6),
    _action("tag", "Tag the kept run", "comment", "Give the selected run tags to find it by.", 6),
    _action("note", "Write a note on the kept run", "comment", "Say something about it.", 6),
    _action("folder", "Show the folder of the kept run", "folder", "Open it outside.", 7),
    _action(
        "export",
        "Export series of kept runs…",
        "export",
        "Write the series of the selected runs as CSV, Parquet or TensorBoard files.",
        7,
    ),
    _action(
        "delete",
        "Delete the kept runs",
        "delete",
        "Delete the selected runs; a notice takes that back as long as it stands there.",
        7,
    ),
)
"""In the order of the menu."""
