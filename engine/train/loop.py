"""The loop that takes steps: tight between two looks, everything else in the looks between.

A look (`_attend`) takes one step too, watched if a sample is due, and then obeys commands, reads
losses out and draws. Between looks a step is forward, gradients, update, and a loss put away.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import torch

from engine.monitor.sampler import RATE
from engine.train.device import held_at_most
from engine.train.events import Activations, Norms, Spread, Steps
from engine.train.failure import TrainingError, non_finite
from engine.train.ledger import Ledger
from engine.train.steering import Steering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.monitor.probe import Sample
    from engine.monitor.sampler import Sampler
    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.ledger import Chunk
    from engine.train.painter import Painter
    from engine.train.phase import PhaseRun
    from engine.train.turns import Turns

    Batch = tuple[torch.Tensor, ...]
    Waiting = tuple[int, PhaseRun, Callable[[], Sample | None], torch.Tensor | None]
    Keep = Callable[[Sequence[torch.Tensor], Batch], None]

clock = time.perf_counter

READ_LATEST = 0.2
"""Seconds after which losses are told, whatever reading them costs."""
PICTURE_PERIOD = 0.25


class Loop:
    """Takes the steps of a run and tells about them.

    Parameters
    ----------
    phases
        What to train.
    device
        Where it runs.
    emit
        Called with every event.
    control
        Where commands arrive.
    sampler
        Keeps watching within its budget.
    turns
        How the steps of several phases are numbered.
    total_steps
        Steps of all phases in the whole run, for the time left.
    """

    def __init__(
        self,
        phases: Sequence[PhaseRun],
        device: torch.device,
        emit: Callable[[Event], None],
        control: Control,
        sampler: Sampler,
        turns: Turns,
        total_steps: int,
    ) -> None:
        self.control = control
        self.sampler = sampler
        self.total_steps = total_steps
        self.painters: list[Painter] = []
        self.keep: Keep | None = None
        """Called with the predictions and the batch of every step of the first phase."""
        self.changed = False
        """The networks are others now; what runs must begin again with the phases of now."""
        self.on_look: Callable[[], None] = lambda: None
        """Called now and then between two steps, when all losses are read."""
        self._emit = emit
        self.ledger = Ledger(phases, device, turns)
        self.steering = Steering(control, emit, self.read_out, self._taken)
        self.steering.per_epoch = turns.steps_per_epoch
        self._deadline = self._read_at = 0.0
        self._waiting: list[Waiting] = []
        self._begun = self._last_read = clock()
        self.earlier = 0.0
        self.film: Callable[[float], None] = lambda _now: None
        """Called at looks, between two steps, to keep the moment."""
        self.on_odd: Callable[[], None] = lambda: None
        """Called when a sampled gradient is not finite."""
        self.on_bad: Callable[[Chunk], TrainingError] = not_finite
        """Says of losses that are not finite what ends the run."""
        self.coming = 0
        """The place of the phase that takes the next step."""
        self.take_on(phases)

    def take_on(self, phases: Sequence[PhaseRun]) -> None:
        """Go on with other networks; what was counted goes on too."""
        self.phases = phases
        self.ledger.take_on(phases)
        self._owed: set[int] = set()
        self._waiting.clear()
        self.changed = True

    @property
    def seconds(self) -> float:
        """Return the time that was trained for, pauses left out."""
        return self.earlier + clock() - self._begun - self.steering.idle

    def _taken(self) -> int:
        return sum(self.ledger.taken(phase.index) for phase in self.phases)

    @property
    def watch_share(self) -> float:
        """Return the share of the time that watching took."""
        return self.sampler.spent / max(self.seconds, 1e-9)

    def run(self, phase: PhaseRun, batches: Iterable[Batch], new_size: bool = False) -> None:
        """Take a step of a phase with every batch.

        `new_size` makes the first one a look, for batches of a size not met before.
        """
        commands, control = self.control.commands, self.control
        forward, gradient, parameters = phase.forward, phase.gradient, phase.parameters
        adjust, update, after_step = phase.adjust, phase.update, phase.after_step
        mend, mended = phase.mend, phase.mended
        keep = self.keep if phase.index == 0 else None
        put, now = self.ledger.rings[phase.index].put, clock
        deadline = 0.0 if new_size else self._deadline
        self.changed = False
        for batch in self.steering.counted(batches):
            if commands or now() >= deadline:
                deadline = self._attend(phase, batch)
                # A command may have changed any of them.
                adjust, update, after_step = phase.adjust, phase.update, phase.after_step
                if control.ending or self.changed:
                    break
                continue
            total, losses, predictions = forward(*batch)
            grads = gradient(total, parameters)
            if mend:
                grads = mended(grads)
            if adjust is not None:
                adjust(grads)
            update(grads)
            if after_step is not None:
                after_step()
            del grads  # freed before the next forward wants memory
            put(total, losses)
            if keep is not None:
                keep(predictions, batch)
        self._deadline = deadline

    def _attend(self, phase: PhaseRun, batch: Batch) -> float:
        """Take one step with all that is due around it; return when to look again."""
        steering, self.coming = self.steering, phase.index
        self._obey()
        if self.control.ending or self.changed:
            return 0.0
        self.film(clock())
        now = clock()
        if self._wanted(phase, now):
            self.sampler.sampled(self._watched(phase, batch), clock())
        else:
            self._plain(phase, batch)
        self._deliver()
        if now >= self._read_at or steering.stepping:
            begin = clock()
            self.read_out()
            end = clock()
            self.sampler.charge(end - begin, end)
            self._read_at = end + self._pause_after(end - begin)
            self._draw(end)
            self.on_look()
        if steering.stepping:
            steering.stepping -= 1
            steering.paused = steering.stepping == 0
        if steering.stepping or steering.paused or self._owed:
            return 0.0
        return min(self.sampler.due, self._read_at)

    def _pause_after(self, cost: float) -> float:
        """Return how long to wait before losses are read again: at most half of the budget."""
        return min(READ_LATEST, max(1 / RATE, 2 * cost / self.sampler.share))

    def _wanted(self, phase: PhaseRun, now: float) -> bool:
        """Return whether to watch a step. When a sample is due, every phase owes one."""
        if not self.sampler.on:
            self._owed.clear()
            return False
        if not self._owed and now >= self.sampler.due:
            self._owed = {each.index for each in self.phases}
        owed = phase.index in self._owed
        self._owed.discard(phase.index)
        return owed or self.steering.stepping > 0

    def _plain(self, phase: PhaseRun, batch: Batch) -> None:
        total, losses, predictions = phase.forward(*batch)
        phase.apply(len(batch[0]), phase.gradient(total, phase.parameters))
        self._put(phase, batch, (total, losses, predictions))

    def _watched(self, phase: PhaseRun, batch: Batch) -> float:
        """Take a step and a sample of it; return the seconds the sample cost."""
        probe, step = phase.probe, self.ledger.number(phase.index)
        total, losses, predictions, taps = phase.tapped(*batch)
        begin = clock()
        probe.capture(taps)
        cost = clock() - begin
        del taps
        grads = phase.gradient(total, phase.parameters)
        begin = clock()
        probe.before(grads)
        cost += clock() - begin
        treated = phase.apply(len(batch[0]), grads, measured=True)
        begin = clock()
        self._waiting.append((step, phase, probe.after(), treated))
        cost += clock() - begin
        self._put(phase, batch, (total, losses, predictions))
        return cost

    def _put(
        self,
        phase: PhaseRun,
        batch: Batch,
        found: tuple[torch.Tensor, Sequence[torch.Tensor], Sequence[torch.Tensor]],
    ) -> None:
        total, losses, predictions = found
        self.ledger.rings[phase.index].put(total, losses)
        if self.keep is not None and phase.index == 0:
            self.keep(predictions, batch)

    def _deliver(self) -> None:
        """Tell the samples that have arrived from the device."""
        begin, steering = clock(), self.steering
        left: list[Waiting] = []
        for step, phase, fetch, treated in self._waiting:
            s = fetch()
            if s is None:
                left.append((step, phase, fetch, treated))
                continue
            k = phase.index
            norms = s.grad, s.weight, s.update, s.total_grad
            after = None if treated is None else treated.item()
            self._emit(Norms(step, phase.nodes, *norms, k, after))
            steering.halt(steering.stops.gradient_reason(step, s.total_grad))
            if not math.isfinite(s.total_grad):
                self.on_odd()
            for name, found in s.spreads.items():
                self._emit(Spread(step, name, phase.nodes, *found, k))
            if phase.taps:
                figures = (s.mean, s.std, s.zeros, s.low, s.high, s.histogram)
                self._emit(Activations(step, phase.taps, *figures, k))
        if len(left) < len(self._waiting):
            now = clock()
            self.sampler.charge(now - begin, now)
        self._waiting = left

    def read_out(self) -> None:
        """Fetch the losses put away, check that they are finite, and tell them.

        Raises
        ------
        TrainingError
            A loss is not finite; names the node at fault.
        """
        begin = clock()
        found = self.ledger.read()
        for chunk in found:
            self._tell(chunk, begin)
            reason = self.steering.stops.loss_reason(chunk.first, chunk.stride, chunk.totals)
            self.steering.halt(reason)
            if chunk.bad is not None:
                raise self.on_bad(chunk)
        if found:
            self._last_read = begin
        self._read_at = clock() + 1 / RATE

    def _tell(self, chunk: Chunk, now: float) -> None:
        phase, steps = chunk.phase, self.ledger.steps
        speed = len(chunk.totals) * phase.batch_size / max(now - self._last_read, 1e-9)
        seconds = self.seconds
        eta = None
        if seconds > 0.5 and self.total_steps >= steps:
            eta = seconds / max(steps, 1) * (self.total_steps - steps)
        self._emit(
            Steps(
                chunk.first,
                chunk.totals,
                phase.lr,
                speed,
                eta,
                self.watch_share,
                chunk.stride,
                phase.index,
                chunk.losses,
                held_at_most(phase.parameters[0].device),
            )
        )

    def _draw(self, now: float) -> None:
        """Draw one picture, if one is due. What it costs is charged like any watching.

        The first of each kind is dear, as everything is new: it is told but pushes nothing away.
        """
        for painter in self.painters:
            if self.sampler.on and now >= painter.due:
                begin = clock()
                for event in painter.draw(max(self.ledger.steps - 1, 0)):
                    self._emit(event)
                end = clock()
                if not painter.due:
                    self.sampler.spent += end - begin
                    painter.due = end + PICTURE_PERIOD
                    return
                self.sampler.charge(end - begin, end)
                rest = (1 + len(self.painters)) * (end - begin) / self.sampler.share
                painter.due = end + max(PICTURE_PERIOD, rest)
                return

    def _obey(self) -> None:
        """Carry out the commands that have arrived; rest here while the run is paused."""
        steering, before = self.steering, self.steering.idle
        steering.obey()
        self.changed = self.changed or steering.turned
        steering.turned = False
        if steering.idle > before:
            self._last_read = clock()

    def end_epoch(self) -> list[dict[str, float]]:
        """Read out what is left and return each phase's mean losses over the epoch's samples."""
        self.read_out()
        self._deliver()
        return self.ledger.end_epoch()

    def finish(self) -> None:
        """Wait for the samples still on the device, and draw the last pictures."""
        if self._waiting and self._waiting[0][1].parameters[0].is_cuda:
            torch.cuda.synchronize()
        self._deliver()
        for painter in self.painters if self.sampler.on else ():
            for event in painter.draw(max(self.ledger.steps - 1, 0), last=True):
                self._emit(event)


def not_finite(chunk: Chunk) -> TrainingError:
    """Return what can be told of losses that are not finite, with the weights of now."""
    assert chunk.bad is not None
    run = chunk.phase
    batch = run.batches.at(*divmod(chunk.before_bad, len(run.batches)))
    return non_finite(run.network, run.phase.network, batch, chunk.bad, run.lr)
