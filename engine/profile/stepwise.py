"""A network's forward one node at a time, and which node each step of the backward belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from engine.compile import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from engine.compile import Network
    from engine.plan import Step

_TOTAL = "_total_"


@dataclass(frozen=True, slots=True)
class Passed:
    """What a forward gave."""

    total: torch.Tensor
    losses: tuple[torch.Tensor, ...]
    predictions: tuple[torch.Tensor, ...]


class Stepwise:
    """Runs the statements of `train_forward`, node by node, on the network's own modules.

    The same operations on the same tensors in the same order, so the same bits.
    """

    def __init__(self, network: Network) -> None:
        found = pieces(network)
        self.network = network
        self.plan = found.plan
        self.steps: tuple[Step, ...] = tuple(step for step, _ in found.steps)
        self._names = found.names
        self._codes: list[CodeType] = [
            compile(text, "<network>", "exec") for _, text in found.steps
        ]
        self._total: CodeType = compile(
            f"{_TOTAL} = {found.plan.total() or None}", "<network>", "exec"
        )

    def scope(self, batch: Sequence[torch.Tensor]) -> dict[str, Any]:
        """Return the names that the first node finds."""
        given = zip(self.plan.fields, batch, strict=True)
        return {**self._names, **{self.plan.variables[name]: value for name, value in given}}

    def take(self, place: int, scope: dict[str, Any]) -> None:
        """Run the node at a place; what it puts out goes into `scope`."""
        exec(self._codes[place], scope)

    def outputs(self, place: int, scope: dict[str, Any]) -> list[torch.Tensor]:
        """Return what the node at a place has put out."""
        found = (scope.get(name) for name in self.steps[place].outputs.values())
        return [value for value in found if isinstance(value, torch.Tensor)]

    def inputs(self, place: int, scope: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return what the node at a place is given, by the names of its variables."""
        names = (name for names in self.steps[place].inputs.values() for name in names)
        found = {name: scope.get(name) for name in names}
        return {name: v for name, v in found.items() if isinstance(v, torch.Tensor)}

    def result(self, scope: dict[str, Any]) -> Passed:
        """Return what `train_forward` returns, once every node has run."""
        exec(self._total, scope)
        total: torch.Tensor = scope[_TOTAL]
        losses = tuple(scope[step.outputs["out"]] for step in self.plan.loss_steps)
        return Passed(total, losses, tuple(scope[name] for name in self.plan.predictions))

    def run(
        self,
        batch: Sequence[torch.Tensor],
        before: Callable[[int], None] | None = None,
        after: Callable[[int, dict[str, Any]], None] | None = None,
    ) -> Passed:
        """Run all nodes; `before` and `after` are called around each with its place."""
        scope = self.scope(batch)
        for place in range(len(self.steps)):
            if before is not None:
                before(place)
            self.take(place, scope)
            if after is not None:
                after(place, scope)
        return self.result(scope)


class Owners:
    """Finds which node made each autograd function, while the forward runs.

    `claim` after each node; then `functions` holds for every node what the backward will run.
    """

    def __init__(self) -> None:
        self.functions: dict[int, list[Any]] = {}
        self._seen: set[Any] = set()

    def claim(self, place: int, outputs: Sequence[torch.Tensor]) -> None:
        """Give a node all that its outputs were made by and that nobody has yet."""
        stack: list[Any] = [t.grad_fn for t in outputs if t.grad_fn is not None]
        mine = self.functions.setdefault(place, [])
        while stack:
            function = stack.pop()
            if function is None or function in self._seen:
                continue
            self._seen.add(function)
            if hasattr(function, "variable"):
                continue
            mine.append(function)
            stack.extend(following for following, _ in function.next_functions)
