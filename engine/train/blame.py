"""Which node makes the first value that is not finite: one step, forward and back, with checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.analysis import field_of
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.monitor import kernels
from engine.train.inspection import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.plan import Step
    from engine.train.inspection import Direction
    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared


@dataclass(frozen=True, slots=True)
class _Bad:
    """A tensor that holds a value that is not finite."""

    nan: bool
    rows: tuple[int, ...]
    """Rows of the batch that hold one; nothing where the first axis is no batch."""


def blame(prepared: Prepared, run: PhaseRun, fields: Sequence[torch.Tensor]) -> Fault | None:
    """Return what is at fault in a step, by running it; None where all of it is finite.

    The random numbers drawn are those of now.
    """
    trail = _Trail(prepared, run, fields)
    forward = run.like_forward(run.network.watched_forward(trail.enter, trail.see))
    total: torch.Tensor = forward(*fields)[0]
    if not finite([total.detach()]):
        return trail.forward_fault()
    trail.forget_slopes()
    grads = run.plain_gradient(total)
    if run.scaler is not None or finite(grads):
        return None
    return trail.backward_fault(grads)


def overflown(run: PhaseRun) -> Fault | None:
    """Return whose weights are not finite; None where all are."""
    for path, parameters in run.network.node_parameters.items():
        for name, parameter in parameters:
            if not finite([parameter]):
                return Fault("update", path, title_of(run, path), (), (), name)
    return None


def title_of(run: PhaseRun, path: str) -> str:
    """Return what a node of the phase's network is called."""
    return next((s.title for s in run.network.watched_steps if s.path == path), path)


