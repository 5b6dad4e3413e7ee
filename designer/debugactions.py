"""The debugger's commands: steps, inspecting, running a failed step again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action

if TYPE_CHECKING:
    from designer.debug.panel import DebugPanel
    from designer.window import MainWindow

_SECTION = 2


def _panel(window: MainWindow) -> DebugPanel:
    from designer.debug.panel import DebugPanel

    panel = window.parts.panels["debug"]
    assert isinstance(panel, DebugPanel)
    return panel


def _inspect(window: MainWindow) -> None:
    if window.docks is not None:
        window.docks.bring("debug")
    _panel(window).steps.inspect()


def _replay(window: MainWindow) -> None:
    if window.docks is not None:
        window.docks.bring("debug")
    _panel(window).steps.replay()


DEBUG = (
    Action(
        id="run.to_epoch",
        text="Run to the epoch's end",
        shortcut="F8",
        icon="step",
        help="Go on until the epoch is over and its figures are there, then wait.",
        run=lambda w: _panel(w).steps.run_to(),
        enabled=lambda w: w.working and _panel(w).steps.can_go(),
        section=_SECTION,
    ),
    Action(
        id="run.to_step",
        text="Run to step",
        shortcut="Ctrl+F8",
        icon="step",
        help="Go on until as many steps are done as the panel Debug says, then wait.",
        run=lambda w: _panel(w).bar.to_step(),
        enabled=lambda w: w.working and _panel(w).steps.can_go(),
        section=_SECTION,
    ),
    Action(
        id="run.inspect",
        text="Inspect the next step",
        shortcut="F9",
        icon="search",
        help="Show every tensor of the step that comes next; nothing of the run is changed.",
        run=_inspect,
        enabled=lambda w: w.working and _panel(w).steps.can_inspect(),
        section=_SECTION,
    ),
    Action(
        id="run.replay",
        text="Replay the failed step",
        shortcut="Ctrl+F9",
        icon="redo",
        help="Run the step that failed once more, with the weights and the batch that were kept.",
        run=_replay,
        enabled=lambda w: w.working and _panel(w).steps.can_replay(),
        section=_SECTION,
    ),
)
