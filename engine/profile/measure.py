"""Where the time of a training step goes, node by node, measured on the device that trains.

Forward: the clock is read between nodes. Backward: it is read around every autograd function, and
each of those belongs to the node that made it. Steps as training takes them are timed in between,
so that the sum can be held against them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from engine.profile.meter import Meter, Saved, bytes_of
from engine.profile.stepwise import Owners, Stepwise
from engine.train import threads
from engine.train.chance import disturbed, trying
from engine.train.device import resolve_device
from engine.train.failure import Ended
from engine.train.setup import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.steps import Step
    from engine.train.phase import PhaseRun

    Batch = tuple[torch.Tensor, ...]
    Told = Callable[[str, float], None]

T = TypeVar("T")

WARM = 3
"""Steps before the clock counts."""
ROUNDS = 40
LONGEST = 4.0
"""Seconds after which a phase is measured well enough."""


@dataclass(frozen=True, slots=True)
class Row:
    """One node in a step of one phase, for the whole batch."""

    node: str
    """Path id."""
    name: str
    network: str
    """Key of the network the phase trains."""
    phase: int
    spec: str
    """Title of its entry."""
    forward: float
    """Seconds."""
    backward: float
    saved: int
    """Bytes kept for the backward."""
    flops: int
    """Of one sample, forward."""
    parameters: int

    @property
    def seconds(self) -> float:
        """Return forward and backward together."""
        return self.forward + self.backward


@dataclass(frozen=True, slots=True)
class PhaseTimes:
    """A step of one phase as a whole."""

    name: str
    network: str
    samples: int
    update: float
    """Seconds of the update: penalties, clipping, optimizer."""
    step: float
    """Seconds of a step without a clock inside."""
    steps: int
    """How many were timed."""
    memory: int
    """Bytes held at most, weights and optimizer included."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured."""

    rows: tuple[Row, ...]
    phases: tuple[PhaseTimes, ...]
    device: str
    threads: int

    @property
    def added(self) -> float:
        """Return what all nodes and updates add up to, in seconds."""
        return sum(row.seconds for row in self.rows) + sum(p.update for p in self.phases)

    @property
    def step(self) -> float:
        """Return the time of a step of every phase, in seconds."""
        return sum(phase.step for phase in self.phases)

    @property
    def memory(self) -> int:
        """Return the bytes held at most in any phase."""
        return max((phase.memory for phase in self.phases), default=0)

    def words(self) -> str:
        """Return how the sum compares with a step that nobody looks at."""
        share = self.added / self.step - 1 if self.step else 0.0
        more = "more" if share >= 0 else "less: the rest lies between them"
        return (
            f"The nodes and the update add up to {_time(self.added)}; a step as training takes it "
            f"is {_time(self.step)}, so the sum is {abs(share):.0%} {more}."
        )


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def profile(
    project: Project,
    data: Dataset,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    told: Told = lambda _text, _share: None,
    longest: float = LONGEST,
) -> Profile:
    """Return what each node costs, on copies of the networks with their first weights.

    Raises
    ------
    TrainingError, ValueError
        The project cannot be trained, or a run is under way.
    Ended
        The user gave up waiting, or a run begins.
    """
    count = project.training.threads or threads.default_threads()
    device = resolve_device(project.training.device)
    rows: list[Row] = []
    phases: list[PhaseTimes] = []
    state: list[int] = []

    def stopped() -> bool:
        return cancelled() or disturbed()

    with trying(device), threads.prepared(count):
        prepared = prepare(project.with_training(watch=False), data)
        for run in prepared.phases:
            place = run.index / len(prepared.phases)
            told(f"Measuring {run.phase.name}", place)
            bench = _Bench(run, prepared.root, stopped)
            rows += bench.rows(longest / len(prepared.phases), prepared.precision.wrap)
            phases.append(bench.times())
            state.append(bench.state)
    every = sum(state)
    phases = [
        replace(phase, memory=phase.memory + every - mine)
        for phase, mine in zip(phases, state, strict=True)
    ]
    return Profile(tuple(rows), tuple(phases), str(device), count)


class _Clock:
    """Reads the time of a device: the processor's own, or marks in a GPU's stream."""

    def __init__(self, device: torch.device) -> None:
        self._stream = device.type == "cuda"

    def now(self) -> Any:
        """Return a mark."""
        if not self._stream:
            return time.perf_counter()
        mark = torch.cuda.Event(enable_timing=True)
        mark.record()
        return mark

    def wait(self) -> None:
        """Wait until all marks are reached."""
        if self._stream:
            torch.cuda.synchronize()

    def between(self, first: Any, second: Any) -> float:
        """Return the seconds between two marks that are reached."""
        return first.elapsed_time(second) / 1e3 if self._stream else second - first


@dataclass(frozen=True, slots=True)
class _Taken:
    """A step with a clock inside: seconds of each node there and back, and of the whole."""

    there: dict[int, float]
    back: dict[int, float]
    update: float
    whole: float


