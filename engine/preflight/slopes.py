"""Gradients held against finite differences, node by node, in double precision."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch

from engine.diagnose.found import number
from engine.preflight.ground import Outcome
from engine.profile.stepwise import Stepwise
from engine.train.carrying import forget
from engine.train.chance import aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.preflight.ground import Ground
    from engine.steps import Step
    from engine.train.phase import PhaseRun

    Told = Callable[[str, float], None]

SAMPLES = 3
PLACES = 24
"""Numbers of a tensor that are moved."""
STEP, COARSE_STEP = 4e-6, 1e-2
"""How far a number is moved, of its size; the other where a node works in single precision."""
NOISE, COARSE_NOISE = 4e-15, 1e-6
"""What rounding leaves of a sum, of the sizes of its terms."""
TOLERANCE, COARSE = 1e-4, 0.02


@dataclass(frozen=True, slots=True)
class Slope:
    """One tensor of a node: an input or a parameter."""

    node: str
    """Path id."""
    name: str
    network: str
    tensor: str
    status: Literal["right", "wrong", "meant", "none"]
    """meant: it differs on purpose; none: there is nothing to compare."""
    error: float
    """The largest difference over the size of the gradient."""
    passed: float = math.nan
    """What the backward says at the worst place."""
    measured: float = math.nan
    """What finite differences say there."""
    places: int = 0
    note: str = ""


def own_layers_right(ground: Ground, *, tolerance: float) -> Iterator[Outcome]:
    """Yield whether the gradients of layers of the user's own are right."""
    own = [step for plan in ground.plans.values() for step in plan.every if step.spec.own]
    if not own:
        yield Outcome("gradient_check", "skip", "There is no layer of your own.")
        return
    rows = slopes(ground, {step.path for step in own}, tolerance=tolerance)
    for path in dict.fromkeys(row.node for row in rows):
        mine = [row for row in rows if row.node == path]
        worst = max(mine, key=_badness)
        if worst.status == "none":
            words = f"“{worst.name}”: {worst.note or 'there is nothing to compare.'}"
            yield Outcome("gradient_check", "skip", words, path, worst.network)
            continue
        right = not any(row.status == "wrong" for row in mine)
        words = (
            f"“{worst.name}”: the largest relative error over {len(mine)} tensors is "
            f"{number(worst.error)}"
        )
        if not right:
            words += (
                f", in {worst.tensor}: its backward says {number(worst.passed)} where finite "
                f"differences say {number(worst.measured)}"
            )
        status = "pass" if right else "fail"
        yield Outcome("gradient_check", status, f"{words}.", path, worst.network)


def slopes(
    ground: Ground,
    nodes: set[str] | None = None,
    *,
    tolerance: float = TOLERANCE,
    told: Told = lambda _text, _share: None,
) -> tuple[Slope, ...]:
    """Return the gradients of nodes held against finite differences, worst first.

    Parameters
    ----------
    nodes
        Path ids; None is every node.
    """
    found: dict[tuple[str, str, str], Slope] = {}
    prepared = ground.fresh()
    prepared.root.double()
    for run in prepared.phases:
        walk = _Walk(ground, run, tolerance)
        for row in walk.rows(nodes, told):
            found.setdefault((row.network, row.node, row.tensor), row)
    return tuple(sorted(found.values(), key=_badness, reverse=True))


def _badness(row: Slope) -> tuple[int, float]:
    order = {"wrong": 3, "meant": 2, "right": 1, "none": 0}
    return order[row.status], row.error if math.isfinite(row.error) else math.inf


