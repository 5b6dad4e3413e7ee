"""One phase ready to run: its network, parameters, gradients' treatment, optimizer and batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.catalog import registry
from engine.data.batches import Batches
from engine.monitor import kernels
from engine.monitor.probe import Probe, owners
from engine.train.optimizers import Stepper, make_optimizer, set_lr
from engine.train.schedules import Schedule
from engine.train.trial import trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Phase, Project, Training
    from engine.train.device import Precision

    Gradients = Sequence[torch.Tensor]


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
        self.index = index
        """The place of the phase in the list."""
        self.network = network
        self.taps = tuple(tap.node for tap in network.taps)
        self.losses = tuple(loss.name for loss in network.losses)
        self.forward = precision.wrap(_weighted(network.train_forward, phase.weight))
        self.tapped = precision.wrap(_weighted(network.tapped_forward, phase.weight))
        part = data.parts[phase.split]
        samples = data.sizes[phase.split]
        self.batch_size = batch_size(training, samples)
        self.batches = Batches(part, network.fields, self.batch_size, training.seed)
        trained, shapes = trial(phase, network, data)
        self.parameters: list[torch.Tensor] = [*trained]
        self.outputs = [math.prod(shape) for shape in shapes]
        """Numbers in each prediction of one sample."""
        optimizer = make_optimizer(phase.optimizer, self.parameters)
        steps = len(self.batches) if turns is None else turns * phase.steps
        self.schedule = Schedule(
            phase.schedule, optimizer, training.epochs, training.epochs * steps
        )
        self.stepper = Stepper(optimizer)
        self.scaler = precision.scaler
        self.gradient = torch.autograd.grad if self.scaler is None else self._scaled_gradient
        self.adjust = self._adjustment()
        self.after_step = self.schedule.after_step if self.schedule.per_step else None
        self.sizes: set[int] = set()
        self.mend: list[int] = []
        """Places of gradients whose memory layout is not their parameter's."""
        held, self.shared = _holders(network)
        self.nodes, rows = owners(self.parameters, held)
        self.probe = Probe(len(network.taps), self.parameters, rows, len(self.nodes))
        self._settings = optimizer.param_groups[0]
        if training.watch:
            self.probe.warm()

    @property
    def update(self) -> Callable[[Sequence[torch.Tensor]], None]:
        """Return the function that takes a step with gradients."""
        return self._scaled if self.scaler is not None else self.stepper.step

    @property
    def lr(self) -> float:
        """Return the learning rate of now."""
        return float(self._settings["lr"])

    def sizes_of(self, first: int, count: int) -> list[int]:
        """Return how many samples so many steps take, from how many were taken before."""
        whole, rest = divmod(self.batches.samples, self.batch_size)
        sizes = [self.batch_size] * whole + ([rest] if rest else [])
        return [sizes[place % len(sizes)] for place in range(first, first + count)]

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

    def set(self, name: str, value: float) -> None:
        """Change a setting of the optimizer while it runs."""
        if name == "lr":
            set_lr(self.stepper.optimizer, self.schedule.scheduler, value)
            return
        if name not in self._settings or not isinstance(self._settings[name], int | float):
            raise ValueError(f"The optimizer {self.phase.optimizer.id!r} has no number {name!r}.")
        self._settings[name] = value
        self.stepper.refresh()

    def carry(self, before: PhaseRun) -> None:
        """Go on as a phase did whose network was changed: the same learning rate and schedule.

        What was chosen anew starts anew.
        """
        old, new = before.phase, self.phase
        if new.optimizer.id == old.optimizer.id:
            spec = registry.optimizer(new.optimizer.id)
            was, now = spec.values(old.optimizer.params), spec.values(new.optimizer.params)
            mine, theirs = self._settings, before._settings
            chosen = {name for name in now if now[name] != was[name]}
            kept = (theirs.keys() & mine.keys()) - {"params", "fused"} - (chosen - {"lr"})
            same = new.schedule == old.schedule
            if same:
                self.schedule.carry(before.schedule)
            for name in kept if same else kept & now.keys() - {"lr"}:
                mine[name] = theirs[name]
            if same and "lr" in chosen:
                self.set("lr", float(cast("float", now["lr"])))
        self.stepper.refresh()

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

    def _adjustment(self) -> Callable[[Gradients], None] | None:
        """Return what is done to the gradients before a step, in place; None if nothing is."""
        phase = self.phase
        aliases = [p.detach() for p in self.parameters]
        weights = [i for i, p in enumerate(aliases) if p.dim() >= 2]
        held = [aliases[i] for i in weights]
        work: list[Callable[[Gradients], None]] = []
        if phase.l1 and held:
            work.append(
                lambda g: kernels.add_([g[i] for i in weights], kernels.sign(held), alpha=phase.l1)
            )
        if phase.l2 and held:
            work.append(lambda g: kernels.add_([g[i] for i in weights], held, alpha=2 * phase.l2))
        if phase.clip_value is not None:
            work.append(_clip_value(phase.clip_value))
        if phase.clip_norm is not None:
            work.append(_clip_norm(phase.clip_norm))
        if len(work) < 2:
            return work[0] if work else None

        def adjust(grads: Gradients) -> None:
            for change in work:
                change(grads)

        return adjust


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


def _clip_value(limit: float) -> Callable[[Gradients], None]:
    def clip(grads: Gradients) -> None:
        kernels.clamp_min_(grads, -limit)
        kernels.clamp_max_(grads, limit)

    return clip


def _clip_norm(limit: float) -> Callable[[Gradients], None]:
    def clip(grads: Gradients) -> None:
        norms = torch.stack(kernels.norm(grads))
        total = cast("torch.Tensor", torch.linalg.vector_norm(norms))
        kernels.mul_(grads, torch.clamp(limit / (total + 1e-6), max=1.0))

    return clip


def _weighted(forward: Callable[..., Any], weight: float) -> Callable[..., Any]:
    if weight == 1:
        return forward

    def weighted(*fields: torch.Tensor) -> Any:
        total, *rest = forward(*fields)
        return (total * weight, *rest)

    return weighted
