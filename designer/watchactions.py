"""The commands on what is watched: what colours the nodes, which moment, and plots as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.command import Action
from designer.monitor.measure import MEASURES

if TYPE_CHECKING:
    from designer.monitor.measure import Measure
    from designer.window import MainWindow


def _has_work(window: MainWindow) -> bool:
    return window.working


def _has_run(window: MainWindow) -> bool:
    return window.working and window.parts.monitor.measures.span()[1] > 0


def _figure(measure: Measure) -> Action:
    return Action(
        id=f"watch.{measure.id}",
        text=f"Colour by {measure.called}",
        help=measure.words,
        icon="heat",
        run=lambda w: w.parts.heat.choose(measure.id),
        enabled=lambda w: w.working and w.parts.monitor.measures.known(measure.id),
        checked=lambda w: w.working and w.parts.monitor.measures.chosen == measure.id,
    )


WATCH = (
    *(_figure(measure) for measure in MEASURES.values()),
    Action(
        id="watch.earlier",
        text="Look earlier",
        shortcut="Ctrl+,",
        icon="earlier",
        help="Let nodes and plots show an earlier step of the run.",
        run=lambda w: w.parts.heat.nudge(-1),
        enabled=_has_run,
        section=1,
    ),
    Action(
        id="watch.later",
        text="Look later",
        shortcut="Ctrl+.",
        icon="later",
        help="Let nodes and plots show a later step of the run.",
        run=lambda w: w.parts.heat.nudge(1),
        enabled=_has_run,
        section=1,
    ),
    Action(
        id="watch.live",
        text="Follow the run",
        shortcut="Ctrl+Shift+L",
        icon="live",
        help="Let nodes show the latest step again.",
        run=lambda w: w.parts.heat.follow(),
        enabled=_has_run,
        checked=lambda w: w.working and w.parts.monitor.measures.moment is None,
        section=1,
    ),
    Action(
        id="watch.link",
        text="Zoom plots together",
        icon="chain",
        help="Let all plots over the steps of a run show the same range of them.",
        run=lambda w: w.parts.monitor.link.toggle(),
        enabled=_has_work,
        checked=lambda w: w.working and w.parts.monitor.link.isChecked(),
        section=2,
    ),
    Action(
        id="watch.landscape",
        text="Compute the loss landscape",
        icon="evaluate",
        help="Show the loss around the learned weights, along two random directions.",
        run=lambda w: w.parts.monitor.compute_landscape(),
        enabled=lambda w: w.working and w.parts.monitor.views.landscape.button.isEnabled(),
        section=2,
    ),
    Action(
        id="watch.save_plot",
        text="Save plot…",
        icon="export",
        help="Save the plot that has the keyboard, or the first one shown, as PNG, SVG or CSV.",
        run=lambda w: w.parts.monitor.save_plot(),
        enabled=_has_work,
        section=3,
    ),
)
