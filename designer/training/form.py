"""The settings of one phase: what it trains, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from designer.edits import Turns
from designer.forms import Section, SpecForm
from designer.help.path import OptimizerPath
from designer.picker import Picker
from designer.preview import SchedulePreview
from designer.training import phases
from designer.training.lights import Lights
from designer.training.params import ABOUT, GRADIENT, WARMUP
from designer.training.trains import TrainsEditor
from engine.catalog import registry
from engine.catalog.spec import OptimizerSpec, ScheduleSpec
from engine.project import Choice
from engine.variables import evaluate, is_expression, resolve

if TYPE_CHECKING:
    from designer.document import Document
    from engine.analysis import Analysis
    from engine.project import Phase, Project


class PhaseForm(QObject):
    """The widgets for one phase of the list. The panel says where they stand.

    Signals
    -------
    settingChanged(path, value)
        A setting a run can take over while it goes on.
    """

    settingChanged = Signal(str, object)
    finderWanted = Signal()
    """The learning-rate finder is to be opened."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._turns = Turns(self)
        self.place = 0
        """Which phase of the list is shown."""
        self.about = SpecForm(ABOUT, {})
        self.about.setObjectName("training.phase")
        self.trains = TrainsEditor()
        self.who = Section("Phase", self.about, self.trains)
        self.optimizer = Picker("Optimizer", "training.optimizer", registry.of_kind(OptimizerSpec))
        self.find = QPushButton("Find learning rate…")
        self.find.setObjectName("training.find_rate")
        self.find.setAccessibleName("Find a learning rate")
        self.find.setToolTip(
            "Tries rates from tiny to huge on a copy and shows where the loss turns up."
        )
        self.find.clicked.connect(self.finderWanted)
        self.optimizer.add(self.find)
        self.path = OptimizerPath()
        self.optimizer.add(self.path)
        self.schedule = Picker(
            "Learning-rate schedule", "training.schedule", registry.of_kind(ScheduleSpec)
        )
        self.warmup = SpecForm(WARMUP, {})
        self.warmup.setObjectName("training.warmup")
        self.preview = SchedulePreview()
        for widget in (self.warmup, self.preview):
            self.schedule.add(widget)
        self.gradient = SpecForm(GRADIENT, {})
        self.weights = Section("Gradients and weights", self.gradient)
        self.lights = Lights(document)
        self._connect()

    def _connect(self) -> None:
        for form, change, done in (
            (self.about, self._set_about, self._about_done),
            (self.gradient, self._set, self._turns.end),
            (self.warmup, self._set, self._turns.end),
        ):
            form.valueChanged.connect(change)
            form.committed.connect(done)
        self.optimizer.picked.connect(self._pick_optimizer)
        self.optimizer.valueChanged.connect(self._set_optimizer)
        self.schedule.picked.connect(self._pick_schedule)
        self.schedule.valueChanged.connect(self._set_schedule)
        for picker in (self.optimizer, self.schedule):
            picker.committed.connect(self._turns.end)
        self.trains.chosen.connect(self._set_trains)
        self.trains.pickWanted.connect(self._want_pick)
        self.lights.picked.connect(self._picked)
        self.lights.ended.connect(self._ended)

    @property
    def phase(self) -> Phase:
        """Return the phase that is shown."""
        return self._document.project.training.phases[self.place]

    def show_phase(self, place: int, *, plain: bool) -> None:
        """Show a phase; a plain one without its name and what it trains."""
        if place != self.place:
            self.lights.end()
            self._turns.end()
        self.place = place
        project, phase = self._document.project, self.phase
        self.who.setVisible(not plain)
        self.who.heading.setText("Trained" if len(project.training.phases) == 1 else phase.name)
        if not plain:
            self._show_who(project, phase)
        values = phase.model_dump()
        self.gradient.set_values(values)
        self.gradient.set_shown("average_decay", phase.average == "ema")
        self.gradient.set_shown("average_from", phase.average != "none")
        self.warmup.set_values(values)
        for picker in (self.optimizer, self.schedule):
            picker.set_names(project.variables)
        self.optimizer.show_choice(phase.optimizer)
        self.schedule.show_choice(phase.schedule)
        for picker in (self.optimizer, self.schedule):
            picker.form.set_names(project.variables)
        resolved = self._resolved(project)
        self.path.show_optimizer(resolved.optimizer)
        self.preview.show_schedule(resolved, project.training.epochs, self._per_epoch(project))

    def _per_epoch(self, project: Project) -> int:
        """Return how many steps an epoch will about have; 0 where nobody knows yet."""
        info, training = self._document.info, project.training
        if info is None or not info.samples:
            return 0
        samples = info.samples * project.data.split.train
        sizes = {"one": 1, "mini": training.batch_size, "all": samples}
        return max(round(samples / max(sizes[training.batch], 1)), 1)

    def _resolved(self, project: Project) -> Phase:
        """Return the phase with its expressions worked out, as far as they can be."""
        try:
            return resolve(project).training.phases[self.place]
        except ValueError:
            return self.phase

    def _show_who(self, project: Project, phase: Phase) -> None:
        many = len(project.training.phases) > 1
        self.about.set_networks(phases.network_labels(project))
        self.about.set_values(phase.model_dump())
        self.about.set_shown("name", many)
        self.about.set_shown("steps", many)
        self.trains.label.setMinimumWidth(self.about.label_width())
        graph = project.networks.get(phase.network)
        if graph is not None:
            learning = phases.learners(graph, self._analysis())
            trained = phases.trained(phase, graph, learning)
            self.trains.show_nodes(graph, learning, trained, some=bool(phase.trains))
        self.trains.setVisible(graph is not None)

    def _analysis(self) -> Analysis | None:
        return self._document.known(self.phase.network)

    # -- changes

    def _push(self, what: str, merge: str = "", **changes: Any) -> None:
        project = self._document.project.with_phase(self.place, **changes)
        key = f"{self.place}/{self._turns.key(merge)}" if merge else ""
        self._document.push(f"Change {what}", project, key)

    def _tell(self, path: str, value: object) -> None:
        """Tell a run about a setting; of an expression, what it comes to."""
        if is_expression(value):
            try:
                value = evaluate(value, self._document.project.variables)
            except ValueError:
                return
        self.settingChanged.emit(f"phases.{self.place}.{path}", value)

    def _set(self, name: str, value: object) -> None:
        self._push(name.replace("_", " "), f"phase/{name}", **{name: value})
        self._tell(name, value)

    def _set_about(self, name: str, value: object) -> None:
        if name == "name":
            sentence = phases.name_error(self._document.project, self.place, str(value))
            self.about.rows["name"].say(sentence)
            if not sentence:
                self._push("the phase's name", "phase/name", name=value)
            return
        if name == "network" and value != self.phase.network:
            self._push("the phase's network", network=value, trains=())
            return
        self._set(name, value)

    def _about_done(self) -> None:
        name = self.phase.name
        if name != name.strip():
            self._push("the phase's name", "phase/name", name=name.strip())
        self._turns.end()

    def _pick_optimizer(self, spec_id: str) -> None:
        self._push("the optimizer", optimizer=Choice(id=spec_id))

    def _set_optimizer(self, name: str, value: object) -> None:
        choice = _with(self.phase.optimizer, name, value)
        self._push(name.replace("_", " "), f"optimizer/{name}", optimizer=choice)
        self._tell(f"optimizer.params.{name}", value)

    def _pick_schedule(self, spec_id: str) -> None:
        self._push("the schedule", schedule=Choice(id=spec_id))

    def _set_schedule(self, name: str, value: object) -> None:
        choice = _with(self.phase.schedule, name, value)
        words = f"{name.replace('_', ' ')} of the schedule"
        self._push(words, f"schedule/{name}", schedule=choice)

    def take_rate(self, place: int, rate: float) -> None:
        """Give the phase at a place a learning rate; one step of undo."""
        project = self._document.project
        phase = project.training.phases[place]
        after = project.with_phase(place, optimizer=_with(phase.optimizer, "lr", rate))
        self._turns.end()
        self._document.push("Change the learning rate", after)
        self.settingChanged.emit(f"phases.{place}.optimizer.params.lr", rate)

    # -- what it trains

    def _set_trains(self, nodes: tuple[str, ...]) -> None:
        graph = self._document.project.networks[self.phase.network]
        trains = phases.choose(self.phase, graph, nodes)
        self._push(f"what {self.phase.name} trains", "trains", trains=trains)
        if not self.lights.picking:
            self._turns.end()

    def _want_pick(self, on: bool) -> None:
        graph = self._document.project.networks[self.phase.network]
        learning = phases.learners(graph, self._analysis())
        if on and self.lights.begin(phases.trained(self.phase, graph, learning)):
            self._turns.end()
            self.trains.show_picking(True)
        else:
            self.lights.end()
            self._ended()

    def _picked(self, nodes: tuple[str, ...]) -> None:
        if not self.trains.offer(nodes):
            graph = self._document.project.networks[self.phase.network]
            self.lights.begin(phases.trained(self.phase, graph, list(graph.nodes)))

    def _ended(self) -> None:
        self._turns.end()
        self.trains.show_picking(False)


def _with(choice: Choice, name: str, value: object) -> Choice:
    """Return a choice with one setting changed."""
    return choice.but(params={**choice.params, name: value})