class _Walk:
    """Goes through a network in order, and tries each node on what arrives at it."""

    def __init__(self, ground: Ground, run: PhaseRun, tolerance: float) -> None:
        self.ground, self.run, self.tolerance = ground, run, tolerance
        # The network is double now; its statements must name the weights of now.
        self.stepwise = Stepwise(run.network)
        part = ground.data.parts[run.phase.split]
        device = run.parameters[0].device
        self.batch = [_double(part[name][:SAMPLES].to(device)) for name in run.network.fields]

    def rows(self, nodes: set[str] | None, told: Told) -> Iterator[Slope]:
        """Yield what was found of the nodes asked for."""
        stepwise = self.stepwise
        scope = stepwise.scope(self.batch)
        chosen = [p for p, s in enumerate(stepwise.steps) if nodes is None or s.path in nodes]
        for place in range(max(chosen, default=-1) + 1):
            self.ground.go_on()
            step = stepwise.steps[place]
            before = dict(scope)
            if place in chosen:
                told(f"Checking “{step.title}”", chosen.index(place) / len(chosen))
                yield from self._node(place, before)
            with aside(self.batch[0].device):
                self.take(place, scope)
            for name in step.outputs.values():
                if isinstance(scope.get(name), torch.Tensor):
                    scope[name] = _double(scope[name].detach())

    def _node(self, place: int, scope: dict[str, Any]) -> Iterator[Slope]:
        step = self.stepwise.steps[place]
        empty = Slope(step.path, step.title, self.run.phase.network, "", "none", 0.0)
        tensors = self._tensors(step, scope)
        if not tensors:
            return
        rows: list[Slope] = []
        for single in (False, True) if self._rounds(step, scope) else (False,):
            try:
                node = _Node(self, place, scope, tensors, single)
                rows = [node.compared(name, empty) for name in tensors]
            except RuntimeError as error:
                words = str(error).strip().splitlines() or [type(error).__name__]
                rows = [replace(empty, note=f"It cannot be checked: {words[0]}")]
            if all(row.status in ("right", "meant") for row in rows):
                break
        yield from rows

    def _rounds(self, step: Step, scope: Mapping[str, Any]) -> bool:
        """Return whether a node may work in single precision: by its text, or on whole numbers."""
        if any("float" in line for line in step.body("module")):
            return True
        read = (scope.get(name) for names in step.inputs.values() for name in names)
        return any(isinstance(v, torch.Tensor) and v.dtype != torch.float64 for v in read)

    def _tensors(self, step: Step, scope: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """Return what a node's gradients are by: its inputs and its parameters, by their titles."""
        found: dict[str, torch.Tensor] = {}
        for port in step.spec.inputs:
            for number_, name in enumerate(step.inputs.get(port.name, ())):
                value = scope.get(name)
                if not isinstance(value, torch.Tensor) or not value.is_floating_point():
                    continue
                if port.still or (port.name == "target" and name in self.given):
                    continue
                title = f"input {port.name}" + (f" {number_ + 1}" if port.many else "")
                found[title] = value
        for name, parameter in self.run.network.node_parameters.get(step.path, ()):
            if parameter.requires_grad:
                found[name] = parameter
        return found

    def take(self, place: int, scope: dict[str, Any], *, single: bool = False) -> None:
        """Run a node; one that only works in single precision is given that."""
        if not single:
            try:
                self.stepwise.take(place, scope)
            except RuntimeError:
                single = True
        if single:
            step = self.stepwise.steps[place]
            home = ".".join(step.home)
            module = self.run.network.get_submodule(home) if step.has_module else None
            given = {**scope, **{name: _single(value) for name, value in scope.items()}}
            if module is not None:
                module.float()
            try:
                self.stepwise.take(place, given)
            finally:
                if module is not None:
                    module.double()
            scope.update({name: given[name] for name in step.outputs.values() if name in given})

    @property
    def given(self) -> set[str]:
        """Return the variables that hold data."""
        return set(self.stepwise.plan.variables.values())


class _Node:
    """One node as a function of its inputs and its parameters; their sum with random signs."""

    def __init__(
        self,
        walk: _Walk,
        place: int,
        scope: dict[str, Any],
        tensors: Mapping[str, torch.Tensor],
        single: bool,
    ) -> None:
        self._walk, self._place, self._scope, self._single = walk, place, scope, single
        self._step = walk.stepwise.steps[place]
        self._network = walk.run.network
        # Weights are moved where they are; inputs are copies that stand in for what arrives.
        self._leaves = {
            name: value if isinstance(value, torch.nn.Parameter) else _leaf(value)
            for name, value in tensors.items()
        }
        self._names = {
            id(value): name for name, value in tensors.items() if name not in self._own(tensors)
        }
        self._held = [(b, b.detach().clone()) for b in self._network.buffers()]
        self._weights: list[torch.Tensor] = []
        self._size = 0.0
        self.coarse = False
        total = self.value()
        if total.requires_grad:
            made = torch.autograd.grad(total, list(self._leaves.values()), allow_unused=True)
        else:
            made = (None,) * len(self._leaves)
        self._grads = dict(zip(self._leaves, made, strict=True))
        self.coarse = self.coarse or self._is_deaf(float(total.detach()))

    def _is_deaf(self, before: float) -> bool:
        """Return whether a change that double precision shows is lost: the node rounds inside."""
        leaf, grad = next(
            ((v, g) for n, v in self._leaves.items() if (g := self._grads[n]) is not None),
            (None, None),
        )
        if leaf is None or grad is None or not grad.numel() or not float(grad.abs().max()):
            return False
        with torch.no_grad():
            flat, place = leaf.detach().view(-1), int(grad.abs().argmax())
            held = float(flat[place])
            flat[place] = held + 1e-9 * max(1.0, abs(held))
            after = self._plain()
            flat[place] = held
        return after == before

    @staticmethod
    def _own(tensors: Mapping[str, torch.Tensor]) -> set[str]:
        return {n for n, value in tensors.items() if isinstance(value, torch.nn.Parameter)}

    def value(self) -> torch.Tensor:
        """Return the function's value; what it draws at random is the same each time."""
        scope = dict(self._scope)
        for name, value in self._scope.items():
            title = self._names.get(id(value))
            if title is not None:
                scope[name] = self._leaves[title]
        forget(self._network.carrying)
        with torch.no_grad():
            for buffer, held in self._held:
                buffer.copy_(held)
        with aside(self._walk.batch[0].device):
            self._walk.take(self._place, scope, single=self._single)
        outputs = [scope.get(name) for name in self._step.outputs.values()]
        floats = [t for t in outputs if isinstance(t, torch.Tensor) and t.is_floating_point()]
        if not self._weights:
            generator = torch.Generator().manual_seed(1)
            self._weights = [
                torch.randn(t.shape, generator=generator, dtype=t.dtype).to(t.device)
                for t in floats
            ]
            terms = zip(floats, self._weights, strict=True)
            self._size = sum(float((t.detach() * w).abs().sum()) for t, w in terms)
            self.coarse = any(t.dtype != torch.float64 for t in floats)
        parts = [(t * w).sum() for t, w in zip(floats, self._weights, strict=True)]
        return torch.stack(parts).sum() if parts else torch.zeros((), dtype=torch.float64)

    def compared(self, name: str, empty: Slope) -> Slope:
        """Return how the gradient by one tensor compares with finite differences."""
        leaf, grad = self._leaves[name], self._grads[name]
        limit = COARSE if self.coarse else self._walk.tolerance
        passed = torch.zeros_like(leaf) if grad is None else grad
        size = float(passed.abs().max()) if passed.numel() else 0.0
        worst, tried = replace(empty, tensor=name), 0
        flat, given = leaf.detach().view(-1), passed.reshape(-1)
        for place in _places(leaf.numel()):
            self._walk.ground.go_on()
            measured, noise = self._slope(flat, place)
            if math.isnan(noise):
                continue
            tried += 1
            told = float(given[place])
            # What rounding alone makes of a slope must not count as an error.
            least = max(1e-3 * size, 1e-6, noise / limit)
            error = abs(told - measured) / max(abs(told), abs(measured), least)
            if tried == 1 or not error <= worst.error:
                worst = replace(worst, error=error, passed=told, measured=measured)
        if not tried:
            return replace(worst, note="It has a kink wherever it was tried.")
        wrong = not worst.error <= limit
        meant = self._step.spec.gradient_note
        status = "right" if not wrong else "meant" if meant else "wrong"
        return replace(worst, status=status, places=tried, note=meant if wrong else "")

    def _slope(self, flat: torch.Tensor, place: int) -> tuple[float, float]:
        """Return the slope at one number, and how much of it is rounding.

        NaN where the slopes on both sides differ: there is a kink.
        """
        held = float(flat[place])
        step = (COARSE_STEP if self.coarse else STEP) * max(1.0, abs(held))
        values: list[float] = []
        with torch.no_grad():
            for way in (1.0, 0.0, -1.0):
                flat[place] = held + way * step
                values.append(self._plain())
            flat[place] = held
        right, left = (values[0] - values[1]) / step, (values[1] - values[2]) / step
        middle = (values[0] - values[2]) / (2 * step)
        noise = (COARSE_NOISE if self.coarse else NOISE) * self._size / step
        bend = COARSE if self.coarse else 1e-3
        smooth = abs(right - left) <= bend * max(abs(right), abs(left)) + 4 * noise
        return middle, noise if smooth else math.nan

    def _plain(self) -> float:
        with torch.set_grad_enabled(self._network.sloped):
            return float(self.value().detach())


def _leaf(value: torch.Tensor) -> torch.Tensor:
    return value.detach().clone(memory_format=torch.contiguous_format).requires_grad_()


def _single(value: Any) -> Any:
    double = isinstance(value, torch.Tensor) and value.dtype == torch.float64
    return value.float() if double else value


def _double(value: torch.Tensor) -> torch.Tensor:
    return value.double() if value.is_floating_point() else value


def _places(count: int) -> list[int]:
    """Return which numbers of a tensor are moved: all of a small one."""
    if count <= PLACES:
        return list(range(count))
    generator = torch.Generator().manual_seed(count)
    found: Any = torch.randperm(count, generator=generator)[:PLACES]
    return found.tolist()
