"""How the project is trained: its phases, length, stopping, metrics, watching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton

from designer.edits import Turns
from designer.forms import Panel, Section, SpecForm, text_label
from designer.picker import Picker
from designer.training import phases
from designer.training.form import PhaseForm
from designer.training.list import PhaseList
from designer.training.metrics import MetricBoxes
from designer.training.params import CHECKPOINTS, RUN, STOPPING, TOLERANCE, WATCHING
from designer.training.scaling import ScalingOffer
from designer.training.trials import Trials
from engine.catalog import registry
from engine.catalog.spec import InitializerSpec
from engine.project import Choice

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from designer.document import Document
    from designer.preview import SchedulePreview
    from designer.training.lights import Canvas
    from engine.project import Project

_METRICS = "Those that suit the task, unless you tick some."


class TrainingPanel(Panel):
    """The tab Training. Every change is one step of undo.

    With one phase it shows the settings of the run and how it learns. With several, or another
    network that could have one, their list stands first and the settings of the chosen one below
    it, apart from those of the run.

    Signals
    -------
    settingChanged(path, value)
        A setting a run can take over while it goes on, such as the learning rate.
    """

    settingChanged = Signal(str, object)

    def __init__(self, document: Document) -> None:
        super().__init__("inspector.training", "Training settings")
        self._document = document
        self._turns = Turns(self)
        self._stale = False
        self.phases = PhaseList()
        self.form = PhaseForm(document)
        self.form.setParent(self)
        self.initializer = Picker(
            "Weights start from", "training.initializer", registry.of_kind(InitializerSpec)
        )
        self.trials = Trials(document, self.form, self)
        self.initializer.add(self.trials.look)
        self.run = SpecForm(RUN, {})
        self.scaling = ScalingOffer(document)
        self.stopping = SpecForm(STOPPING, {})
        self.tolerance = SpecForm(TOLERANCE, {})
        self.checkpoints = SpecForm(CHECKPOINTS, {})
        self.watching = SpecForm(WATCHING, {})
        self.metrics = MetricBoxes()
        self.metrics.changed.connect(self._set_metrics)
        self._run = Section("Run", self.run, self.scaling)
        self._rest = (
            Section("Early stopping", self.stopping, self.tolerance),
            Section("Checkpoints", self.checkpoints),
            Section("Metrics", text_label(_METRICS, "muted"), self.metrics),
            Section("Watching", self.watching),
        )
        self.add_phase = QToolButton()
        self.add_phase.setText("Add phase…")
        self.add_phase.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.add_phase.setObjectName("training.add_phase")
        self.add_phase.setAccessibleName("Add a phase")
        self.add_phase.setToolTip(
            "Train in turns: other layers, another network, another optimizer."
        )
        self.add_phase.setAutoRaise(True)
        self._many: bool | None = None
        self._arrange(many=False)
        self.column.addStretch(1)
        self._connect()
        self.refresh()

    def _arrange(self, *, many: bool) -> None:
        """Put the sections in their order: the phases first where there are several."""
        if many == self._many:
            return
        self._many = many
        form = self.form
        learning = (form.who, form.optimizer, form.schedule)
        if many:
            order = (self.phases, *learning, form.weights, self._run, self.initializer, *self._rest)
        else:
            order = (self._run, *learning, self.initializer, form.weights, *self._rest)
        for place, widget in enumerate((*order, self.add_phase)):
            self.column.insertWidget(place, widget)
        self.column.setAlignment(self.add_phase, Qt.AlignmentFlag.AlignLeft)
        if not many:
            self.column.insertWidget(len(order) + 1, self.phases)
        self.phases.setVisible(many)
        self.add_phase.setVisible(not many)

    def _connect(self) -> None:
        for form, change in (
            (self.run, self._set_training),
            (self.watching, self._set_training),
            (self.tolerance, self._set_training),
            (self.stopping, self._set_stopping),
            (self.checkpoints, self._set_checkpoints),
        ):
            form.valueChanged.connect(change)
            form.committed.connect(self._turns.end)
        for part in (self.form, self.scaling):
            part.settingChanged.connect(self.settingChanged)
        self.initializer.picked.connect(self._pick_initializer)
        self.initializer.valueChanged.connect(self._set_initializer)
        self.initializer.committed.connect(self._turns.end)
        self.add_phase.clicked.connect(self._add)
        self.phases.added.connect(self._add)
        self.phases.picked.connect(self.choose)
        self.phases.opened.connect(self._open)
        self.phases.duplicated.connect(self._duplicate)
        self.phases.removed.connect(self._remove)
        self.phases.moved.connect(self._move)
        self._document.projectChanged.connect(self._project_changed)
        self._document.dataChanged.connect(self._data_changed)
        self._document.analysed.connect(self._analysed)

    # -- what others see of it

    @property
    def optimizer(self) -> Picker:
        """Return the chosen phase's optimizer."""
        return self.form.optimizer

    @property
    def schedule(self) -> Picker:
        """Return the chosen phase's schedule."""
        return self.form.schedule

    @property
    def preview(self) -> SchedulePreview:
        """Return the picture of the schedule."""
        return self.form.preview

    @property
    def gradient(self) -> SpecForm:
        """Return how the chosen phase treats gradients."""
        return self.form.gradient

    def set_ready(self) -> None:
        """Say that PyTorch is loaded, so that the schedule can be drawn."""
        self.preview.set_ready()

    def use_canvas(self, canvas: Canvas) -> None:
        """Light on this canvas what the chosen phase trains."""
        self.form.lights.use(canvas)

    def end(self) -> None:
        """Close what was opened from here, and wait for what it does."""
        self.trials.end()

    def end_pick(self) -> None:
        """Take note that the canvas has ended picking."""
        self.form.lights.end()

    # -- showing

    def choose(self, place: int) -> None:
        """Show the settings of a phase."""
        self._show_phase(place)

    def refresh(self) -> None:
        """Show the project's settings."""
        self._stale = False
        training = self._document.project.training
        self.run.set_values(training.model_dump())
        self.run.set_shown("batch_size", training.batch == "mini")
        self.scaling.follow(self._document.project)
        self.watching.set_values(training.model_dump())
        self.watching.set_shown("watch_share", training.watch)
        stopping = training.early_stopping
        self.stopping.set_values(stopping.model_dump())
        for name in ("metric", "patience", "min_delta", "restore_best"):
            self.stopping.set_shown(name, stopping.enabled)
        self.tolerance.set_values(training.model_dump())
        self.checkpoints.set_values(training.checkpoints.model_dump())
        for name in ("counts", "keep"):
            self.checkpoints.set_shown(name, training.checkpoints.every > 0)
        start = Choice(id=training.initializer, params=training.initializer_params)
        self.initializer.set_names(self._document.project.variables)
        self.initializer.show_choice(start)
        self.metrics.tick(training.metrics)
        self._show_phase(self.form.place)

    def _show_phase(self, place: int) -> None:
        project = self._document.project
        count = len(project.training.phases)
        place = min(max(place, 0), count - 1)
        # Where another network waits to be trained, the button for its phase is at hand.
        many = count > 1 or phases.waiting(project)
        self._arrange(many=many)
        if many:
            self.phases.show_phases(project, place)
        plain = phases.plain(project)
        self.form.show_phase(place, plain=plain)
        self._light()

    def _light(self) -> None:
        shown = self.isVisible() and self.form.who.isVisibleTo(self)
        self.form.lights.show_phase(self.form.phase if shown else None)

    def showEvent(self, event: QShowEvent) -> None:
        """Light what the chosen phase trains."""
        super().showEvent(event)
        if self._stale:
            self.refresh()
        self._light()

    def hideEvent(self, event: QHideEvent) -> None:
        """Dim nothing any more."""
        super().hideEvent(event)
        self.form.lights.show_phase(None)

    def _project_changed(self, before: Project, after: Project) -> None:
        settings = before.training is not after.training
        others = ("networks", "variables")
        if not settings and all(getattr(before, n) is getattr(after, n) for n in others):
            return
        # What a phase trains changes with every edit of a network: that can wait till it is seen.
        if settings or self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def _analysed(self, *_: object) -> None:
        if self.isVisible() and self.form.who.isVisibleTo(self):
            self._show_phase(self.form.place)

    def _data_changed(self, info: Any) -> None:
        self.metrics.show_task(info.task if info is not None else "")

    # -- changing the list of phases

    def _change(self, text: str, project: Project, place: int) -> None:
        self.form.lights.end()
        self.form.place = min(place, len(self._document.project.training.phases) - 1)
        self._document.push(text, project)
        self._show_phase(place)

    def _name(self, place: int) -> str:
        return self._document.project.training.phases[place].name

    def _add(self) -> None:
        self._change("Add a phase", *phases.add(self._document.project))

    def _duplicate(self, place: int) -> None:
        name = self._name(place)
        self._change(
            f"Duplicate the phase {name}", *phases.duplicate(self._document.project, place)
        )

    def _remove(self, place: int) -> None:
        project = phases.remove(self._document.project, place)
        self._change(f"Remove the phase {self._name(place)}", project, max(place - 1, 0))

    def _move(self, place: int, to: int) -> None:
        project = phases.move(self._document.project, place, to)
        self._change(f"Move the phase {self._name(place)}", project, to)

    def _open(self, place: int) -> None:
        self._document.show_network(self._document.project.training.phases[place].network)

    # -- changing the run

    def _push(self, what: str, project: Project, merge: str = "") -> None:
        self._document.push(f"Change {what}", project, merge)

    def _set_training(self, name: str, value: object) -> None:
        project = self._document.project.with_training(**{name: value})
        self._push(name.replace("_", " "), project, self._turns.key("training", name))
        self.settingChanged.emit(name, value)

    def _set_stopping(self, name: str, value: object) -> None:
        project = self._document.project
        stopping = project.training.early_stopping.but(**{name: value})
        after = project.with_training(early_stopping=stopping)
        self._push("early stopping", after, self._turns.key("stopping", name))

    def _set_checkpoints(self, name: str, value: object) -> None:
        project = self._document.project
        kept = project.training.checkpoints.but(**{name: value})
        after = project.with_training(checkpoints=kept)
        self._push("checkpoints", after, self._turns.key("checkpoints", name))

    def _pick_initializer(self, spec_id: str) -> None:
        after = self._document.project.with_training(initializer=spec_id, initializer_params={})
        self._push("the initializer", after)

    def _set_initializer(self, name: str, value: object) -> None:
        project = self._document.project
        params = {**project.training.initializer_params, name: value}
        after = project.with_training(initializer_params=params)
        what = f"{name.replace('_', ' ')} of the initializer"
        self._push(what, after, self._turns.key("initializer", name))

    def _set_metrics(self, chosen: tuple[str, ...]) -> None:
        self._push("the metrics", self._document.project.with_training(metrics=chosen))
