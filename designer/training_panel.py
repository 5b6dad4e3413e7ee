"""How the project is trained: optimizer, schedule, length, regularisation, stopping, watching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from designer.edits import Turns
from designer.forms import Panel, Section, SpecForm, text_label
from designer.modelparams import params_of
from designer.picker import Picker
from designer.preview import SchedulePreview
from engine.catalog import registry
from engine.catalog.spec import InitializerSpec, MetricSpec, OptimizerSpec, ScheduleSpec
from engine.project import Choice, EarlyStopping, Phase, Training

if TYPE_CHECKING:
    from designer.document import Document
    from engine.project import Project

RUN = params_of(
    Training,
    {
        "epochs": ("Epochs", "How often the whole training part is passed through."),
        "batch": ("Batches", "Mini-batches, one sample at a time, or the whole training part."),
        "batch_size": ("Batch size", "Samples in one step."),
        "seed": ("Seed", "The same seed gives the same run on the same machine."),
        "device": ("Device", "What computes; auto takes an accelerator where there is one."),
        "precision": ("Precision", "Mixed is faster where the device supports it."),
        "threads": ("CPU threads", "None leaves the window one core."),
    },
    advanced=("threads",),
)
GRADIENT = params_of(
    Phase,
    {
        "clip_norm": ("Clip norm", "Shrinks all gradients together to this norm; empty is off."),
        "clip_value": ("Clip value", "Cuts each gradient off at this value; empty is off."),
        "l1": ("L1", "Adds this times the sum of absolute weights to the loss."),
        "l2": ("L2", "Adds this times the sum of squared weights to the loss."),
    },
)
STOPPING = params_of(
    EarlyStopping,
    {
        "enabled": ("Stop early", "Ends the run when validation no longer improves."),
        "metric": ("Watches", "The validation figure it goes by: loss, or the id of a metric."),
        "patience": ("Patience", "Epochs without improvement before it stops."),
        "min_delta": ("At least by", "A smaller change does not count as an improvement."),
        "restore_best": ("Keep the best", "Goes back to the weights of the best epoch."),
    },
)
WATCHING = params_of(
    Training,
    {
        "watch": ("Watch", "Records norms and activations while training."),
        "watch_share": ("At most", "Share of the training time that watching may cost."),
        "isolation": ("Run in", "A thread, a process of its own, or what suits the network."),
    },
)


class TrainingPanel(Panel):
    """The tab Training. Every change is one step of undo.

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
        self.optimizer = Picker("Optimizer", "training.optimizer", registry.of_kind(OptimizerSpec))
        self.schedule = Picker(
            "Learning-rate schedule", "training.schedule", registry.of_kind(ScheduleSpec)
        )
        self.preview = SchedulePreview()
        self.schedule.add(self.preview)
        self.initializer = Picker(
            "Weights start from", "training.initializer", registry.of_kind(InitializerSpec)
        )
        self.run = SpecForm(RUN, {})
        self.gradient = SpecForm(GRADIENT, {})
        self.stopping = SpecForm(STOPPING, {})
        self.watching = SpecForm(WATCHING, {})
        self._metrics: dict[str, QCheckBox] = {}
        for widget in (
            Section("Run", self.run),
            self.optimizer,
            self.schedule,
            self.initializer,
            Section("Gradients and weights", self.gradient),
            Section("Early stopping", self.stopping),
            Section("Metrics", text_label(_METRICS, "muted"), self._metric_boxes()),
            Section("Watching", self.watching),
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        for form, change in (
            (self.run, self._set_training),
            (self.watching, self._set_training),
            (self.gradient, self._set_phase),
            (self.stopping, self._set_stopping),
        ):
            form.valueChanged.connect(change)
            form.committed.connect(self._turns.end)
        self.optimizer.picked.connect(self._pick_optimizer)
        self.optimizer.valueChanged.connect(self._set_optimizer)
        self.schedule.picked.connect(self._pick_schedule)
        self.schedule.valueChanged.connect(self._set_schedule)
        self.initializer.picked.connect(self._pick_initializer)
        for picker in (self.optimizer, self.schedule):
            picker.committed.connect(self._turns.end)
        self._document.projectChanged.connect(self._project_changed)
        self._document.dataChanged.connect(self._data_changed)

    def _metric_boxes(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        for number, spec in enumerate(registry.of_kind(MetricSpec).values()):
            box = QCheckBox(spec.title)
            box.setObjectName(f"training.metric.{spec.id}")
            box.setAccessibleName(spec.title)
            box.setToolTip(spec.summary)
            box.toggled.connect(self._set_metrics)
            self._metrics[spec.id] = box
            grid.addWidget(box, number // 2, number % 2)
        return holder

    def set_ready(self) -> None:
        """Say that PyTorch is loaded, so that the schedule can be drawn."""
        self.preview.set_ready()

    def refresh(self) -> None:
        """Show the project's settings."""
        project = self._document.project
        training, phase = project.training, project.phase
        self.run.set_values(training.model_dump())
        self.run.set_shown("batch_size", training.batch == "mini")
        self.watching.set_values(training.model_dump())
        self.watching.set_shown("watch_share", training.watch)
        self.gradient.set_values(phase.model_dump())
        stopping = training.early_stopping
        self.stopping.set_values(stopping.model_dump())
        for name in ("metric", "patience", "min_delta", "restore_best"):
            self.stopping.set_shown(name, stopping.enabled)
        self.optimizer.show_choice(phase.optimizer)
        self.schedule.show_choice(phase.schedule)
        self.initializer.show_choice(Choice(id=training.initializer))
        self.initializer.form.hide()
        for name, box in self._metrics.items():
            with QSignalBlocker(box):
                box.setChecked(name in training.metrics)
        self.preview.show_schedule(phase, training.epochs)

    def _project_changed(self, before: Project, after: Project) -> None:
        if before.training is not after.training:
            self.refresh()

    def _data_changed(self, info: Any) -> None:
        task = info.task if info is not None else ""
        for name, box in self._metrics.items():
            tasks = registry.metric(name).tasks
            box.setVisible(not task or not tasks or task in tasks or box.isChecked())

    def _push(self, what: str, project: Project, merge: str = "") -> None:
        self._document.push(f"Change {what}", project, merge)

    def _set_training(self, name: str, value: object) -> None:
        project = self._document.project.with_training(**{name: value})
        self._push(name.replace("_", " "), project, self._turns.key("training", name))
        self.settingChanged.emit(name, value)

    def _set_phase(self, name: str, value: object) -> None:
        project = self._document.project.with_phase(0, **{name: value})
        self._push(name.replace("_", " "), project, self._turns.key("phase", name))
        self.settingChanged.emit(f"phases.0.{name}", value)

    def _set_stopping(self, name: str, value: object) -> None:
        project = self._document.project
        stopping = project.training.early_stopping.but(**{name: value})
        after = project.with_training(early_stopping=stopping)
        self._push("early stopping", after, self._turns.key("stopping", name))

    def _pick_optimizer(self, spec_id: str) -> None:
        project = self._document.project.with_phase(0, optimizer=Choice(id=spec_id))
        self._push("the optimizer", project)

    def _set_optimizer(self, name: str, value: object) -> None:
        choice = _with(self._document.project.phase.optimizer, name, value)
        project = self._document.project.with_phase(0, optimizer=choice)
        self._push(name.replace("_", " "), project, self._turns.key("optimizer", name))
        self.settingChanged.emit(f"phases.0.optimizer.params.{name}", value)

    def _pick_schedule(self, spec_id: str) -> None:
        project = self._document.project.with_phase(0, schedule=Choice(id=spec_id))
        self._push("the schedule", project)

    def _set_schedule(self, name: str, value: object) -> None:
        choice = _with(self._document.project.phase.schedule, name, value)
        project = self._document.project.with_phase(0, schedule=choice)
        self._push(f"{name.replace('_', ' ')} of the schedule", project, self._turns.key(name))

    def _pick_initializer(self, spec_id: str) -> None:
        self._push("the initializer", self._document.project.with_training(initializer=spec_id))

    def _set_metrics(self) -> None:
        chosen = tuple(name for name, box in self._metrics.items() if box.isChecked())
        self._push("the metrics", self._document.project.with_training(metrics=chosen))


_METRICS = "Those that suit the task, unless you tick some."


def _with(choice: Choice, name: str, value: object) -> Choice:
    """Return a choice with one setting changed."""
    return choice.but(params={**choice.params, name: value})
