"""The dock Before run: buttons at the left, what came of them at the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.evaluate.desk import Desk
from designer.profile.costs import ForecastPage, GradientsPage, ProfilePage
from designer.profile.pages import ChecksPage, FitPage
from designer.theme import signals
from engine import remedies
from engine.train.events import Started, Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.profile.pages import Page
    from designer.workspace import Workspace
    from engine.preflight.ground import Outcome
    from engine.profile.measure import Profile
    from engine.project import Project
    from engine.train.events import Event

    Told = Callable[[str, float], None]
    Cancelled = Callable[[], bool]

SIDE = 270
_TICK_MS = 100
_SETTLED = 0.5
"""Seconds of a run after which its speed is believed."""
_NODES = ("time", "memory", "flops")


@dataclass(frozen=True, slots=True)
class Job:
    """Something the panel does: its button, and what is asked of the engine."""

    id: str
    text: str
    words: str
    kind: str
    names: tuple[str, ...] = ()


JOBS: dict[str, Job] = {
    job.id: job
    for job in (
        Job("check", "Check", "Check before a run: data, first step and learning.", "check"),
        Job(
            "overfit",
            "One batch",
            "Overfit one batch: let a copy learn it by heart.",
            "check",
            ("overfit_batch",),
        ),
        Job(
            "gradients",
            "Gradients",
            "Gradient check: hold every layer's gradient against finite differences.",
            "gradients",
        ),
        Job("profile", "Profile", "Measure what every layer costs.", "profile"),
        Job("forecast", "Forecast", "Work out memory, time and the largest batch.", "forecast"),
    )
}


class ProfilePanel(QWidget):
    """Looks at a project before it is trained. All is done on copies, in a thread."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("profilePanel")
        self.setAccessibleName("Before run")
        self._workspace = workspace
        self._document, self._bridge = workspace.document, workspace.bridge
        self.desk = Desk(self)
        self._losses: list[float] = []
        self._of: Project | None = None
        self._speed: tuple[float, int] | None = None
        self._samples = 0
        self._make_side()
        self._make_pages()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._side)
        layout.addWidget(self.tabs, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._grow)
        self._connect()
        self.refresh()

    # -- building

    def _make_side(self) -> None:
        self._side = QWidget()
        self._side.setFixedWidth(SIDE)
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, job in enumerate(JOBS.values()):
            button = _button(job.text, f"profile.{job.id}", job.words)
            button.setProperty("job", job.id)
            button.clicked.connect(self._pressed)
            self.buttons[job.id] = button
            grid.addWidget(button, number // 2, number % 2)
        self.rate = _button("Find a rate…", "profile.find_rate", "Open the learning-rate finder.")
        self.rate.clicked.connect(self.find_rate)
        grid.addWidget(self.rate, 2, 1)
        self.progress = QProgressBar()
        self.progress.setObjectName("profile.progress")
        self.progress.setAccessibleName("How far the work is")
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.cancel = _button("Cancel", "profile.cancel", "Stop what is being done.")
        self.cancel.clicked.connect(self.desk.cancel)
        self.state = QLabel()
        self.state.setObjectName("profile.state")
        self.state.setProperty("role", "muted")
        self.state.setWordWrap(True)
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(8, 6, 6, 6)
        column.setSpacing(6)
        column.addLayout(grid)
        column.addLayout(row)
        column.addWidget(self.state, 1)

    def _make_pages(self) -> None:
        self.checks, self.fit = ChecksPage(), FitPage()
        self.gradients, self.costs, self.forecast = GradientsPage(), ProfilePage(), ForecastPage()
        self.pages: dict[str, Page] = {
            "check": self.checks,
            "overfit": self.fit,
            "gradients": self.gradients,
            "profile": self.costs,
            "forecast": self.forecast,
        }
        self.tabs = QTabWidget()
        self.tabs.setObjectName("profile.tabs")
        self.tabs.setAccessibleName("What was found")
        self.tabs.setDocumentMode(True)
        for page in self.pages.values():
            self.tabs.addTab(page, page.title)

    def _connect(self) -> None:
        for page in self.pages.values():
            page.nodePicked.connect(self._workspace.reveal)
        self.checks.fixWanted.connect(self._mend)
        self.costs.canvasWanted.connect(self._on_canvas)
        self.desk.told.connect(self._told)
        self.desk.changed.connect(self.refresh)
        self.desk.changed.connect(self._workspace.changed)
        self._bridge.stateChanged.connect(self.refresh)
        self._bridge.received.connect(self._heard)
        self._document.replaced.connect(self.forget)
        self._document.projectChanged.connect(self._changed)
        signals.themeChanged.connect(self._restyle)

    # -- what is possible

    def hindrance(self) -> str:
        """Return why nothing can be done now; nothing where it can."""
        if self.desk.kind:
            return f"{JOBS[self.desk.kind].text}: under way."
        if self._bridge.alive:
            return "A run is under way; stop it first, or wait for its end."
        return ""

    def can_start(self) -> bool:
        """Return whether work can begin."""
        return not self.hindrance()

    def refresh(self, *_: object) -> None:
        """Show what can be done now, and why something cannot."""
        busy, why = bool(self.desk.kind), self.hindrance()
        for button in self.buttons.values():
            button.setEnabled(not why)
        self.rate.setEnabled(not why)
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        if self._bridge.alive and not busy:
            self.state.setText(why)
        elif not busy and self.state.text().startswith("A run is"):
            self.state.setText("")

    # -- doing it

    def _pressed(self) -> None:
        self.start(str(self.sender().property("job")))

    def start(self, job_id: str) -> None:
        """Begin one of the jobs, on the project as it is now."""
        job = JOBS[job_id]
        self.tabs.setCurrentWidget(self.pages[job_id])
        if not self.can_start():
            return
        project, names = self._document.project, self._names(job)
        self._of, self._losses = project, []
        losses = self._losses

        def seen(step: int, loss: float) -> None:
            if step == 0:
                losses.clear()
            losses.append(loss)

        def work(told: Told, cancelled: Cancelled) -> object:
            from engine.preflight.remote import do

            kind = cast("Any", job.kind)
            return do(kind, project, names, told=told, seen=seen, cancelled=cancelled)

        self.state.setText(f"{job.text}…")
        self.progress.setValue(0)
        self._timer.start()
        self.desk.run(job_id, work, self._taker(job_id), self._failed)

    def _names(self, job: Job) -> tuple[str, ...]:
        if job.kind != "gradients" or not self.gradients.only.isChecked():
            return job.names
        address = self._document.address
        return tuple(address(node).rpartition(":")[2] for node in self._workspace.canvas.selected())

    def _taker(self, job_id: str) -> Callable[[object], None]:
        takers: dict[str, Callable[[Any], None]] = {
            "check": self._take_checks,
            "overfit": self._take_fit,
            "gradients": self._take_slopes,
            "profile": self._take_profile,
            "forecast": self._take_forecast,
        }

        def take(result: object) -> None:
            self._timer.stop()
            self.state.setText("")
            takers[job_id](result)
            # What was edited meanwhile makes it old at once.
            if self._of is not None and not same_work(self._of, self._document.project):
                self.pages[job_id].set_stale(True)

        return take

    def _take_checks(self, outcomes: tuple[Outcome, ...]) -> None:
        assert self._of is not None
        self.checks.show_outcomes(self._of, outcomes)
        fit = next((o for o in outcomes if o.check == "overfit_batch" and o.curve), None)
        if fit is not None:
            self.fit.show_outcome(fit)

    def _take_fit(self, outcomes: tuple[Outcome, ...]) -> None:
        self.fit.show_outcome(outcomes[0])

    def _take_slopes(self, rows: Any) -> None:
        assert self._of is not None
        self.gradients.show_slopes(self._of, rows)

    def _take_profile(self, found: Profile) -> None:
        assert self._of is not None
        self.costs.show_profile(self._of, found)
        self._put(found, self._of)

    def _take_forecast(self, found: Any) -> None:
        assert self._of is not None
        self.forecast.show_forecast(self._of, found)

    def _failed(self, sentence: str) -> None:
        self._timer.stop()
        self.state.setText(sentence or "Cancelled.")

    def _told(self, text: str, share: float) -> None:
        if text:
            self.state.setText(f"{text}…")
        self.progress.setValue(round(1000 * share))

    def _grow(self) -> None:
        if self.desk.kind == "overfit":
            self.fit.grow(list(self._losses))

    def _mend(self, remedy: remedies.Remedy) -> None:
        """Make the change that a check offers, as a step of undo."""
        try:
            self._document.push(remedy.text, remedies.apply(self._document.project, remedy))
        except ValueError as error:
            self.state.setText(str(error))

    # -- on the canvas

    def _put(self, found: Profile, project: Project) -> None:
        from designer import navigation

        figures: dict[str, dict[str, float]] = {name: {} for name in _NODES}
        for row in found.rows:
            address = navigation.address(project, row.network, row.node)
            values = (row.seconds * 1e3, float(row.saved), float(row.flops))
            for name, value in zip(_NODES, values, strict=True):
                held = figures[name]
                held[address] = held.get(address, 0.0) + value
        for name, held in figures.items():
            self._workspace.monitor.measures.put(name, held)

    def _on_canvas(self) -> None:
        self._workspace.monitor.measures.choose("time")

    # -- beside a run

    def _heard(self, events: list[Event]) -> None:
        """Hold the forecast against the first steps of a run, and again now and then."""
        for event in events:
            if isinstance(event, Started):
                self._speed, self._samples = None, 0
            elif isinstance(event, Steps) and event.samples_per_second > 0:
                self._samples += len(event.loss)
                self._speed = event.samples_per_second * self._turn(event.phase), event.memory
        found = self.forecast.found
        if self._speed is None or found is None or self._of is None or self._samples < 20:
            return
        seconds = found.samples / self._speed[0]
        known = found.measured
        if known != known or abs(seconds - known) > 0.2 * known:
            self.forecast.measured(self._of, seconds, self._speed[1])

    def _turn(self, phase: int) -> float:
        """Return how many steps all phases take while one takes one."""
        steps = [p.steps for p in self._document.project.training.phases]
        return sum(steps) / steps[phase] if len(steps) > 1 and phase < len(steps) else 1.0

    # -- keeping up

    def _changed(self, before: Project, after: Project) -> None:
        if same_work(before, after):
            return
        for page in self.pages.values():
            page.set_stale(True)
        if self.costs.stale and before.networks != after.networks:
            for name in _NODES:
                if self._workspace.monitor.measures.known(name):
                    self._workspace.monitor.measures.put(name, {})

    def forget(self, *_: object) -> None:
        """Drop everything: another project is on show."""
        self.desk.cancel()
        self._of = None
        for page in self.pages.values():
            page.forget()
        self.state.setText("")

    def find_rate(self) -> None:
        """Open the learning-rate finder."""
        self._workspace.training.trials.show_finder()

    def _restyle(self, *_: object) -> None:
        self.fit.plot.restyle()

    def close_down(self) -> None:
        """End everything that runs."""
        self._timer.stop()
        self.desk.close()


def same_work(before: Project, after: Project) -> bool:
    """Return whether two projects are computed alike: only their looks may differ."""
    return (
        before.networks == after.networks
        and before.data == after.data
        and before.training == after.training
        and before.variables == after.variables
    )


def _button(text: str, name: str, words: str) -> QPushButton:
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setToolTip(words)
    return made


def make(workspace: Workspace) -> QWidget:
    """Return the panel."""
    return ProfilePanel(workspace)
