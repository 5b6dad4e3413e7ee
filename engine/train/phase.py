"""One phase ready to run: its network, parameters, gradients' treatment, optimizer and batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.catalog import registry
from engine.data.batches import Batches
from engine.monitor.probe import Probe, owners
from engine.train.carrying import forget
from engine.train.closure import Closure
from engine.train.optimizers import Stepper, begin_state, factor_of, make_optimizer, set_lr
from engine.train.schedules import Schedule
from engine.train.treatment import Largest, Treatment, both
from engine.train.trial import trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Phase, Project, Training
    from engine.train.device import Precision

    Gradients = Sequence[torch.Tensor]

_LATER = {"momentum": "momentum_buffer", "centered": "grad_avg", "amsgrad": "max_exp_avg_sq"}
"""Settings of optimizers -> what they keep of a parameter only where that is not off."""


def batch_size(training: Training, samples: int) -> int:
    """Return how many of so many samples a batch holds."""
    return {"mini": min(training.batch_size, samples), "one": 1, "all": samples}[training.batch]


class PhaseRun:
    """What one phase does in a step.

    `forward`, `tapped`, `gradient`, `parameters`, `adjust`, `update` and `after_step` are what the
    loop binds to local names; the other members serve it between steps.
    """

    def __init__(
        self,
        phase: Phase,
        project: Project,
        network: Network,
        data: Dataset,
        precision: Precision,
        turns: int | None = None,
        index: int = 0,
    ) -> None:
        training = project.training
        self.phase = phase
        self._project = project
        self.index = index
        """The place of the phase in the list."""
        self.network = network
        self.taps = tuple(tap.node for tap in network.taps)
        self.losses = tuple(loss.name for loss in network.losses)
        self._precision = precision
        self.forward = self.like_forward(network.train_forward)
        self.tapped = self.like_forward(network.tapped_forward)
        part = data.parts[phase.split]
        samples = data.sizes[phase.split]
        self.batch_size = batch_size(training, samples)
        self.batches = Batches(
            part, network.fields, self.batch_size, training.seed, carried=bool(network.carrying)
        )
        trained, shapes = trial(phase, network, data)
        self.parameters: list[torch.Tensor] = [*trained]
        self.outputs = [math.prod(shape) for shape in shapes]
        """Numbers in each prediction of one sample."""
        treatment = Treatment(phase, project, network, self.parameters)
        optimizer = make_optimizer(
            phase.optimizer, self.parameters, treatment.factors, not phase.decay_biases
        )
        self._per_epoch = steps = len(self.batches) if turns is None else turns * phase.steps
        self.schedule = Schedule(
            phase.schedule, optimizer, training.epochs, training.epochs * steps, phase
        )
        self.scaler = precision.scaler
        self.gradient = torch.autograd.grad if self.scaler is None else self._scaled_gradient
        self.largest = Largest() if training.tolerance is not None else None
        self.treat = treatment.adjustment()
        self.adjust = both(self.largest.see if self.largest else None, self.treat)
        self._limit = treatment.limits()
        self.average = treatment.average()
        self._averages = False
        """Whether every step counts for the average."""
        self._after = self._following()
        self.after_step = _in_turn(self._after)
        closure = Closure(self) if registry.optimizer(phase.optimizer.id).closure else None
        self.stepper = Stepper(optimizer, self.parameters, closure=closure)
        self.sizes: set[int] = set()
        self.mend: list[int] = []
        """Places of gradients whose memory layout is not their parameter's."""
        held, self.shared = _holders(network)
        self.nodes, rows = owners(self.parameters, held)
        self.probe = Probe(len(network.taps), self.parameters, rows, len(self.nodes))
        groups = optimizer.param_groups
        self._settings = next((g for g in groups if factor_of(g) == 1), groups[0])
        if training.watch:
            self.probe.warm()

    @property
    def update(self) -> Callable[[Sequence[torch.Tensor]], None]:
        """Return the function that takes a step with gradients."""
        return self._scaled if self.scaler is not None else self.stepper.step

    @property
    def lr(self) -> float:
        """Return the learning rate of now."""
        return float(self._settings["lr"]) / (factor_of(self._settings) or 1.0)

    def like_forward(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """Return a forward of the network as the phase runs it: in its precision and weighted."""
        return self._precision.wrap(_weighted(forward, self.phase.weight))

    @property
    def loss_scale(self) -> float:
        """Return what gradients are multiplied by on their way back, so that float16 holds them."""
        return float(self.scaler.get_scale()) if self.scaler is not None else 1.0

    def plain_gradient(self, total: torch.Tensor) -> Gradients:
        """Return the gradients of a loss and note nothing anywhere."""
        scale = self.loss_scale
        if scale == 1:
            return torch.autograd.grad(total, self.parameters)
        return [grad / scale for grad in torch.autograd.grad(total * scale, self.parameters)]

    def sizes_of(self, first: int, count: int) -> list[int]:
        """Return how many samples so many steps take, from how many were taken before."""
        sizes = self.batches.sizes
        return [sizes[place % len(sizes)] for place in range(first, first + count)]

    def epoch(self, epoch: int, start: int) -> Iterator[tuple[torch.Tensor, ...]]:
        """Return the batches of an epoch; at its beginning no state is carried."""
        if not start:
            forget(self.network.carrying)
        return self.batches.epoch(epoch, start)

    def check_layout(self, grads: Gradients) -> None:
        """Note which gradients must be copied before a kernel may run over them in memory order.

        A gradient that shares its memory with another, or lies in another order than its
        parameter, would give wrong results. Asked once for every size of batch.
        """
        seen: set[int] = set()
        for place, (parameter, grad) in enumerate(zip(self.parameters, grads, strict=True)):
            pointer = grad.data_ptr()
            if grad.stride() != parameter.stride() or pointer in seen:
                self.mend[:] = sorted({*self.mend, place})
            seen.add(pointer)

    def mended(self, grads: Sequence[torch.Tensor]) -> Gradients:
        """Return the gradients, each in the memory layout of its parameter."""
        fixed = list(grads)
        for place in self.mend:
            fixed[place] = torch.empty_like(self.parameters[place]).copy_(fixed[place])
        return fixed

    def apply(self, size: int, grads: Gradients, measured: bool = False) -> torch.Tensor | None:
        """Move the weights by the gradients of a batch, as every step does.

        Returns the gradients' norm after treatment, if that is asked for.
        """
        treated = None
        if size not in self.sizes:
            self.sizes.add(size)
            self.check_layout(grads)
        if self.mend:
            grads = self.mended(grads)
        if self.adjust is not None:
            self.adjust(grads)
            if measured and self.treat is not None:
                treated = torch.nn.utils.get_total_norm(grads)
        self.update(grads)
        if self.after_step is not None:
            self.after_step()
        return treated

    def set(self, name: str, value: float) -> None:
        """Change a setting of the optimizer while it runs."""
        if name == "lr":
            set_lr(self.stepper.optimizer, self.schedule, value)
            return
        held = [g for g in self.stepper.groups if isinstance(g.get(name), int | float)]
        if not held or name == "factor":
            raise ValueError(f"The optimizer {self.phase.optimizer.id!r} has no number {name!r}.")
        for group in held:
            if name != "weight_decay" or not self._spared(group):
                # A switch stays a switch and a whole number whole.
                group[name] = type(group[name])(value) if float(value).is_integer() else value
        if value and name in _LATER:
            begin_state(self.stepper.optimizer, _LATER[name])
        self.stepper.refresh()

    def treat_anew(self, changes: dict[str, float | None]) -> None:
        """Change how gradients and weights are treated from the next step on."""
        self.phase = self.phase.but(**changes)
        treatment = Treatment(self.phase, self._project, self.network, self.parameters)
        self.treat = treatment.adjustment()
        self.adjust = both(self.largest.see if self.largest else None, self.treat)
        self._limit = treatment.limits()
        self._after = self._following()
        self.after_step = _in_turn(self._after)

    def extend(self, epochs: int, taken: int) -> None:
        """Go on for more epochs in all than the run was asked for, after so many steps."""
        self.schedule.extend(self._per_epoch * epochs, taken)

    def begin_epoch(self, epoch: int) -> None:
        """Take note of which epoch (from 0) the next steps belong to."""
        if self.average is not None:
            self._averages = epoch + 1 >= self.phase.average_from

    def end_epoch(self) -> None:
        """Take the weights into their mean, where every epoch counts."""
        if self.average is not None and self._averages and self.phase.average == "swa":
            self.average.update()

    def _spared(self, group: dict[str, Any]) -> bool:
        return not self.phase.decay_biases and all(p.dim() < 2 for p in group["params"])

    def _following(self) -> list[Callable[[], None]]:
        """Return what comes after a step, in order."""
        found: list[Callable[[], None]] = []
        if self._limit is not None:
            found.append(self._limit)
        if self.average is not None and self.phase.average == "ema":
            found.append(self._average)
        if self.schedule.per_step:
            found.append(self.schedule.after_step)
        return found

    def _average(self) -> None:
        if self._averages and self.average is not None:
            self.average.update()

    def carry(self, before: PhaseRun) -> None:
        """Go on as a phase did whose network was changed: the same learning rate and schedule.

        What was chosen anew starts anew.
        """
        old, new = before.phase, self.phase
        if new.optimizer.id == old.optimizer.id:
            spec = registry.optimizer(new.optimizer.id)
            was, now = spec.values(old.optimizer.params), spec.values(new.optimizer.params)
            chosen = {name for name in now if now[name] != was[name]}
            same = new.schedule == old.schedule and len(self.stepper.groups) == len(
                before.stepper.groups
            )
            if same:
                self.schedule.carry(before.schedule)
            kept = {p.name for p in spec.params} | {"initial_lr", "max_lr", "min_lr"}
            self._take(before, kept - (chosen - {"lr"}) if same else kept - chosen - {"lr"})
            if same and "lr" in chosen:
                self.set("lr", float(cast("float", now["lr"])))
        self.stepper.refresh()

    def _take(self, before: PhaseRun, names: set[str]) -> None:
        """Take over settings of another run's optimizer, rates by each group's factor."""
        for mine in self.stepper.groups:
            like = [g for g in before.stepper.groups if _kind(g) == _kind(mine)]
            theirs = next((g for g in like if factor_of(g) == factor_of(mine)), None)
            theirs = theirs or next(iter(like), None)
            if theirs is not None:
                self._take_group(mine, theirs, names)

    def _take_group(self, mine: dict[str, Any], theirs: dict[str, Any], names: set[str]) -> None:
        share = factor_of(mine) / (factor_of(theirs) or 1.0)
        for name in names & mine.keys() & theirs.keys():
            value = theirs[name]
            if name in ("lr", "initial_lr", "max_lr", "min_lr") and share != 1:
                value = value * share
            elif name == "weight_decay" and self._spared(mine):
                continue
            mine[name] = value

    def _scaled_gradient(
        self, total: torch.Tensor, parameters: list[torch.Tensor]
    ) -> Sequence[torch.Tensor]:
        """Return gradients taken at a scale that float16 can hold, brought back to their own."""
        grads = torch.autograd.grad(self.scaler.scale(total), parameters)
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter.grad = grad
        self.scaler.unscale_(self.stepper.optimizer)
        return grads

    def _scaled(self, grads: Sequence[torch.Tensor]) -> None:
        for parameter, grad in zip(self.parameters, grads, strict=True):
            parameter.grad = grad
        self.scaler.step(self.stepper.optimizer)
        self.scaler.update()


def _holders(
    network: Network,
) -> tuple[dict[str, Sequence[tuple[str, torch.Tensor]]], dict[str, str]]:
    """Return the nodes that tell of their parameters, and for the others which one tells.

    Of nodes that share weights the first tells that is not frozen, or the first.
    """
    held: dict[str, Sequence[tuple[str, torch.Tensor]]] = {}
    teller: dict[int, str] = {}
    shared: dict[str, str] = {}
    frozen = network.frozen
    for path in sorted(network.node_parameters, key=frozen.__contains__):
        parameters = network.node_parameters[path]
        if not parameters:
            continue
        first = teller.setdefault(id(parameters[0][1]), path)
        if first == path:
            held[path] = parameters
        else:
            shared[path] = first
    return held, shared


def _kind(group: dict[str, Any]) -> set[str]:
    """Return what tells groups of one optimizer inside another apart: their settings' names."""
    scheduled = {"initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum"}
    return group.keys() - scheduled - {"factor"}


def _in_turn(work: Sequence[Callable[[], None]]) -> Callable[[], None] | None:
    if len(work) < 2:
        return work[0] if work else None

    def follow() -> None:
        for change in work:
            change()

    return follow


def _weighted(forward: Callable[..., Any], weight: float) -> Callable[..., Any]:
    if weight == 1:
        return forward

    def weighted(*fields: torch.Tensor) -> Any:
        total, *rest = forward(*fields)
        return (total * weight, *rest)

    return weighted
