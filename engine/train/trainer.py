"""A whole run: prepare, epochs, validation, stopping, the final figures.

The same code runs on the session's thread, in a child process and on the command line.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.monitor.sampler import Sampler
from engine.train import threads
from engine.train.boundary import Plane
from engine.train.evaluate import evaluate, measures
from engine.train.events import Done, EpochEnd, Failed, Finding, Progress, Started, StateChanged
from engine.train.failure import Ended, TrainingError, explain
from engine.train.loop import Loop, clock
from engine.train.record import Record
from engine.train.running import Running
from engine.train.setup import fingerprint, load_data, prepare
from engine.train.stopping import Best

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import torch

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.phase import PhaseRun
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
    """

    def __init__(
        self,
        project: Project,
        emit: Callable[[Event], None],
        control: Control,
        run_dir: Path | None = None,
        isolation: str = "thread",
    ) -> None:
        self.project = project
        self.control = control
        self.network: Network | None = None
        self.result: dict[str, Any] | None = None
        self._emit = emit
        self._isolation = isolation
        self._record = Record(run_dir, lambda text: emit(Finding("record", "", text)))
        self._threads = project.training.threads or threads.default_threads()
        self._epochs = project.training.epochs
        self._epoch = 0

    def run(self, data: Dataset | None = None) -> None:
        """Run to an end: the last event says finished, stopped or failed.

        `data` spares loading it again where somebody has it already.
        """
        with threads.prepared(self._threads):
            try:
                self._emit(StateChanged("preparing"))
                self._train(data)
            except Ended:
                self._emit(StateChanged("stopped"))
            except Exception as error:  # noqa: BLE001 - any failure must reach the user as a sentence
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        phases = self.project.training.phases
        graph = self.project.networks.get(phases[0].network) if phases else None
        message, node = explain(error, self.network, graph)
        error.__traceback__ = None
        self._emit(Failed(message, node))
        self._emit(StateChanged("failed", message))

    def _train(self, data: Dataset | None) -> None:
        control = self.control
        if data is None:
            data = load_data(
                self.project, lambda t, f: self._emit(Progress(t, f)), control.preparing_ended
            )
        self._emit(Progress("Building the network"))
        prepared = prepare(self.project, data)
        self.network = prepared.network
        wanted = measures(self.project, prepared.network, prepared.data)
        self._record.start(self.project, str(prepared.device), self._threads)
        if prepared.precision.note:
            self._emit(Finding("precision", "", prepared.precision.note))
        if control.ending:
            raise Ended
        run = _Run(self, prepared, wanted)
        self._emit(run.started(self._epochs, self._isolation))
        self._emit(StateChanged("running"))
        self._epochs_of(run)
        if control.quitting():
            raise Ended
        self._finish(run)

    def _epochs_of(self, run: _Run) -> None:
        while self._epoch < self._epochs and not self.control.ending:
            begin = clock()
            idle = run.loop.idle
            run.epoch(self._epoch)
            if self.control.ending:
                run.loop.end_epoch(run.sizes)
                return
            self._epoch += 1
            train, validation = run.figures(self.control.quitting)
            seconds = clock() - begin - (run.loop.idle - idle)
            self._emit(EpochEnd(self._epoch, train, validation, seconds))
            monitored = validation or train
            run.after_epoch(monitored)
            best = run.best.update(self._epoch, self._monitored(run, monitored), run.network)
            self._write(run, best, train, validation, seconds)
            if run.best.over:
                return

    def _monitored(self, run: _Run, figures: dict[str, float]) -> float:
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
        run: _Run,
        best: bool,
        train: dict[str, float],
        validation: dict[str, float],
        seconds: float,
    ) -> None:
        about = {
            "epoch": self._epoch,
            "step": run.loop.steps,
            "train": train,
            "validation": validation,
        }
        lr = run.prepared.phases[0].lr
        self._record.epoch({**about, "lr": lr, "seconds": seconds})
        if best and self._record.due("best"):
            self._record.checkpoint("best", run.network.state_dict(), about)
        if self._record.due("last"):
            self._record.checkpoint("last", run.network.state_dict(), about)

    def _finish(self, run: _Run) -> None:
        stopped = bool(self.control.ending)
        run.loop.finish()
        seconds = run.loop.seconds
        self._emit(Progress("Evaluating"))
        network = run.network
        about = {"epoch": self._epoch, "step": run.loop.steps}
        if self._record.folder and not stopped:
            self._record.checkpoint("last", network.state_dict(), about)
        if not stopped:
            run.best.restore(network)
        state: dict[str, torch.Tensor] = network.state_dict()
        result: dict[str, Any] = {
            part: run.evaluate(part, self.control.quitting)
            for part in ("train", "validation", "test")
        }
        result |= {
            "epochs": self._epoch,
            "steps": run.loop.steps,
            "seconds": round(seconds, 3),
            "device": str(run.prepared.device),
            "seed": self.project.training.seed,
            "run": self._record.run,
            "parameters_sha256": fingerprint(state),
            "best_epoch": run.best.epoch,
            "threads": self._threads,
            "watch_share": round(run.loop.watch_share, 5),
        }
        if self._record.folder:
            kept = run.best.state or state
            self._record.checkpoint("best", kept, {"epoch": run.best.epoch})
            if stopped:
                self._record.checkpoint("last", state, about)
        self._record.finish(result)
        self.result = result
        self._emit(Done(result))
        self._emit(StateChanged("stopped" if stopped else "finished"))

    def set_epochs(self, epochs: int) -> None:
        """Change how many epochs the run takes; at least those it has begun."""
        self._epochs = max(epochs, self._epoch + 1)


