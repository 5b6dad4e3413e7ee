"""What the run commands do, and what the run's events mean for bar, strip and status line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.analyses import obstacles, trained_roots
from designer.keeping import Keeping
from designer.monitor.keys import parse
from engine.catalog import registry
from engine.catalog.spec import FindingSpec
from engine.train.events import Edited, Failed, Finding, Progress, Started, StateChanged, Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from designer.bridge import Bridge
    from designer.document import Document
    from designer.runbar import RunBar
    from engine.train.events import Event
    from engine.train.resuming import Resumption
    from engine.weights import WeightStore

_CALM_MS = 120
"""The bar's figures stand at least so long."""
_OTHER_DATA = (
    "The paused run keeps its data, so it cannot take over a network that was edited for other "
    "data: stop it and train again, or undo the change of the data."
)


class Running(QObject):
    """The run of the window: begins and ends it, and feeds the bar.

    Signals
    -------
    changed
        The state changed; commands may have become possible or impossible.
    refused(sentence)
        Train was asked for and cannot begin.
    told(sentence)
        Something for the status line.
    watching(share)
        Share of the training time that watching took.
    """

    changed = Signal()
    refused = Signal(str)
    told = Signal(str)
    watching = Signal(float)

    def __init__(self, document: Document, bridge: Bridge, bar: RunBar) -> None:
        super().__init__()
        self._document = document
        self._bridge = bridge
        self._bar = bar
        self._per_epoch = 1
        self._epochs = 1
        self.keeping = Keeping(document, bridge)
        self.hindrance: Callable[[], str] = str
        """Returns why no step may be taken just now, or nothing."""
        self._from_weights = False
        self._given: WeightStore | None = None
        """What the next run that is asked for begins with."""
        self._words = ""
        """What preparing the run told last."""
        self._then: Callable[[], None] = bridge.resume
        """What follows once a paused run has taken over an edit."""
        self._wanted = ""
        """`train`, `step`, `continue` or `given`, asked for before shapes and data were known."""
        self._latest: list[Steps] = []
        """The last steps, and before them the last whose loss is shown, not told yet."""
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._show_steps)
        document.analysed.connect(self._analysed)
        document.replaced.connect(self._forget)
        self._views: dict[type, Callable[[Event], None]] = {
            StateChanged: self._state,
            Progress: self._progress,
            Started: self._started,
            Steps: self._steps,
            Finding: self._finding,
            Failed: self._failed,
            Edited: self._edited,
        }
        bridge.received.connect(self._received)
        bridge.stateChanged.connect(self._state_changed)
        bridge.finished.connect(self._finished)

    # -- what is possible

    @property
    def state(self) -> str:
        """Return the state of the run; idle where none is alive and none was."""
        return self._bridge.state

    def can_train(self) -> bool:
        """Return whether Train would begin or go on."""
        return not self._bridge.alive or self.state == "paused"

    def can_pause(self) -> bool:
        """Return whether there is something to pause."""
        return self._bridge.alive and self.state == "running"

    def can_step(self) -> bool:
        """Return whether a single step can be taken."""
        return not self._bridge.alive or self.state in ("paused", "running")

    def can_stop(self) -> bool:
        """Return whether there is a run to end."""
        return self._bridge.alive

    # -- commands

    def train(self) -> bool:
        """Begin a run, or go on with a paused one; return whether it does."""
        if not self._bridge.alive:
            return self._start("train")
        return self._go("train", self._bridge.resume)

    def _go(self, what: str, then: Callable[[], None]) -> bool:
        """Let a run go on, with the networks as they are now if it is paused."""
        keeping = self.keeping
        if keeping.handing or self._hindered():
            return False
        if self.state == "paused" and keeping.changed:
            return self._take_over(what, then)
        if self.state == "paused":
            self._tell_waiting()
        then()
        return True

    def _tell_waiting(self) -> None:
        """Say what of the changed settings only the next run takes over."""
        words = self.keeping.waiting_settings()
        if self.keeping.other_data:
            words.append("data")
        if words:
            what = f"{', '.join(words[:-1])} and {words[-1]}" if words[1:] else words[0]
            self.told.emit(f"The run goes on with the {what} it began with; the next one changes.")

    def can_continue(self) -> bool:
        """Return whether a run is over whose weights another could begin with."""
        return not self._bridge.alive and self.keeping.weights_wait

    def go_on(self) -> bool:
        """Begin a run with the weights of the last one; return whether it does."""
        return self.can_continue() and self._start("continue")

    def begin_with(self, weights: WeightStore) -> bool:
        """Begin a run with given weights, where they fit; return whether it does."""
        self._given = weights
        return not self._bridge.alive and self._start("given")

    def _begin_given(self) -> bool:
        return self._start("given")

    def can_begin(self) -> bool:
        """Return whether no run is alive."""
        return not self._bridge.alive

    def go_on_with(self, resume: Resumption, past: list[Event]) -> bool:
        """Go on with an earlier run, with the project it had; return whether it does.

        `past` is what it told before.
        """
        if self._hindered() or not self.can_begin():
            return False
        if resume.project.networks != self._document.project.networks:
            self.told.emit("The run goes on with its own network; the one on show is another.")
        self.keeping.began(resume.project)
        begun = self._bridge.go_on(resume, past)
        if not begun:
            self.keeping.forget()
        return begun

    def _take_over(self, what: str, then: Callable[[], None]) -> bool:
        """Give the paused run the networks as they are now; it goes on once it has them."""
        if self.keeping.other_data:
            self.refused.emit(_OTHER_DATA)
            return False
        if not self._ready(what):
            return False
        self._then = then
        sentence = self.keeping.hand_over()
        if sentence:
            self.refused.emit(sentence)
        return not sentence

    def _edited(self, event: Event) -> None:
        assert isinstance(event, Edited)
        self.told.emit(event.text)
        self._tell_waiting()
        self._then()

    def _start(self, what: str) -> bool:
        if not self._ready(what):
            return False
        project = self._document.project
        weights = self.keeping.weights() if what == "continue" else None
        weights = self._given if what == "given" else weights
        self._given = None
        self._from_weights = weights is not None
        self.keeping.began(project)
        runs = self._document.runs
        begun = self._bridge.start(project, runs.new_run(), weights)
        if runs.trouble:
            self.told.emit(runs.trouble)
        if not begun:
            self.keeping.forget()
        return begun

    def _hindered(self) -> bool:
        """Return whether something else is under way that a run would disturb; say what."""
        sentence = self.hindrance()
        if sentence:
            self.refused.emit(sentence)
        return bool(sentence)

    def _ready(self, what: str) -> bool:
        """Return whether the project can be trained now; say why not."""
        if self._hindered():
            return False
        if self._document.busy:
            self._wanted = what
            self.told.emit("Training begins as soon as shapes and data are known.")
            return False
        if self._document.analysis is None:
            self._document.analyse_now()
        project = self._document.project
        errors = obstacles(self._document.problems, project)
        if not any(project.networks[key].nodes for key in trained_roots(project)):
            self.refused.emit("There is nothing to train yet: drag layers onto the canvas.")
            return False
        if errors:
            self.refused.emit(errors[0].problem.message)
            return False
        if self._document.data_error:
            self.refused.emit(self._document.data_error)
            return False
        return True

    def pause(self) -> None:
        """Halt after the step under way."""
        self._bridge.pause()

    def step(self) -> None:
        """Take one step; without a run, begin one that waits after it."""
        if self._bridge.alive:
            self._go("step", self._bridge.step)
        elif self._start("step"):
            self._bridge.step()

    def run_to(self, step: int | None = None) -> None:
        """Go on, or begin, until so many steps are done or to the end of the epoch; then wait."""
        then = partial(self._bridge.run_to, step)
        if self._bridge.alive:
            self._go("train", then)
        elif self._start("train"):
            then()

    def stop(self) -> None:
        """End the run."""
        self._bridge.stop()

    def set(self, path: str, value: object) -> None:
        """Let a run take over a changed setting, where it can."""
        if not self._bridge.alive:
            return
        try:
            self._bridge.set(path, value)
            self.keeping.took_settings()
            self.told.emit("The run goes on with the new setting.")
        except (ValueError, TypeError):
            self.told.emit("The next run uses the new setting.")

    def _analysed(self, *_: object) -> None:
        if self._wanted and not self._document.busy:
            what, self._wanted = self._wanted, ""
            others = {"step": self.step, "continue": self.go_on, "given": self._begin_given}
            others.get(what, self.train)()

    def _forget(self) -> None:
        """Want nothing any more: another project is on show."""
        self._wanted, self._given = "", None
        self._latest.clear()

    def close_down(self) -> None:
        """Tell nothing any more: the bar is about to go."""
        self._calm.stop()
        self._latest.clear()

    # -- events

    def _state_changed(self, _state: str) -> None:
        self.changed.emit()

    def _state(self, event: Event) -> None:
        assert isinstance(event, StateChanged)
        self._show_steps()
        self._bar.show_state(event.state)

    def _finished(self, result: dict[str, Any]) -> None:
        words = result_words(result)
        self._bar.show_result(words)
        self.told.emit(f"The run is over: {words}." if words else "The run is over.")

    def _received(self, events: list[Event]) -> None:
        for event in events:
            view = self._views.get(type(event))
            if view is not None:
                view(event)

    def _progress(self, event: Event) -> None:
        assert isinstance(event, Progress)
        self._bar.show_preparing(event.text, event.fraction)
        self._words = event.text
        self.told.emit(event.text)

    def _started(self, event: Event) -> None:
        assert isinstance(event, Started)
        self._per_epoch, self._epochs = event.steps_per_epoch, event.epochs
        self._bar.show_progress(0, self._per_epoch, self._epochs)
        began = f"Training on {event.device}."
        self.told.emit(f"{began} {self._words}" if self._from_weights else began)

    def _steps(self, event: Event) -> None:
        assert isinstance(event, Steps)
        kept = [e for e in self._latest if _tells_loss(e)] if not _tells_loss(event) else []
        self._latest = [*kept, event]
        if not self._calm.isActive():
            self._show_steps()

    def _show_steps(self) -> None:
        """Tell of the latest steps; figures that change more often than this nobody reads."""
        latest, self._latest = self._latest, []
        if not latest:
            return
        self._calm.start()
        self._bar.show_progress(latest[-1].last_step + 1, self._per_epoch, self._epochs)
        if _tells_loss(latest[0]):
            loss = float(latest[0].loss[-1])
            self._bar.show_figures(loss, latest[0].samples_per_second, latest[0].eta)
        self.watching.emit(latest[-1].watch_share)

    def _finding(self, event: Event) -> None:
        assert isinstance(event, Finding)
        if event.kind == "edit":
            self.refused.emit(event.message)
        elif event.kind not in registry.of_kind(FindingSpec):  # What a rule finds has its card.
            self.told.emit(event.message)

    def _failed(self, event: Event) -> None:
        assert isinstance(event, Failed)
        self.refused.emit(event.message)


def _tells_loss(event: Steps) -> bool:
    """Return whether the loss of these steps is the one that the bar shows."""
    return bool(len(event.loss)) and event.phase == 0


def result_words(result: dict[str, Any]) -> str:
    """Return the figure a run is judged by: a metric of the test part, or of validation."""
    for part in ("test", "validation"):
        figures: dict[str, float] = result.get(part) or {}
        metrics = (name for name in figures if parse(name).kind != "loss")
        name = next(metrics, next(iter(figures), ""))
        if name:
            value = figures[name]
            shown = f"{value:.1%}" if "accuracy" in name else f"{value:.4g}"
            return f"{part} {name.replace('_', ' ').replace('.', ' ')} {shown}"
    return ""
