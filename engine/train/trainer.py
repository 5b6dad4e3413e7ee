"""A whole run: prepare, epochs, validation, stopping, the final figures.

The same code runs on the session's thread, in a child process and on the command line.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.train import chance, threads
from engine.train import moment as moments
from engine.train.advice import advice
from engine.train.course import Course
from engine.train.editing import give, rebuild, take, told
from engine.train.events import Done, Edited, EpochEnd, Failed, Finding, Progress, StateChanged
from engine.train.failure import Ended, TrainingError, explain
from engine.train.inquiry import Inquiry
from engine.train.keeping import Keeper, require_same, surroundings
from engine.train.line import beyond_a_line
from engine.train.loop import clock
from engine.train.record import Record
from engine.train.replay import NonFinite, attend
from engine.train.seen import seen
from engine.train.series import Series
from engine.train.setup import fingerprint, load_data, prepare
from engine.weights import WeightStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch
    from torch import nn

    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.replay import Scene
    from engine.train.resuming import Resumption
    from engine.train.setup import Prepared


class Trainer:
    """Trains a project from beginning to end and tells about it in events.

    Parameters
    ----------
    project
        What to train and how.
    emit
        Called with every event, on the thread that runs `run`.
    control
        Where commands arrive.
    run_dir
        Folder for the record of the run; None leaves none.
    isolation
        Where this runs, for the record: "thread" or "process".
    weights
        What to begin with, where it fits; the rest is drawn from the seed.
    resume
        The run to go on with; the project is its own then, and so is the folder.
    """

    def __init__(
        self,
        project: Project,
        emit: Callable[[Event], None],
        control: Control,
        run_dir: Path | None = None,
        isolation: str = "thread",
        weights: WeightStore | None = None,
        resume: Resumption | None = None,
    ) -> None:
        if resume is not None:
            run_dir = resume.folder
        self.project = project
        self.control = control
        self.prepared: Prepared | None = None
        self.result: dict[str, Any] | None = None
        self.scene: Scene | None = None
        """The step that failed, where it can be run again."""
        self._isolation = isolation
        self._given = weights
        self._store = deepcopy(weights) if weights is not None else WeightStore()
        self._record = Record(run_dir, lambda text: emit(Finding("record", "", text)))
        self._series = Series(run_dir, self._record.failed, resume.step if resume else 0)
        self._emit = self._series.tee(emit)
        self._threads = project.training.threads or threads.default_threads()
        self._epochs = project.training.epochs
        if resume is not None:
            self._threads, self._epochs = resume.threads, resume.epochs
        self._resume = resume
        self._epoch = 0
        self._closing = False
        """Whether the steps of the epoch are taken, but not its figures."""
        self._over = ""
        """What ended the run before its last epoch, if anything has."""
        self._keeper = Keeper(
            self._record,
            project.training.checkpoints,
            self._place,
            lambda text: self._emit(Finding("checkpoints", "", text)),
        )

    @property
    def root(self) -> nn.Module | None:
        """Return the module that holds all weights, once there is one."""
        return self.prepared.root if self.prepared else None

    def weights(self) -> WeightStore:
        """Return the weights and the optimizers' numbers of now, by weight path."""
        if self.prepared is not None:
            take(self._store, self.prepared)
        return deepcopy(self._store)

    def run(self, data: Dataset | None = None) -> None:
        """Run to an end: the last event says finished, stopped or failed.

        `data` spares loading it again where somebody has it already.
        """
        with chance.running(), threads.prepared(self._threads):
            try:
                self._emit(StateChanged("preparing"))
                self._train(data)
            except Ended:
                self._emit(StateChanged("stopped"))
            except Exception as error:  # noqa: BLE001 - any failure must reach the user as a sentence
                self._fail(error)
        if self.scene is not None and self.prepared is not None and self.control.staying:
            attend(self.prepared, self.scene, self.control, self._emit, self._threads)

    def _fail(self, error: Exception) -> None:
        message, node, network = explain(error, self.prepared.bundle if self.prepared else None)
        error.__traceback__ = None
        if isinstance(error, NonFinite):
            self.scene = error.scene
            self._emit(error.inspection)
            self._emit(Failed(message, node, network, error.scene.fault, error.scene.step))
        else:
            self._emit(Failed(message, node, network))
        self._emit(StateChanged("failed", message))

    def _train(self, data: Dataset | None) -> None:
        control = self.control
        if data is None:
            data = load_data(
                self.project, lambda t, f: self._emit(Progress(t, f)), control.preparing_ended
            )
        self._emit(Progress("Building the network"))
        prepared = self.prepared = prepare(self.project, data)
        if self._given is not None:
            report = give(self._given, prepared)
            self._emit(Progress(f"Going on from earlier weights: {report}"))
        course = Course(prepared, self._emit, control, recorded=bool(self._record.folder))
        self._inquiry = Inquiry(course, control, self._emit)
        self._open(course, data)
        if prepared.precision.note:
            self._emit(Finding("precision", "", prepared.precision.note))
        for text in advice(prepared):
            self._emit(Finding("advice", "", text))
        if control.ending:
            raise Ended
        course.loop.steering.on |= {
            "set": partial(self._set, course),
            "edit": partial(self._edit, course),
        }
        self._emit(seen(prepared.data))
        self._emit(course.started(self._epochs, self._isolation))
        self._emit(StateChanged("running"))
        self._epochs_of(course)
        self._keeper.last(anew=True)
        if control.quitting():
            raise Ended
        self._finish(course)

    def _open(self, course: Course, data: Dataset) -> None:
        """Begin the record, or go on with that of an earlier run."""
        device = course.prepared.device
        if not self._series.hold():
            raise TrainingError(f"The run {self._record.run} is under way; wait until it ends.")
        if self._record.folder is not None:
            self._keeper.facts = surroundings(device, self._threads, data)
        if self._resume is None:
            self._record.start(self.project, str(device), self._threads)
            self._keeper.drop_after(-1)
        else:
            self._take_up(course, self._resume)
        self._keeper.attach(course)

    def _place(self) -> tuple[Project, dict[str, Any]]:
        """Return the project of now and where the run is in it, for a moment to keep."""
        self._series.flush()
        about = {
            "epoch": self._epoch,
            "epochs": self._epochs,
            "closing": self._closing,
            "over": self._over,
            "edits": self._record.edits,
        }
        return self.project, about

    def _take_up(self, course: Course, resume: Resumption) -> None:
        """Go on where an earlier run was."""
        moment = moments.read(resume.path)
        require_same(resume.folder.name, moment.about, self._keeper.facts)
        moments.restore(course, moment)
        ledger = course.loop.ledger
        self._series.places = {
            run.index: (ledger.taken(run.index), ledger.number(run.index))
            for run in course.prepared.phases
        }
        self._series.trained = course.loop.earlier
        if resume.more and not resume.note:
            for phase in course.prepared.phases:
                phase.extend(resume.epochs, course.loop.ledger.taken(phase.index))
        self._epoch, self._closing = resume.epoch, moment.about["closing"]
        course.loop.total_steps = course.prepared.turns.steps_per_epoch * self._epochs
        edits = moment.about["edits"]
        self._record.resume(self.project, resume.epoch, resume.step, edits)
        self._keeper.drop_after(resume.step)
        if resume.note:
            self._emit(Finding("resume", "", resume.note))

    def _set(self, course: Course, path: str, value: float | None) -> None:
        self._keeper.changed()
        if path == "epochs" and value is not None:
            self._epochs = max(int(value), self._epoch + 1)
            course.loop.total_steps = course.prepared.turns.steps_per_epoch * self._epochs
        else:
            course.set(path, value)

    def _edit(
        self,
        course: Course,
        project: Project,
        moves: Mapping[str, str],
        copies: Mapping[str, str],
        text: str,
    ) -> None:
        """Go on with other networks, or say why that cannot be and go on as before."""
        before = course.prepared
        project = project.with_training(epochs=self.project.training.epochs)
        try:
            after, report = rebuild(before, project, self._store, moves, copies)
            course.take_on(after)
        except Exception as error:  # noqa: BLE001 - the run goes on, and the user hears why
            message, node, network = explain(error)
            self._emit(Finding("edit", node, message, network))
            return
        words = f"{text or told(self.project, project)}: {report}"
        self.prepared, self.project = after, project
        step = course.loop.ledger.steps
        self._record.edited(project, step, words)
        self._keeper.changed()
        self._emit(Edited(step, words, course.phases_started()))

    def _epochs_of(self, run: Course) -> None:
        while self._epoch < self._epochs and not self.control.ending:
            begin = clock()
            idle = run.loop.steering.idle
            if not self._closing:
                run.epoch(self._epoch)
                if self.control.ending:
                    return
            self._closing = True
            run.put_averages()
            train, validation = self._figures(run)
            self._closing = False
            self._epoch += 1
            seconds = clock() - begin - (run.loop.steering.idle - idle)
            self._emit(EpochEnd(self._epoch, train, validation, seconds))
            monitored = validation or train
            run.after_epoch(monitored)
            best = run.best.update(self._epoch, self._monitored(run, monitored), run.prepared.root)
            self._write(run, best, train, validation, seconds)
            at_rest = run.at_rest()
            if run.best.over or at_rest:
                self._over = "early stopping" if run.best.over else "its tolerance"
                return
            run.take_averages_out()
            self._keeper.epoch(self._epoch, best)

    def _figures(self, run: Course) -> tuple[dict[str, float], dict[str, float]]:
        try:
            return run.figures(self.control.quitting)
        except Ended:
            self._keeper.last(anew=True)
            raise

    def _monitored(self, run: Course, figures: dict[str, float]) -> float:
        metric = run.best.setting.metric
        if metric in figures:
            return figures[metric]
        known = ", ".join(figures)
        raise TrainingError(
            f"Early stopping watches {metric!r}, which this run does not measure; "
            f"choose from {known}."
        )

    def _write(
        self,
        run: Course,
        best: bool,
        train: dict[str, float],
        validation: dict[str, float],
        seconds: float,
    ) -> None:
        about = {
            "epoch": self._epoch,
            "step": run.loop.ledger.taken(0),
            "train": train,
            "validation": validation,
        }
        lr = run.prepared.phases[0].lr
        self._record.epoch({**about, "lr": lr, "seconds": seconds})
        if best and self._record.due("best"):
            self._record.checkpoint("best", run.prepared.root.state_dict(), about)
        if self._record.due("last"):
            self._record.checkpoint("last", run.prepared.root.state_dict(), about)

    def _finish(self, run: Course) -> None:
        stopped = bool(self.control.ending)
        run.loop.end_epoch()
        run.loop.finish()
        if not stopped:
            self._inquiry.check(always=True)
        run.put_averages()
        seconds = run.loop.seconds
        self._emit(Progress("Evaluating"))
        root = run.prepared.root
        about = {"epoch": self._epoch, "step": run.loop.ledger.taken(0)}
        if self._record.folder and not stopped:
            self._record.checkpoint("last", root.state_dict(), about)
        if not stopped:
            run.best.restore(root)
        state: dict[str, torch.Tensor] = root.state_dict()
        result: dict[str, Any] = {
            part: run.evaluate(part, self.control.quitting)
            for part in ("train", "validation", "test")
        }
        result |= {
            "epochs": self._epoch,
            "steps": run.loop.ledger.taken(0),
            "seconds": round(seconds, 3),
            "device": str(run.prepared.device),
            "seed": self.project.training.seed,
            "run": self._record.run,
            "parameters_sha256": fingerprint(state),
            "best_epoch": run.best.epoch,
            "threads": self._threads,
            "watch_share": round(run.loop.watch_share, 5),
            "checkpoint_share": round(self._keeper.spent / max(seconds, 1e-9), 5),
        }
        if self._record.folder:
            kept = run.best.state or state
            self._record.checkpoint("best", kept, {"epoch": run.best.epoch})
            if stopped:
                self._record.checkpoint("last", state, about)
        if not stopped and (finding := beyond_a_line(run.prepared)):
            self._emit(finding)
        self._record.finish(result)
        self.result = result
        self._emit(Done(result))
        self._emit(StateChanged("stopped" if stopped else "finished"))
