"""The loop that takes steps: tight between two looks, everything else in the looks between.

A look (`_attend`) takes one step too, watched if a sample is due, and then obeys commands, reads
losses out and draws. Between looks a step is forward, gradients, update, and a loss put away.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.monitor.ring import LossRing
from engine.monitor.sampler import RATE
from engine.train.events import Activations, Norms, StateChanged, Steps
from engine.train.failure import non_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.monitor.probe import Sample
    from engine.monitor.sampler import Sampler
    from engine.train.boundary import Plane
    from engine.train.control import Control
    from engine.train.events import Event
    from engine.train.phase import PhaseRun

    Batch = tuple[torch.Tensor, ...]
    Keep = Callable[[Sequence[torch.Tensor], Batch], None]

clock = time.perf_counter

BOUNDARY_PERIOD = 0.25


class Loop:
    """Takes the steps of a run and tells about them.

    Parameters
    ----------
    phases
        What to train; the first one's losses are told.
    device
        Where it runs.
    emit
        Called with every event.
    control
        Where commands arrive.
    sampler
        Keeps watching within its budget.
    total_steps
        Steps of the first phase in the whole run, for the time left.
    """

    def __init__(
        self,
        phases: Sequence[PhaseRun],
        device: torch.device,
        emit: Callable[[Event], None],
        control: Control,
        sampler: Sampler,
        total_steps: int,
    ) -> None:
        self.phases = phases
        self.control = control
        self.sampler = sampler
        self.total_steps = total_steps
        self.plane: Plane | None = None
        self.keep: Keep | None = None
        self.steps = 0
        """Steps of the first phase whose losses were read out."""
        self.epoch_losses: list[np.ndarray] = []
        self.paused = False
        self.on_command: Callable[[str, object], None] = lambda _path, _value: None
        self._emit = emit
        self._rings = {id(phase): LossRing(device) for phase in phases}
        self._stepping = 0
        self._deadline = self._read_at = self._boundary_at = 0.0
        self._waiting: list[tuple[int, PhaseRun, Callable[[], Sample | None]]] = []
        self._begun = self._last_read = clock()
        self.idle = 0.0

    @property
    def seconds(self) -> float:
        """Return the time since the start, pauses left out."""
        return clock() - self._begun - self.idle

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
        keep = self.keep if phase is self.phases[0] else None
        put, now = self._rings[id(phase)].put, clock
        deadline = 0.0 if new_size else self._deadline
        for batch in batches:
            if commands or now() >= deadline:
                deadline = self._attend(phase, batch)
                update = phase.update
                if control.ending:
                    break
                continue
            total, _, predictions = forward(*batch)
            grads = gradient(total, parameters)
            if mend:
                grads = mended(grads)
            if adjust is not None:
                adjust(grads)
            update(grads)
            if after_step is not None:
                after_step()
            del grads  # freed before the next forward wants memory
            put(total)
            if keep is not None:
                keep(predictions, batch)
        self._deadline = deadline

    def _attend(self, phase: PhaseRun, batch: Batch) -> float:
        """Take one step with all that is due around it; return when to look again."""
        self.obey()
        if self.control.ending:
            return 0.0
        now = clock()
        watched = self.sampler.on and (self._stepping > 0 or now >= self.sampler.due)
        if watched and phase is self.phases[0]:
            self.sampler.sampled(self._watched(phase, batch), clock())
        else:
            self._plain(phase, batch)
        self._deliver()
        if now >= self._read_at or self._stepping:
            begin = clock()
            self.read_out(phase, batch)
            end = clock()
            self.sampler.charge(end - begin, end)
            self._draw(end)
        if self._stepping:
            self._stepping -= 1
            self.paused = self._stepping == 0
        return 0.0 if self._stepping or self.paused else min(self.sampler.due, self._read_at)

    def _plain(self, phase: PhaseRun, batch: Batch) -> None:
        total, _, predictions = phase.forward(*batch)
        self._apply(phase, batch, phase.gradient(total, phase.parameters))
        self._put(phase, batch, total, predictions)

    def _watched(self, phase: PhaseRun, batch: Batch) -> float:
        """Take a step and a sample of it; return the seconds the sample cost."""
        probe, step = phase.probe, self.steps + len(self._rings[id(phase)])
        total, _, predictions, taps = phase.tapped(*batch)
        begin = clock()
        probe.capture(taps)
        cost = clock() - begin
        del taps
        grads = phase.gradient(total, phase.parameters)
        begin = clock()
        probe.before(grads)
        cost += clock() - begin
        self._apply(phase, batch, grads)
        begin = clock()
        self._waiting.append((step, phase, probe.after()))
        cost += clock() - begin
        self._put(phase, batch, total, predictions)
        return cost

    def _apply(self, phase: PhaseRun, batch: Batch, grads: Sequence[torch.Tensor]) -> None:
        if len(batch[0]) not in phase.sizes:
            phase.sizes.add(len(batch[0]))
            phase.check_layout(grads)
        if phase.mend:
            grads = phase.mended(grads)
        if phase.adjust is not None:
            phase.adjust(grads)
        phase.update(grads)
        if phase.after_step is not None:
            phase.after_step()

    def _put(
        self,
        phase: PhaseRun,
        batch: Batch,
        total: torch.Tensor,
        predictions: Sequence[torch.Tensor],
    ) -> None:
        self._rings[id(phase)].put(total)
        if self.keep is not None and phase is self.phases[0]:
            self.keep(predictions, batch)

    def _deliver(self) -> None:
        """Tell the samples that have arrived from the device."""
        begin = clock()
        left: list[tuple[int, PhaseRun, Callable[[], Sample | None]]] = []
        for step, phase, fetch in self._waiting:
            sample = fetch()
            if sample is None:
                left.append((step, phase, fetch))
                continue
            s = sample
            self._emit(Norms(step, phase.nodes, s.grad, s.weight, s.update, s.total_grad))
            nodes = tuple(tap.node for tap in phase.network.taps)
            if nodes:
                self._emit(
                    Activations(step, nodes, s.mean, s.std, s.zeros, s.low, s.high, s.histogram)
                )
        if len(left) < len(self._waiting):
            now = clock()
            self.sampler.charge(now - begin, now)
        self._waiting = left

    def read_out(self, phase: PhaseRun | None = None, batch: Batch | None = None) -> None:
        """Fetch the losses put away, check that they are finite, and tell them.

        Raises
        ------
        TrainingError
            A loss is not finite; names the node at fault.
        """
        begin = clock()
        first = self.phases[0]
        losses = self._rings[id(first)].take()
        others = [(p, self._rings[id(p)].take()) for p in self.phases[1:]]
        for run, values in ((first, losses), *others):
            if len(values) and not np.isfinite(values).all():
                self._tell(losses, begin)
                at = self.steps - len(losses) if run is first else self.steps
                bad = int(np.flatnonzero(~np.isfinite(values))[0])
                shown = batch if batch is not None and run is phase else run.batches.at(0, 0)
                raise non_finite(run.network, run.graph, shown, at + bad, run.lr)
        if len(losses):
            self._tell(losses, begin)
        self._read_at = clock() + 1 / RATE

    def _tell(self, losses: np.ndarray, now: float) -> None:
        first, phase = self.steps, self.phases[0]
        self.steps += len(losses)
        self.epoch_losses.append(losses)
        speed = len(losses) * phase.batch_size / max(now - self._last_read, 1e-9)
        self._last_read = now
        seconds = self.seconds
        eta = None
        if seconds > 0.5 and self.total_steps >= self.steps:
            eta = seconds / max(self.steps, 1) * (self.total_steps - self.steps)
        self._emit(Steps(first, losses, phase.lr, speed, eta, self.watch_share))

    def _draw(self, now: float) -> None:
        if self.plane is None or not self.sampler.on or now < self._boundary_at:
            return
        begin = clock()
        self._emit(self.plane.draw())
        end = clock()
        cost = end - begin
        self.sampler.charge(cost, end)
        self._boundary_at = end + max(BOUNDARY_PERIOD, 2 * cost / self.sampler.share)

    def obey(self) -> None:
        """Carry out the commands that have arrived; stay here while the run is paused."""
        commands = self.control.commands
        if self.paused:
            self._pause()
        while commands and not self.control.ending:
            name, *arguments = commands.popleft()
            _COMMANDS[name](self, *arguments)

    def _set(self, path: str, value: object) -> None:
        self.on_command(path, value)

    def _nothing(self) -> None:
        """Do nothing: the control itself knows that the run is to end."""

    def _on_pause(self) -> None:
        if not self.paused:
            self.paused, self._stepping = True, 0
            self._pause()

    def _on_resume(self) -> None:
        self.paused, self._stepping = False, 0

    def _on_step(self, count: int) -> None:
        self.paused, self._stepping = False, count

    def _pause(self) -> None:
        """Say that the run is paused and wait until it no longer is."""
        self.read_out()
        begin = clock()
        self._emit(StateChanged("paused"))
        while self.paused and not self.control.ending:
            self.control.wait(0.5)
            while self.control.commands and self.paused and not self.control.ending:
                name, *arguments = self.control.commands.popleft()
                _COMMANDS[name](self, *arguments)
        self.idle += clock() - begin
        self._last_read = clock()
        if not self.control.ending:
            self._emit(StateChanged("running"))

    def end_epoch(self, batch_sizes: np.ndarray) -> float:
        """Read out what is left and return the epoch's mean loss over its samples."""
        self.read_out()
        self._deliver()
        losses = np.concatenate([np.zeros(0, np.float32), *self.epoch_losses])
        self.epoch_losses.clear()
        if not len(losses):
            return float("nan")
        sizes = batch_sizes[: len(losses)].tolist()
        total = sum(loss * size for loss, size in zip(losses.tolist(), sizes, strict=False))
        return total / sum(sizes[: len(losses)])

    def finish(self) -> None:
        """Wait for the samples still on the device, and draw the last picture."""
        if self._waiting and self._waiting[0][1].parameters[0].is_cuda:
            torch.cuda.synchronize()
        self._deliver()
        if self.plane is not None and self.sampler.on:
            self._emit(self.plane.draw())


_COMMANDS: dict[str, Callable[..., None]] = {
    "pause": Loop._on_pause,  # pyright: ignore[reportPrivateUsage]
    "resume": Loop._on_resume,  # pyright: ignore[reportPrivateUsage]
    "step": Loop._on_step,  # pyright: ignore[reportPrivateUsage]
    "set": Loop._set,  # pyright: ignore[reportPrivateUsage]
    "stop": Loop._nothing,  # pyright: ignore[reportPrivateUsage]
    "quit": Loop._nothing,  # pyright: ignore[reportPrivateUsage]
}
