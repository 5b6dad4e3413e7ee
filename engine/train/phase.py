"""One phase ready to run: its network, parameters, gradients' treatment, optimizer and batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.data.batches import Batches
from engine.monitor import kernels
from engine.monitor.probe import Probe, owners
from engine.train.failure import TrainingError
from engine.train.optimizers import Stepper, make_optimizer, set_lr
from engine.train.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.compile import Network
    from engine.data.dataset import Dataset
    from engine.project import Phase, Project
    from engine.train.device import Precision

    Gradients = Sequence[torch.Tensor]


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
    ) -> None:
        training = project.training
        self.phase = phase
        self.network = network
        self.graph = project.networks[phase.network]
        self.forward = precision.wrap(_weighted(network.train_forward, phase.weight))
        self.tapped = precision.wrap(_weighted(network.tapped_forward, phase.weight))
        part = data.parts[phase.split]
        samples = len(next(iter(part.values())))
        self.batch_size = {"mini": min(training.batch_size, samples), "one": 1, "all": samples}[
            training.batch
        ]
        self.batches = Batches(part, network.fields, self.batch_size, training.seed)
        total, shapes = _trial(network, data)
        self.outputs = [math.prod(shape) for shape in shapes]
        """Numbers in each prediction of one sample."""
        self.parameters = _trained(phase, network, total)
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
        self.nodes, rows = owners(self.parameters, network.node_parameters)
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


def _trial(network: Network, data: Dataset) -> tuple[torch.Tensor, list[torch.Size]]:
    """Run two samples through in evaluation mode; check the labels of every part on the way.

    Returns the loss (with its graph) and the shapes of the predictions. No random number is
    drawn and no running statistic moves.
    """
    part = data.parts["train"]
    network.eval()
    with torch.no_grad():
        shown = network.predict_forward(*(_two(part[name]) for name in network.fields))
    for loss, prediction in zip(network.losses, shown, strict=True):
        if loss.task == "classes" and loss.field:
            _check_labels(loss.name, loss.node, loss.field, prediction.shape[1], data)
    total, _, predictions = network.train_forward(*(_two(part[name]) for name in network.fields))
    network.train()
    return total, [p.shape[1:] for p in predictions]


def _two(values: torch.Tensor) -> torch.Tensor:
    return values[:2]


def _check_labels(name: str, node: str, field: str, classes: int, data: Dataset) -> None:
    for part, held in data.parts.items():
        labels = held[field]
        if not labels.numel() or labels.is_floating_point():
            continue
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= classes:
            wrong = low if low < 0 else high
            raise TrainingError(
                f"The label {wrong} of {field!r} ({part} part) is out of range: {name!r} gets "
                f"{classes} class scores, so labels run from 0 to {classes - 1}; give the last "
                f"layer {high + 1} outputs or mend the data.",
                node,
            )


def _trained(phase: Phase, network: Network, total: torch.Tensor) -> list[torch.Tensor]:
    """Return the parameters a phase trains: those of its nodes that the loss depends on."""
    reached = _reached(total)
    chosen = phase.trains or tuple(network.node_parameters)
    wanted = {id(p) for node in chosen for _, p in network.node_parameters.get(node, ())}
    found: list[torch.Tensor] = [
        p for p in network.parameters() if p.requires_grad and id(p) in wanted and id(p) in reached
    ]
    if not found:
        raise TrainingError(
            f"The phase {phase.name!r} has nothing to train: no layer with weights that are not "
            "frozen leads to a loss. Add a layer with weights, or unfreeze one."
        )
    return found


def _reached(total: torch.Tensor) -> set[int]:
    """Return the ids of the parameters a loss was computed from."""
    found: set[int] = set()
    seen: set[Any] = set()
    stack: list[Any] = [total.grad_fn]
    while stack:
        function = stack.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        if hasattr(function, "variable"):
            found.add(id(function.variable))
        stack.extend(following for following, _ in function.next_functions)
    return found
