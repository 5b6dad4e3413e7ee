"""Steps run again from a kept moment, to find the first that goes wrong and what does so in it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from engine.train import chance, threads
from engine.train.blame import blame, finite, overflown
from engine.train.events import Finding
from engine.train.failure import TrainingError, explain
from engine.train.insight import ROWS, inspect
from engine.train.reel import shoot
from engine.train.untouched import untouched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch

    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.inspection import Fault, Inspection
    from engine.train.phase import PhaseRun
    from engine.train.reel import Shot
    from engine.train.setup import Prepared

    Batch: TypeAlias = tuple[torch.Tensor, ...]
    Wrong: TypeAlias = Literal["", "loss", "gradient", "update"]

LONGEST = 60.0
"""Seconds after which looking for a step is given up."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A step that fails, and the run as it was before it."""

    phase: int
    step: int
    """Its number, counted from 0 over all phases."""
    shot: Shot
    fault: Fault

    @property
    def taken(self) -> int:
        """Return how many steps the phase had taken."""
        return self.shot.taken[self.phase]


class NonFinite(TrainingError):
    """A step made the first value that is not finite; the run is as it was before that step."""

    def __init__(self, message: str, network: str, scene: Scene, inspection: Inspection) -> None:
        super().__init__(message, scene.fault.node, network)
        self.scene = scene
        self.inspection = inspection


def find(
    prepared: Prepared,
    shots: Sequence[Shot],
    moves: Mapping[int, Sequence[float]],
    given_up: Callable[[], bool],
) -> Scene | None:
    """Return the first step behind a moment that goes wrong.

    The run is then as it was before that step, random numbers included. None where no sound moment
    was kept, or running again from it does not come to the same; what the run is then is open.

    Parameters
    ----------
    shots
        Moments from before it, the latest first.
    moves
        Epoch -> what moved each phase's schedule after it.
    given_up
        Asked now and then whether to go on looking.
    """
    end = time.perf_counter() + LONGEST
    for shot in shots:
        count = _search(prepared, shot, moves, lambda: given_up() or time.perf_counter() > end)
        if count is None:
            return None
        if count >= 0:
            return _scene(prepared, shot, moves, count)
    return None


def again(prepared: Prepared, scene: Scene) -> Inspection:
    """Run the step of a scene once more; return its tensors, and what goes wrong in it this time.

    The run is afterwards as it was before the step.
    """
    scene.shot.put(prepared)
    run = prepared.phases[scene.phase]
    batch = run.batches.at(*divmod(scene.taken, len(run.batches)))
    fault = _fault(prepared, run, batch)
    scene.shot.put(prepared)
    fault = _with_samples(run, scene.taken, fault) if fault is not None else None
    return look(prepared, scene, fault)


def attend(
    prepared: Prepared,
    scene: Scene,
    control: Control,
    emit: Callable[[Event], None],
    count: int,
) -> None:
    """Stay at hand after a failure: run the step again or look into it, until told to quit.

    It is run on `count` threads, as the run was, so that it comes to the same bits.
    """
    while not control.quitting():
        control.wait(0.5)
        while control.commands and not control.quitting():
            name, *arguments = control.commands.popleft()
            if name not in ("replay", "inspect"):
                continue
            with (
                chance.running(),
                threads.prepared(count),
                chance.aside(prepared.device, None),
            ):
                try:
                    emit(_answer(prepared, scene, name, *arguments))
                except ValueError as error:
                    emit(Finding("inspect", "", str(error)))
                except Exception as error:  # noqa: BLE001 - it stays at hand, the user hears why
                    emit(Finding("inspect", "", explain(error, prepared.bundle)[0]))


def _answer(
    prepared: Prepared,
    scene: Scene,
    name: str,
    phase: int | None = None,
    batch: int | None = None,
    rows: tuple[int, ...] | None = None,
) -> Inspection:
    if name == "replay":
        return again(prepared, scene)
    scene.shot.put(prepared)
    place = scene.phase if phase is None else phase
    if not 0 <= place < len(prepared.phases):
        raise ValueError(f"There is no phase {place} to inspect; the first is 0.")
    taken = scene.shot.taken[place]
    step = prepared.turns.number(place, taken)
    fault = scene.fault if place == scene.phase and batch is None else None
    return inspect(prepared, place, taken, step, batch=batch, rows=rows, fault=fault)