@torch.no_grad()
def finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Return whether all values are finite. Waits for the device once."""
    held = [t for t in tensors if t.is_floating_point() or t.is_complex()]
    held = [t.abs() if t.is_complex() else t for t in held if t.numel()]
    if not held:
        return True
    greatest = kernels.norm(held, torch.inf)
    return bool(torch.isfinite(torch.stack([n.double() for n in greatest])).all())


class _Trail:
    """What came by at every step: what was not finite, forward and back."""

    def __init__(self, prepared: Prepared, run: PhaseRun, fields: Sequence[torch.Tensor]) -> None:
        self._prepared, self._run, self._fields = prepared, run, fields
        self._size = len(fields[0])
        self.steps: list[Step] = run.network.watched_steps
        plan = prepared.bundle.blueprint.plans[run.phase.network]
        self._field_of = {variable: field for field, variable in plan.variables.items()}
        self._makers = {v: k for k, step in enumerate(self.steps) for v in step.outputs.values()}
        self._names = [[n for names in s.inputs.values() for n in names] for s in self.steps]
        self._given: dict[int, dict[int, _Bad]] = {}
        self._made: dict[int, _Bad] = {}
        self._kept: dict[int, dict[int, Any]] = {}
        self._sent: dict[int, dict[int, _Bad]] = {}
        """By step: what it sent back along an input that is not finite."""
        self._got: set[int] = set()
        """Steps that got back what is not finite."""

    # -- forward

    def enter(self, number: int, place: int, value: Any) -> Any:
        """Note what a step is given; what it sends back along this wire is noted too."""
        if not isinstance(value, torch.Tensor):
            return value
        if (bad := self._bad(value)) is not None:
            self._given.setdefault(number, {}).setdefault(place, bad)
        if isinstance(self.steps[number].spec, LossSpec):
            self._kept.setdefault(number, {})[place] = value.detach()
        if not value.requires_grad:
            return value
        # A view of its own, so that what comes back along this wire alone can be told.
        wire = value.view_as(value)
        wire.register_hook(partial(self._back, number, place))
        return wire

    def see(self, number: int, values: tuple[Any, ...]) -> None:
        """Note what a step puts out."""
        for value in values:
            if not isinstance(value, torch.Tensor):
                continue
            if number not in self._made and (bad := self._bad(value)) is not None:
                self._made[number] = bad
            if value.requires_grad:
                value.register_hook(partial(self._arrive, number))

    def _bad(self, value: torch.Tensor) -> _Bad | None:
        value = value.detach()
        if not (value.is_floating_point() or value.is_complex()):
            return None
        wrong = ~torch.isfinite(value)
        if not bool(wrong.any()):
            return None
        rows: tuple[int, ...] = ()
        count = len(value) if value.dim() else 0
        if count and count % self._size == 0:
            # Items of a sample may stand as samples: those of one sample follow one another.
            places = wrong.reshape(count, -1).any(1).reshape(self._size, -1).any(1)
            rows = tuple(map(int, np.flatnonzero(places.cpu().numpy())))
        return _Bad(bool(torch.isnan(value).any()), rows)

    def forward_fault(self) -> Fault:
        """Return where the loss's value that is not finite came from."""
        losses = [k for k, s in enumerate(self.steps) if isinstance(s.spec, LossSpec)]
        number = next((k for k in losses if k in self._made), losses[0])
        while True:
            place = self._worst(number)
            if place is None:
                return self._fault("forward", number, self._rows_of(number))
            variable = self._names[number][place]
            if variable not in self._makers:
                return self._data_fault(variable, number, self._given[number][place].rows)
            number = self._makers[variable]

    def _worst(self, number: int) -> int | None:
        """Return the input of a step to follow: one that is not a number before an infinite one."""
        given = self._given.get(number, {})
        return min(given, key=lambda place: not given[place].nan, default=None)

    def _rows_of(self, number: int) -> tuple[int, ...]:
        """Return the rows at fault; those of a loss are tried one by one."""
        made = self._made.get(number)
        if made is not None and made.rows:
            return made.rows
        kept = self._kept.get(number)
        if kept is None:
            return ()
        alone = self._run.like_forward(self._run.network.alone(number))
        return tuple(row for row in range(self._size) if not self._passes(alone, kept, row))

    def _passes(self, alone: Any, kept: dict[int, Any], row: int) -> bool:
        """Return whether a loss of one row of the batch alone is finite, if it can be had."""
        one = [
            value[row : row + 1] if value.dim() and len(value) == self._size else value
            for _, value in sorted(kept.items())
        ]
        try:
            return finite([value for value in alone(*one) if isinstance(value, torch.Tensor)])
        except (RuntimeError, ValueError, IndexError):
            return True

    def _data_fault(self, variable: str, number: int, rows: tuple[int, ...]) -> Fault:
        """Return that a data field holds the value: at the Input node that reads it."""
        name = self._field_of.get(variable, "")
        graph = self._prepared.project.networks[self._run.phase.network]
        spec, known = registry.node("input"), self._prepared.data.fields
        assert spec is not None
        for node in graph.nodes.values():
            field = field_of(node, spec, known) if node.spec == "input" else None
            if field is not None and field.name == name:
                return Fault("forward", node.id, name, rows, (), "data")
        return Fault("forward", self.steps[number].path, name, rows, (), "data")

    # -- back

    def forget_slopes(self) -> None:
        """Drop what was sent back while running forward, by a loss that takes a gradient itself."""
        self._sent.clear()
        self._got.clear()

    def _back(self, number: int, place: int, gradient: torch.Tensor) -> None:
        if (bad := self._bad(gradient)) is not None:
            self._sent.setdefault(number, {})[place] = bad

    def _arrive(self, number: int, gradient: torch.Tensor) -> None:
        if self._bad(gradient) is not None:
            self._got.add(number)

    def backward_fault(self, grads: Sequence[torch.Tensor]) -> Fault:
        """Return the step that got back finite gradients and sent back others, or has such."""
        wrong = {id(p) for p, g in zip(self._run.parameters, grads, strict=True) if not finite([g])}
        held = {k: self._parameter(k, wrong) for k in range(len(self.steps))}
        guilty = [k for k in range(len(self.steps)) if k not in self._got]
        sent = [k for k in guilty if k in self._sent]
        own = [k for k in guilty if held[k]]
        number = max(sent or own or [k for k, name in held.items() if name], default=0)
        rows = sorted({row for bad in self._sent.get(number, {}).values() for row in bad.rows})
        return self._fault("backward", number, tuple(rows), held[number])

    def _parameter(self, number: int, wrong: set[int]) -> str:
        """Return which of a step's parameters is among some, by their ids."""
        held = self._run.network.node_parameters.get(self.steps[number].path, ())
        return next((name for name, p in held if id(p) in wrong), "")

    def _fault(
        self, direction: Direction, number: int, rows: tuple[int, ...], detail: str = ""
    ) -> Fault:
        step = self.steps[number]
        return Fault(direction, step.path, step.title, rows, (), detail)
