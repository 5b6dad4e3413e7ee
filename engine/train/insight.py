"""One step looked into: the forward and the backward pass of a batch, tensor by tensor.

The pass is the one the step takes or would take: the weights of now, the random numbers of now,
training mode. Afterwards everything is as it was.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from engine.analysis import field_of
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.train.figures import view
from engine.train.inspection import Inspection, NodeView
from engine.train.untouched import untouched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.plan import Step
    from engine.train.inspection import Fault, Role, TensorView
    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared

ROWS = 16
"""Rows of a batch whose values are told."""
ROOM = 1 << 16
"""Values of each row, and of each parameter, that are told at most."""
TOTAL = 6 << 20
"""Values of outputs and their gradients that are told at most, all together."""


def inspect(
    prepared: Prepared,
    phase: int,
    taken: int,
    step: int,
    *,
    batch: int | None = None,
    rows: Sequence[int] | None = None,
    fault: Fault | None = None,
) -> Inspection:
    """Return every tensor of one batch.

    Parameters
    ----------
    prepared
        What is trained.
    phase
        The place of the phase in the list.
    taken
        How many steps the phase has taken; the batch of the next one is looked at.
    step
        The number of that step.
    batch
        The place of another batch in the same epoch. No layer carries a state into that one.
    rows
        Which rows of the batch to tell values of; by default the first.
    fault
        What went wrong in this step, told along.

    Raises
    ------
    ValueError
        There is no such phase or batch.
    """
    if not 0 <= phase < len(prepared.phases):
        raise ValueError(f"There are {len(prepared.phases)} phases; there is no phase {phase}.")
    run = prepared.phases[phase]
    epoch, position = divmod(taken, len(run.batches))
    chosen = batch is not None and batch != position
    position = position if batch is None else batch
    try:
        fields = run.batches.at(epoch, position)
    except IndexError as error:
        raise ValueError(str(error)) from None
    size = len(fields[0])
    told = tuple(range(min(ROWS, size))) if rows is None else tuple(r for r in rows if r < size)
    with untouched([run.network], prepared.device):
        if chosen:
            for layer in run.network.carrying:
                layer.reset_state()
        eye = Eye(run, told, size)
        total, losses = eye.look(fields)
    samples = run.batches.rows(epoch, position)
    return Inspection(
        step,
        phase,
        run.phase.network,
        epoch,
        position,
        run.phase.split,
        size,
        told,
        tuple(int(samples[row]) for row in told),
        total,
        dict(zip(run.losses, losses, strict=True)),
        (*_data(prepared, run, fields, eye), *eye.nodes()),
        "chosen" if chosen else "next" if fault is None else "replay",
        fault,
        dict(prepared.data.classes),
    )


class Eye:
    """Stands at every step of a network and notes what comes by.

    Parameters
    ----------
    run
        The phase whose network is looked at.
    rows
        Rows of the batch whose values are noted.
    size
        How many rows the batch has.
    """

    def __init__(self, run: PhaseRun, rows: tuple[int, ...], size: int) -> None:
        self.steps: list[Step] = run.network.watched_steps
        self._run, self._rows, self._size = run, rows, size
        self.room = _room(self.steps, max(len(rows), 1))
        self._outputs: dict[int, list[TensorView]] = {}
        self._gradients: dict[int, dict[str, TensorView]] = {}
        self._calls: dict[int, int] = {}
        self._weights: dict[int, torch.Tensor] = {}

    def look(self, fields: Sequence[torch.Tensor]) -> tuple[float, list[float]]:
        """Run forward and backward; return the loss and each loss alone."""
        run = self._run
        forward = run.like_forward(run.network.watched_forward(_enter, self._see))
        total, losses, _ = forward(*fields)
        # What a loss that takes a gradient itself sent back is not the step's own.
        self._gradients.clear()
        grads = run.plain_gradient(total)
        self._weights = {id(p): g for p, g in zip(run.parameters, grads, strict=True)}
        return float(total.detach()), [float(loss.detach()) for loss in losses]

    def _see(self, number: int, values: tuple[Any, ...]) -> None:
        self._calls[number] = self._calls.get(number, 0) + 1
        views: list[TensorView] = []
        for name, value in zip(self.steps[number].outputs, values, strict=True):
            if not isinstance(value, torch.Tensor):
                continue
            views.append(self.view(name, "output", value))
            if value.requires_grad:
                value.register_hook(partial(self._back, number, name))
        self._outputs[number] = views

    def _back(self, number: int, name: str, gradient: torch.Tensor) -> None:
        found = self._gradients.setdefault(number, {})
        scale = self._run.loss_scale
        found[name] = self.view(name, "gradient", gradient if scale == 1 else gradient / scale)

    def view(self, name: str, role: Role, tensor: torch.Tensor) -> TensorView:
        """Return what is told of something with a row for each sample."""
        rows = self._rows if tensor.dim() and len(tensor) == self._size else len(self._rows)
        return view(name, role, tensor, rows, self.room)

    def nodes(self) -> list[NodeView]:
        """Return what was noted, in the order of computation."""
        return [
            self._node(number, step)
            for number, step in enumerate(self.steps)
            if number in self._outputs and (step.layer or isinstance(step.spec, LossSpec))
        ]

    def _node(self, number: int, step: Step) -> NodeView:
        network = self._run.network
        views = [*self._outputs[number], *self._gradients.get(number, {}).values()]
        for name, parameter in network.node_parameters.get(step.path, ()):
            views.append(_weight(name, "weight", parameter))
            if (gradient := self._weights.get(id(parameter))) is not None:
                views.append(_weight(name, "weight_gradient", gradient))
        frozen = step.path in network.frozen
        return NodeView(step.path, step.title, tuple(views), frozen, self._calls[number])


def _room(steps: Sequence[Step], rows: int) -> int:
    """Return how many values of each row to tell, so that small tensors are told whole."""
    sizes = [math.prod(s.shape[1:]) for step in steps for s in step.info.outputs.values()]
    left, count = TOTAL / 2 / rows, len(sizes)
    for place, size in enumerate(sorted(sizes)):
        share = left / (count - place)
        if size > share:
            return max(min(ROOM, int(share)), 64)
        left -= size
    return ROOM


def _weight(name: str, role: Role, tensor: torch.Tensor) -> TensorView:
    """Return what is told of a parameter: as many rows as there is room for."""
    if tensor.dim() < 2:
        return view(name, role, tensor, ROOM, 1)
    each = min(tensor[0].numel(), ROOM)
    return view(name, role, tensor, max(ROOM // max(each, 1), 1), each)


def _enter(_number: int, _place: int, value: Any) -> Any:
    return value


def _data(
    prepared: Prepared, run: PhaseRun, fields: Sequence[torch.Tensor], eye: Eye
) -> list[NodeView]:
    """Return the batch itself, as what the Input nodes put out; a target has no node."""
    held = prepared.project.scope(prepared.data.fields)
    spec, readers = registry.node("input"), dict[str, tuple[str, str]]()
    assert spec is not None
    for node in prepared.project.networks[run.phase.network].nodes.values():
        if node.spec == "input" and (data := field_of(node, spec, held.fields)) is not None:
            readers.setdefault(data.name, (node.id, node.name))
    views: list[NodeView] = []
    for name, values in zip(run.network.fields, fields, strict=True):
        node, title = readers.get(name, ("", name))
        views.append(NodeView(node, title, (eye.view(name, "output", values),)))
    return views
