"""The pages of figures: gradients against differences, where the time goes, what a run takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from designer import navigation
from designer.profile.pages import Page
from designer.profile.tables import Column, CostTable
from designer.words import amount, count, duration, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.preflight.forecast import Forecast
    from engine.preflight.slopes import Slope
    from engine.profile.measure import Profile
    from engine.project import Project


def milliseconds(seconds: float) -> str:
    """Return a short time in milliseconds."""
    value = seconds * 1e3
    return f"{value:.3f} ms" if value < 10 else f"{value:,.1f} ms"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _error(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


class GradientsPage(Page):
    """Gradients against finite differences, worst first."""

    def __init__(self) -> None:
        columns = (
            Column("Verdict"),
            Column("Layer"),
            Column("By"),
            Column("Relative error", _error),
            Column("Backward says", lambda v: f"{v:.6g}"),
            Column("Differences say", lambda v: f"{v:.6g}"),
            Column("Note"),
        )
        self.table = CostTable("profile.gradients", "Gradient check", columns)
        super().__init__(
            "gradients",
            "Gradients",
            "Gradient check: each layer's backward is held against finite differences, in double "
            "precision. For layers of your own above all.",
            self.table,
        )
        self.table.nodePicked.connect(self.nodePicked)
        self.only = QCheckBox("Only selected layers")
        self.only.setObjectName("profile.gradients.only")
        self.only.setAccessibleName("Check only the selected layers")
        self.row.addWidget(self.only)

    def show_slopes(self, project: Project, rows: Sequence[Slope]) -> None:
        """Show the tensors that were tried."""
        words = {"right": "Right", "wrong": "Wrong", "meant": "On purpose", "none": "Not tried"}
        self.table.show_rows(
            [
                (
                    navigation.address(project, r.network, r.node),
                    (words[r.status], r.name, r.tensor, r.error, r.passed, r.measured, r.note),
                )
                for r in rows
            ],
            None,
            [r.status for r in rows],
        )
        wrong = len({r.node for r in rows if r.status == "wrong"})
        worst = max((r.error for r in rows if r.status == "right"), default=0.0)
        if wrong:
            self.fill(
                f"A wrong gradient comes from {count(wrong, 'layer')}; the worst stand first."
            )
            return
        right = sum(r.status == "right" for r in rows)
        others = len(rows) - right
        rest = f" {count(others, 'other')}: see the notes." if others else ""
        self.fill(
            f"{count(right, 'tensor')} agreed with finite differences; the largest relative error "
            f"is {_error(worst)}.{rest}"
        )


class ProfilePage(Page):
    """Where the time of a step goes.

    Signals
    -------
    canvasWanted
        The nodes are to be coloured by their time.
    """

    canvasWanted = Signal()

    def __init__(self) -> None:
        columns = (
            Column("Layer"),
            Column("Kind"),
            Column("Time", milliseconds, bar=True),
            Column("Share", _percent),
            Column("Forward", milliseconds),
            Column("Backward", milliseconds),
            Column("Kept", size, bar=True),
            Column("FLOPs", amount),
            Column("Parameters", lambda v: f"{v:,.0f}"),
        )
        self.table = CostTable("profile.costs", "Profile", columns)
        super().__init__(
            "profile",
            "Profile",
            "Profile: takes some steps on copies and measures for each layer the time forward and "
            "backward, and the memory kept in between.",
            self.table,
        )
        self.table.nodePicked.connect(self.nodePicked)
        self.show_there = self.button(
            "Show on canvas", "profile.on_canvas", "Colour the layers by their time"
        )
        self.show_there.clicked.connect(self.canvasWanted)

    def show_profile(self, project: Project, found: Profile) -> None:
        """Show the nodes, dearest first."""
        several = len(found.phases) > 1
        rows: list[tuple[str, Sequence[str | float]]] = []
        for row in found.rows:
            name = f"{found.phases[row.phase].name}: {row.name}" if several else row.name
            times = row.seconds, row.seconds / (found.added or 1.0), row.forward, row.backward
            figures = map(float, (*times, row.saved, row.flops, row.parameters))
            address = navigation.address(project, row.network, row.node)
            rows.append((address, (name, row.spec, *figures)))
        for phase in found.phases:
            name = f"{phase.name}: update" if several else "update"
            share = phase.update / (found.added or 1.0)
            nothing = float("nan")
            cells = (phase.update, share, nothing, nothing, nothing, nothing, nothing)
            rows.append(("", (name, "Optimizer", *cells)))
        self.table.show_rows(rows, 2)
        held = f"Memory held at most: {size(found.memory)} on {found.device}."
        self.fill(f"{found.words()} {held}")


class ForecastPage(Page):
    """What a run will take, and what it took."""

    def __init__(self) -> None:
        columns = (
            Column("Layer"),
            Column("Time, roughly", milliseconds, bar=True),
            Column("Kept for the backward", size, bar=True),
        )
        self.table = CostTable("profile.forecast", "Forecast", columns)
        super().__init__(
            "forecast",
            "Forecast",
            "Forecast: goes through a step without taking it. Memory by what it is for, the "
            "largest batch that fits, and about how long the run will take.",
            self.table,
        )
        self.table.nodePicked.connect(self.nodePicked)
        self.found: Forecast | None = None

    def show_forecast(self, project: Project, found: Forecast) -> None:
        """Show it."""
        self.found = found
        rows: list[tuple[str, Sequence[str | float]]] = [
            (
                navigation.address(project, share.network, share.node),
                (share.name, float(share.seconds), float(share.saved)),
            )
            for share in found.shares
        ]
        self.table.show_rows(rows, 1)
        self.fill(_forecast_words(found))

    def measured(self, project: Project, seconds: float, held: int) -> None:
        """Show beside it what a real run takes."""
        if self.found is not None and not self.stale:
            self.show_forecast(project, self.found.calibrated(seconds, held))

    def forget(self) -> None:
        """Show the empty page again."""
        self.found = None
        super().forget()


def _forecast_words(found: Forecast) -> str:
    memory: Any = found.memory
    parts = [
        (memory.weights, "weights"),
        (memory.state, "optimizer"),
        (memory.saved, "kept for the backward"),
        (memory.rest, "gradients and the like"),
        (memory.batch, "batch"),
        (memory.data, "data set"),
    ]
    listed = ", ".join(f"{name} {size(value)}" for value, name in parts if value)
    words = [f"Memory at batch {found.samples:,}: {size(memory.total)} ({listed})."]
    if found.tried:
        words.append("Drawn out from a few real samples, as the network must see its numbers.")
    if found.held:
        words.append(f"The run held {size(found.held)} at most.")
    fits = f"up to {found.largest:,} samples fit" if found.largest else "not one sample fits"
    words.append(f"In the {size(found.limit)} free on {found.device} {fits} in a batch.")
    step = f"Step {milliseconds(found.step)}, roughly"
    if found.measured == found.measured:
        step += f"; measured {milliseconds(found.measured)} ({found.step / found.measured:.1f} ×)"
    words.append(f"{step}. Epoch {duration(found.epoch)}, run {duration(found.run)}.")
    return " ".join(words)
