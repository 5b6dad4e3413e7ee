"""A run once it is prepared: an epoch's steps, the figures after it, the pictures beside it."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from engine.catalog.techniques import treatments
from engine.monitor.sampler import Sampler
from engine.train.boundary import Plane
from engine.train.carrying import rows
from engine.train.evaluate import evaluate, labels, measures
from engine.train.events import Finding, PhaseStarted, Started
from engine.train.loop import Loop
from engine.train.running import Running
from engine.train.showing import Showing
from engine.train.stopping import Best
from engine.train.tally import HOLD
from engine.train.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch

    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.painter import Painter
    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared


class Attendant(Protocol):
    """Who goes along with a run and hears what its steps alone do not tell."""

    def began(self, epoch: int) -> None:
        """Hear that the steps of an epoch (from 0) come next, or the rest of them."""

    def check(self) -> None:
        """Look at the weights once the steps of an epoch are taken; TrainingError ends the run."""

    def ended(self, figures: tuple[float, ...]) -> None:
        """Hear that an epoch is over, and what moved the schedule of each phase after it."""

    def forget(self) -> None:
        """Hear that a setting or the networks were changed from outside."""


class Course:
    """The parts of a run, and what an epoch does with them.

    Parameters
    ----------
    prepared
        What is trained.
    emit, control
        As for the loop.
    recorded
        Whether the best weights are written down.
    """

    def __init__(
        self,
        prepared: Prepared,
        emit: Callable[[Event], None],
        control: Control,
        recorded: bool,
    ) -> None:
        training = prepared.project.training
        self.labels = labels(training.phases)
        self._control = control
        self._emit = emit
        self._told = False
        self.watching: Watching | None = None
        self.loop = Loop(
            prepared.phases,
            prepared.device,
            emit,
            control,
            Sampler(training.watch_share, training.watch),
            prepared.turns,
            prepared.turns.steps_per_epoch * training.epochs,
        )
        self.loop.steering.on["watch_node"] = self._watch
        self.attendants: list[Attendant] = []
        self._furnish(prepared)
        stopping = training.early_stopping
        keep = (stopping.enabled and stopping.restore_best) or recorded
        if not stopping.enabled:
            stopping = stopping.but(metric="loss", min_delta=0.0)
        self.best = Best(stopping, keep)
        self.mark = 0
        """Steps of all phases from one call of `on_mark` to the next; 0 calls it never."""
        self.on_mark: Callable[[], None] = lambda: None

    @property
    def steps(self) -> int:
        """Return how many steps were taken, of all phases."""
        return sum(self.loop.ledger.taken(run.index) for run in self.prepared.phases)

    def _furnish(self, prepared: Prepared) -> None:
        """Get what figures and pictures of these networks take; nothing if that fails."""
        first, networks = prepared.phases[0], [run.network for run in prepared.phases]
        wanted = measures(prepared.project, *networks, data=prepared.data)
        painters = list(_painters(prepared))
        asked = self.watching.asked if self.watching is not None else ("", "", 0)
        self.watching = Watching(prepared.phases, prepared.data)
        self.watching.look(*asked)
        painters.append(self.watching)
        self.prepared, self.wanted = prepared, wanted
        self.running = Running(wanted[0], first.outputs, first.batches.samples)
        self.loop.keep = self.running.keep
        self.loop.painters = painters

    def take_on(self, prepared: Prepared) -> None:
        """Go on with other networks. What was the best of the former is no longer of use."""
        running = self.running
        self._furnish(prepared)
        self.running.carry(running)
        self.loop.take_on(prepared.phases)
        for each in self.attendants:
            each.forget()
        self.best.forget()

    def started(self, epochs: int, isolation: str) -> Started:
        """Return the event that opens the run."""
        prepared = self.prepared
        first, *others = every = self.phases_started()
        return Started(
            first.nodes,
            first.losses,
            prepared.turns.steps_per_epoch,
            epochs,
            sum(p.numel() for p in prepared.root.parameters()),
            str(prepared.device),
            isolation,
            every if others else (),
            first.displays,
            first.shared,
            first.bounds,
        )

    def phases_started(self) -> tuple[PhaseStarted, ...]:
        """Return what can be watched, phase by phase."""
        return tuple(
            PhaseStarted(
                run.phase.name,
                run.phase.network,
                tuple((tap.node, tap.name) for tap in run.network.taps),
                tuple((loss.node, loss.name) for loss in run.network.losses),
                tuple((display.node, display.name) for display in run.network.displays),
                dict(run.shared),
                dict(run.network.bounds),
            )
            for run in self.prepared.phases
        )

    def _watch(self, node: str, network: str, sample: int) -> None:
        """Look into a node from now on, at once where the run rests."""
        assert self.watching is not None
        self.watching.look(node, network, sample)
        if self.loop.steering.paused:
            for event in self.watching.draw(max(self.steps - 1, 0)):
                self._emit(event)

    # -- steps

    def epoch(self, epoch: int) -> None:
        """Take the steps of one epoch, or what is left of them."""
        alone = len(self.prepared.phases) == 1
        self.loop.changed = True
        for each in self.attendants:
            each.began(epoch)
        while self.loop.changed and not self._control.ending:
            self.loop.changed = False
            for run in self.prepared.phases:
                run.begin_epoch(epoch)
            if alone:
                self._alone(epoch)
            else:
                self._turn_by_turn(epoch)
        for run in self.prepared.phases if not self._control.ending else ():
            run.end_epoch()
        for each in self.attendants:
            each.check()

    def _alone(self, epoch: int) -> None:
        phase, loop = self.prepared.phases[0], self.loop
        start = loop.ledger.taken(0) - epoch * len(phase.batches)
        batches = phase.epoch(epoch, start)
        end = 0
        for count, size in phase.batches.runs:
            end += count
            left = min(count, end - start)
            while left > 0 and not loop.changed and not self._control.ending:
                piece = min(left, self.mark - self.steps % self.mark) if self.mark else left
                loop.run(phase, islice(batches, piece), size not in phase.sizes)
                left -= piece
                self._marked()

    def _turn_by_turn(self, epoch: int) -> None:
        phases, turns, loop = self.prepared.phases, self.prepared.turns, self.loop
        streams = [_stream(run, loop.ledger.taken(run.index)) for run in phases]
        for turn in range(epoch * turns.per_epoch, (epoch + 1) * turns.per_epoch):
            for run, stream in zip(phases, streams, strict=True):
                left = turns.left(run.index, turn, loop.ledger.taken(run.index))
                for batch in islice(stream, left):
                    loop.run(run, (batch,), len(batch[0]) not in run.sizes)
                    if loop.changed or self._control.ending:
                        return
                    self._marked()

    def _marked(self) -> None:
        going = not self.loop.changed and not self._control.ending
        if self.mark and going and self.steps % self.mark == 0:
            self.on_mark()

    # -- figures

    def figures(self, cancelled: Callable[[], bool]) -> tuple[dict[str, float], dict[str, float]]:
        """Return the training figures of the epoch and those of the validation part now."""
        self.loop.read_out()
        validation = self.evaluate("validation", cancelled)
        means = self.loop.end_epoch()
        train = {**means[0], **self.running.take()}
        for label, found in zip(self.labels[1:], means[1:], strict=True):
            train |= {f"{label}{key}": value for key, value in found.items()}
        return train, validation

    def evaluate(self, part: str, cancelled: Callable[[], bool]) -> dict[str, float]:
        """Return the figures of a part of the data; those of later phases bear their names."""
        held = self.prepared.data.parts.get(part)
        if not held:
            return {}
        result: dict[str, float] = {}
        known: dict[str, dict[str, float]] = {}
        for run, label, wanted in zip(self.prepared.phases, self.labels, self.wanted, strict=True):
            key, network = run.phase.network, run.network
            if key not in known:
                forward = self.prepared.precision.wrap(network.train_forward)
                beside = rows(self.prepared.project.training)
                known[key] = evaluate(network, forward, held, wanted, cancelled, self._cut, beside)
            result |= {f"{label}{name}": value for name, value in known[key].items()}
        return result

    def _cut(self, figures: Sequence[str]) -> None:
        """Say once that some figures are of fewer samples than there are."""
        if not self._told:
            self._told = True
            names = ", ".join(figures)
            self._emit(
                Finding(
                    "figures",
                    "",
                    f"There are too many predictions to hold: {names} is taken from the first "
                    f"{HOLD:,} numbers of a part. Losses and means are of all samples.",
                )
            )

    def after_epoch(self, monitored: dict[str, float]) -> None:
        """Move the schedules on; one that watches a loss watches its own phase's."""
        figures = tuple(monitored[f"{label}loss"] for label in self.labels)
        for phase, figure in zip(self.prepared.phases, figures, strict=True):
            phase.schedule.after_epoch(figure)
        for each in self.attendants:
            each.ended(figures)

    def at_rest(self) -> bool:
        """Return whether no gradient of the epoch was as large as the run's tolerance."""
        least = self.prepared.project.training.tolerance
        norms = [run.largest.take() for run in self.prepared.phases if run.largest is not None]
        return least is not None and max(norms, default=math.inf) < least

    def put_averages(self) -> None:
        """Put averaged weights in the place of the last ones, where a phase averages."""
        for run in self.prepared.phases:
            if run.average is not None:
                run.average.put()

    def take_averages_out(self) -> None:
        """Go on with the weights as training left them."""
        for run in reversed(self.prepared.phases):
            if run.average is not None:
                run.average.back()

    def set(self, path: str, value: float | None) -> None:
        """Change a setting of training between two steps."""
        for each in self.attendants:
            each.forget()
        head, *rest = path.split(".")
        if path == "lr":
            self.prepared.phases[0].set("lr", float(value or 0))
        elif head == "phases" and rest[1:3] == ["optimizer", "params"]:
            self.prepared.phases[int(rest[0])].set(rest[3], float(value or 0))
        elif head == "phases" and rest[1:] and rest[1] in treatments():
            given = None if value is None else type(value)(value)
            self.prepared.phases[int(rest[0])].treat_anew({rest[1]: given})
        elif path == "watch":
            self.loop.sampler.on = bool(value)
        elif path == "watch_share":
            self.loop.sampler.share = float(value or 0)


def _painters(prepared: Prepared) -> Iterator[Painter]:
    """Yield who draws pictures: the plane of the first phase, the displays of each network."""
    first = prepared.phases[0]
    if Plane.suits(first.network, prepared.data):
        predict = prepared.precision.wrap(first.network.predict_forward)
        yield Plane(first.network, prepared.data, predict)
    seen: set[str] = set()
    for run in prepared.phases:
        key = run.phase.network
        if run.network.displays and key not in seen:
            plan = prepared.bundle.blueprint.plans[key]
            yield Showing(run, plan, prepared.data, prepared.precision)
        seen.add(key)


def _stream(phase: PhaseRun, taken: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield a phase's batches without end, from how many were taken before."""
    epoch, start = divmod(taken, len(phase.batches))
    while True:
        yield from phase.epoch(epoch, start)
        epoch, start = epoch + 1, 0
