"""The commands of the panel Before run, in the Run menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from designer.command import Action

if TYPE_CHECKING:
    from designer.window import MainWindow


def _panel(window: MainWindow) -> Any:
    return cast("Any", window.parts.panels["profile"])


def _can_start(window: MainWindow) -> bool:
    return window.working and _panel(window).can_start()


def _start(window: MainWindow, job: str) -> None:
    if window.docks is not None:
        window.docks.bring("profile")
    _panel(window).start(job)


PROFILE = (
    Action(
        id="run.check",
        text="Check before run",
        shortcut="Shift+F7",
        icon="mend",
        help="Look at data, first step and learning on copies, before anything is trained.",
        run=lambda w: _start(w, "check"),
        enabled=_can_start,
        section=5,
    ),
    Action(
        id="run.overfit",
        text="Overfit one batch",
        icon="step",
        help="Let a copy of the network learn one batch by heart, to see whether it can learn.",
        run=lambda w: _start(w, "overfit"),
        enabled=_can_start,
        section=5,
    ),
    Action(
        id="run.gradients",
        text="Gradient check",
        icon="detach",
        help="Hold every layer's gradient against finite differences.",
        run=lambda w: _start(w, "gradients"),
        enabled=_can_start,
        section=5,
    ),
    Action(
        id="run.profile",
        text="Profile",
        shortcut="Ctrl+F7",
        icon="heat",
        help="Measure time and memory of every layer in a step.",
        run=lambda w: _start(w, "profile"),
        enabled=_can_start,
        section=5,
    ),
    Action(
        id="run.forecast",
        text="Forecast",
        icon="later",
        help="Work out memory, time and the largest batch before a run.",
        run=lambda w: _start(w, "forecast"),
        enabled=_can_start,
        section=5,
    ),
    Action(
        id="run.find_rate",
        text="Find a learning rate…",
        icon="search",
        help="Try ever larger learning rates on a copy until the loss turns up.",
        run=lambda w: _panel(w).find_rate(),
        enabled=_can_start,
        section=5,
    ),
)