class _Run:
    """The parts of a run once it is prepared, and what an epoch does with them."""

    def __init__(self, trainer: Trainer, prepared: Prepared, wanted: Any) -> None:
        training = trainer.project.training
        self.prepared = prepared
        self.network = prepared.network
        self.wanted = wanted
        self._trainer = trainer
        first = prepared.phases[0]
        steps = len(first.batches)
        self._turns = -(-steps // first.phase.steps)
        self._streams = [_stream(phase) for phase in prepared.phases]
        if prepared.phases[1:]:
            steps = self._turns * first.phase.steps
        self.steps_per_epoch = steps
        self.sizes = _sizes(first.batches.samples, first.batch_size, steps)
        sampler = Sampler(training.watch_share, training.watch)
        self.loop = Loop(
            prepared.phases,
            prepared.device,
            trainer._emit,  # pyright: ignore[reportPrivateUsage]
            trainer.control,
            sampler,
            steps * training.epochs,
        )
        self.loop.on_command = self._set
        self._running = Running(wanted, first.outputs, first.batches.samples)
        self.loop.keep = self._running.keep
        if Plane.suits(self.network, prepared.data):
            predict = prepared.precision.wrap(self.network.predict_forward)
            self.loop.plane = Plane(self.network, prepared.data, predict)
        stopping = training.early_stopping
        keep = (stopping.enabled and stopping.restore_best) or bool(
            trainer._record.folder  # pyright: ignore[reportPrivateUsage]
        )
        if not stopping.enabled:
            stopping = stopping.but(metric="loss", min_delta=0.0)
        self.best = Best(stopping, keep)

    def started(self, epochs: int, isolation: str) -> Started:
        """Return the event that opens the run."""
        network = self.network
        return Started(
            tuple((tap.node, tap.name) for tap in network.taps),
            tuple((loss.node, loss.name) for loss in network.losses),
            self.steps_per_epoch,
            epochs,
            sum(p.numel() for p in network.parameters()),
            str(self.prepared.device),
            isolation,
        )

    def epoch(self, epoch: int) -> None:
        """Take the steps of one epoch."""
        phases = self.prepared.phases
        if phases[1:]:
            self._turn_by_turn()
            return
        phase = phases[0]
        batches = phase.batches.epoch(epoch)
        whole = phase.batches.samples // phase.batch_size
        self.loop.run(phase, islice(batches, whole), epoch == 0)
        if not self._trainer.control.ending:
            self.loop.run(phase, batches, epoch == 0)

    def _turn_by_turn(self) -> None:
        for _ in range(self._turns):
            for phase, stream in zip(self.prepared.phases, self._streams, strict=True):
                for batch in islice(stream, phase.phase.steps):
                    self.loop.run(phase, (batch,), len(batch[0]) not in phase.sizes)
                    if self._trainer.control.ending:
                        return

    def figures(self, cancelled: Callable[[], bool]) -> tuple[dict[str, float], dict[str, float]]:
        """Return the training figures of the epoch and those of the validation part now."""
        train = {"loss": self.loop.end_epoch(self.sizes), **self._running.take()}
        return train, self.evaluate("validation", cancelled)

    def evaluate(self, part: str, cancelled: Callable[[], bool]) -> dict[str, float]:
        """Return the figures of a part of the data."""
        forward = self.prepared.precision.wrap(self.network.train_forward)
        held = self.prepared.data.parts.get(part)
        return evaluate(self.network, forward, held, self.wanted, cancelled) if held else {}

    def after_epoch(self, monitored: dict[str, float]) -> None:
        """Move the schedules on."""
        for phase in self.prepared.phases:
            phase.schedule.after_epoch(monitored["loss"])

    def _set(self, path: str, value: Any) -> None:
        head, *rest = path.split(".")
        if path == "lr":
            self.prepared.phases[0].set("lr", float(value))
        elif head == "phases" and rest[1:3] == ["optimizer", "params"]:
            self.prepared.phases[int(rest[0])].set(rest[3], float(value))
        elif path == "watch":
            self.loop.sampler.on = bool(value)
        elif path == "watch_share":
            self.loop.sampler.share = float(value)
        elif path == "epochs":
            self._trainer.set_epochs(int(value))
            self.loop.total_steps = self.steps_per_epoch * int(value)


def _stream(phase: PhaseRun) -> Iterator[tuple[torch.Tensor, ...]]:
    epoch = 0
    while True:
        yield from phase.batches.epoch(epoch)
        epoch += 1


def _sizes(samples: int, batch_size: int, steps: int) -> np.ndarray:
    """Return how many samples each step of an epoch takes."""
    sizes = np.full(-(-samples // batch_size), batch_size, np.int64)
    sizes[-1] = samples - batch_size * (len(sizes) - 1)
    return np.resize(sizes, steps)