def _quietest(taken: list[T], seconds: list[float]) -> list[T]:
    """Return the faster half of some steps: those in which the machine did least beside.

    Means of whole steps add up, as medians of each node would not.
    """
    order = sorted(range(len(taken)), key=seconds.__getitem__)
    return [taken[n] for n in order[: max(len(order) // 2, 1)]]


class _Bench:
    """Takes steps of one phase, with and without the clock."""

    def __init__(self, run: PhaseRun, root: torch.nn.Module, stopped: Callable[[], bool]) -> None:
        self.run = run
        self._root = root
        self._stopped = stopped
        self.stepwise = Stepwise(run.network)
        self.device = run.parameters[0].device
        self.clock = _Clock(self.device)
        self._plain: list[float] = []
        self._update = 0.0
        self._batches = [run.batches.at(0, n) for n in range(min(len(run.batches.sizes), 4))]
        self._batches = [b for b in self._batches if len(b[0]) == len(self._batches[0][0])]
        self.memory = self.state = 0
        self.saved = Saved(())

    def rows(self, longest: float, wrap: Callable[..., Any]) -> list[Row]:
        """Measure; return a row for each node."""
        for number in range(WARM):
            self._step(self._batches[number % len(self._batches)])
        self._weigh(wrap)
        taken: list[_Taken] = []
        end = time.perf_counter() + longest
        for number in range(ROUNDS):
            if self._stopped():
                raise Ended
            batch = self._batches[number % len(self._batches)]
            self._plain.append(self._timed(batch))
            taken.append(self._clocked(batch, wrap))
            if time.perf_counter() > end and number >= 2:
                break
        taken = _quietest(taken, [t.whole for t in taken])
        self._plain = _quietest(self._plain, self._plain)
        self._update = fmean(t.update for t in taken)
        return [
            self._row(
                place,
                step,
                fmean(t.there.get(place, 0.0) for t in taken),
                fmean(t.back.get(place, 0.0) for t in taken),
            )
            for place, step in enumerate(self.stepwise.steps)
        ]

    def times(self) -> PhaseTimes:
        """Return what a step took as a whole."""
        run = self.run
        return PhaseTimes(
            run.phase.name,
            run.phase.network,
            len(self._batches[0][0]),
            self._update,
            fmean(self._plain),
            len(self._plain),
            self.memory,
        )

    def _row(self, place: int, step: Step, forward: float, backward: float) -> Row:
        run = self.run
        return Row(
            step.path,
            step.title,
            run.phase.network,
            run.index,
            step.spec.title,
            forward,
            backward,
            self.saved.bytes.get(place, 0),
            step.info.flops,
            sum(p.numel() for _, p in run.network.node_parameters.get(step.path, ())),
        )

    # -- steps

    def _step(self, batch: Batch) -> None:
        """Take a step as training does."""
        run = self.run
        total, _, _ = run.forward(*batch)
        self._apply(run.gradient(total, run.parameters))

    def _apply(self, grads: Sequence[torch.Tensor]) -> None:
        run = self.run
        if not run.sizes:
            run.sizes.add(len(self._batches[0][0]))
            run.check_layout(grads)
        if run.mend:
            grads = run.mended(grads)
        if run.adjust is not None:
            run.adjust(grads)
        run.update(grads)
        if run.after_step is not None:
            run.after_step()

    def _timed(self, batch: Batch) -> float:
        clock = self.clock
        clock.wait()
        begin = clock.now()
        self._step(batch)
        end = clock.now()
        clock.wait()
        return clock.between(begin, end)

    def _clocked(self, batch: Batch, wrap: Callable[..., Any]) -> _Taken:
        """Take a step with a clock inside."""
        clock, owners, stepwise = self.clock, Owners(), self.stepwise
        there: list[tuple[int, Any, Any]] = []
        back: list[tuple[int, Any, Any]] = []
        begun: list[Any] = [None]

        def before(_: int) -> None:
            begun[0] = clock.now()

        def after(place: int, scope: dict[str, Any]) -> None:
            there.append((place, begun[0], clock.now()))
            owners.claim(place, stepwise.outputs(place, scope))

        def begin(*_: object) -> None:
            begun[0] = clock.now()

        def end(place: int, *_: object) -> None:
            back.append((place, begun[0], clock.now()))

        def forward(*fields: torch.Tensor) -> Any:
            return stepwise.run(fields, before, after).total * self.run.phase.weight

        start = clock.now()
        total: torch.Tensor = wrap(forward)(*batch)
        for place, functions in owners.functions.items():
            for function in functions:
                function.register_prehook(begin)
                function.register_hook(partial(end, place))
        owners.functions.clear()
        grads = self.run.gradient(total, self.run.parameters)
        first = clock.now()
        self._apply(grads)
        last = clock.now()
        clock.wait()
        return _Taken(
            self._sums(there),
            self._sums(back),
            clock.between(first, last),
            clock.between(start, last),
        )

    def _sums(self, marks: Iterable[tuple[int, Any, Any]]) -> dict[int, float]:
        found: dict[int, float] = {}
        for place, begin, end in marks:
            found[place] = found.get(place, 0.0) + self.clock.between(begin, end)
        return found

    def _weigh(self, wrap: Callable[..., Any]) -> None:
        """Take a step that counts what is held: by the allocator of a GPU, else by tensors."""
        run, batch, stepwise = self.run, self._batches[0], self.stepwise
        state = [
            value
            for held in run.stepper.optimizer.state.values()
            for value in held.values()
            if isinstance(value, torch.Tensor)
        ]
        fixed = [*self._root.parameters(), *self._root.buffers(), *batch]
        self.saved = Saved(fixed)
        self.state = bytes_of(state)

        def before(place: int) -> None:
            self.saved.at = place

        def forward(*fields: torch.Tensor) -> Any:
            return stepwise.run(fields, before)

        with self.saved.hooks():
            wrap(forward)(*batch)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats(self.device)
            self._step(batch)
            torch.cuda.synchronize()
            self.memory = torch.cuda.max_memory_allocated(self.device)
            return
        meter = Meter([*fixed, *state])
        with meter:
            self._step(batch)
        self.memory = bytes_of([*fixed, *state]) + meter.peak