def look(prepared: Prepared, scene: Scene, fault: Fault | None) -> Inspection:
    """Return the tensors of the step of a scene, the rows at fault among those told."""
    bad = fault.rows[:ROWS] if fault is not None else ()
    size = prepared.phases[scene.phase].batch_size
    rows = sorted({*bad, *[r for r in range(size) if r not in bad][: ROWS - len(bad)]})
    found = inspect(prepared, scene.phase, scene.taken, scene.step, rows=rows, fault=fault)
    return replace(found, kind="replay")


def steps(
    prepared: Prepared, shot: Shot, moves: Mapping[int, Sequence[float]]
) -> Iterator[tuple[PhaseRun, Batch]]:
    """Yield phases and batches as the run took them from a moment on, the ends of epochs included.

    Each step must have been taken before the next is asked for. It ends with what is known.
    """
    taken, epoch = list(shot.taken), shot.epoch
    while True:
        for run in prepared.phases:
            run.begin_epoch(epoch)
        yield from _epoch(prepared, taken, epoch)
        for run in prepared.phases:
            run.end_epoch()
        if epoch not in moves:
            return
        for run, figure in zip(prepared.phases, moves[epoch], strict=True):
            run.schedule.after_epoch(figure)
        epoch += 1


def _epoch(prepared: Prepared, taken: list[int], epoch: int) -> Iterator[tuple[PhaseRun, Batch]]:
    phases, turns = prepared.phases, prepared.turns
    streams = [stream(run, taken[run.index]) for run in phases]
    for turn in range(epoch * turns.per_epoch, (epoch + 1) * turns.per_epoch):
        for run, batches in zip(phases, streams, strict=True):
            left = turns.left(run.index, turn, taken[run.index])
            for batch in islice(batches, left):
                yield run, batch
                taken[run.index] += 1


def stream(phase: PhaseRun, taken: int) -> Iterator[Batch]:
    """Yield a phase's batches without end, from how many were taken before."""
    epoch, start = divmod(taken, len(phase.batches))
    while True:
        yield from phase.epoch(epoch, start)
        epoch, start = epoch + 1, 0


def _search(
    prepared: Prepared,
    shot: Shot,
    moves: Mapping[int, Sequence[float]],
    given_up: Callable[[], bool],
) -> int | None:
    """Return how many steps behind a moment the first is that goes wrong.

    Below 0 where none does; None where looking was given up.
    """
    shot.put(prepared)
    for count, (run, batch) in enumerate(steps(prepared, shot, moves)):
        if _take(run, batch):
            return count
        if given_up():
            return None
    return -1


def _take(run: PhaseRun, batch: Batch, checked: bool = True) -> Wrong:
    """Take a step as the loop does; checked, it ends where a number is not finite."""
    total, _, _ = run.forward(*batch)
    if checked and not finite([total.detach()]):
        return "loss"
    grads = run.gradient(total, run.parameters)
    if checked and run.scaler is None and not finite(grads):
        return "gradient"
    run.apply(len(batch[0]), grads)
    return "update" if checked and not finite(run.parameters) else ""


def _scene(
    prepared: Prepared, shot: Shot, moves: Mapping[int, Sequence[float]], count: int
) -> Scene | None:
    """Return the step so many behind a moment, with the run as it was before it."""
    shot.put(prepared)
    taken = list(shot.taken)
    for number, (run, batch) in enumerate(steps(prepared, shot, moves)):
        if number == count:
            epoch = _epoch_of(prepared, shot, number)
            held = shoot(prepared, tuple(taken), epoch)
            fault = _fault(prepared, run, batch)
            held.put(prepared)
            if fault is None:
                return None
            fault = _with_samples(run, taken[run.index], fault)
            step = prepared.turns.number(run.index, taken[run.index])
            return Scene(run.index, step, held, fault)
        _take(run, batch, checked=False)
        taken[run.index] += 1
    return None


def _epoch_of(prepared: Prepared, shot: Shot, count: int) -> int:
    """Return the epoch of the step so many behind a moment."""
    per_epoch = prepared.turns.steps_per_epoch
    return (sum(shot.taken) + count) // per_epoch


def _fault(prepared: Prepared, run: PhaseRun, batch: Batch) -> Fault | None:
    """Return what goes wrong in a step; the step may be taken to find out."""
    with untouched([run.network], prepared.device):
        fault = blame(prepared, run, batch)
    if fault is None:
        _take(run, batch, checked=False)
        fault = overflown(run)
    return fault


def _with_samples(run: PhaseRun, taken: int, fault: Fault) -> Fault:
    """Return a fault with the samples that its rows are."""
    samples = run.batches.rows(*divmod(taken, len(run.batches)))
    return replace(fault, samples=tuple(int(samples[row]) for row in fault.rows))
