"""Methods that run the steps of a plan one by one, through the attributes of a root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import emit
from engine.listing.classes import method
from engine.listing.idle import needed_steps
from engine.steps import every, flow_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.listing.instances import Tree
    from engine.steps import Plan, Step


def total(plan: Plan, values: Sequence[str], predictions: Sequence[str]) -> str:
    """Return the last statement of `losses`."""
    terms = [
        value if loss.weight == 1 else f"{loss.weight!r} * {value}"
        for value, loss in zip(values, plan.losses, strict=True)
    ]
    return f"return {' + '.join(terms)}, {_tuple(values)}, {_tuple(predictions)}"


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


class Flat:
    """Methods that run the steps of a plan one by one."""

    def __init__(self, key: str, tree: Tree, plan: Plan) -> None:
        self.key = key
        self.tree = tree
        self.plan = plan
        self.shared: dict[str, str] = {}
        names = {name for step in plan.every for name in step.outputs.values()}
        self._taken = names | set(plan.variables.values())

    def forward(self) -> list[str]:
        """Return `forward`; it takes what `losses` does, which must be written first."""
        plan = self.plan
        lines = [x for s in plan.needed(plan.results) for x in self._lines(s)]
        lines.append(f"return {', '.join(plan.results)}")
        return method("forward", self._arguments(plan.input_fields), lines)

    def losses(self) -> list[str]:
        """Return `losses`."""
        plan = self.plan
        ends = (*plan.predictions, *(v for s in plan.loss_steps for v in s.outputs.values()))
        steps = needed_steps(plan.trained(), ends)
        lines = [x for s in steps for x in self._lines(s)]
        values = [s.outputs["out"] for s in plan.loss_steps]
        lines.append(total(plan, values, list(plan.predictions)))
        return method("losses", self._arguments(plan.fields), lines)

    def _lines(self, step: Step) -> list[str]:
        """Return the statements of one step."""
        if step.flow is None:
            return step.body(self._module(step.home))
        inner = dict.fromkeys(s.home for s in every([step]) if s.info.weights)
        order = sorted(inner, key=lambda home: home[: len(step.home)] != step.home)
        each = "".join(f"*{self._module(home)}.parameters(), " for home in order)
        return flow_lines(step, step.flow, self._lines, f"({each})")

    def _arguments(self, fields: tuple[str, ...]) -> list[str]:
        return [*(self.plan.variables[f] for f in fields), *self.shared.values()]

    def _module(self, home: tuple[str, ...]) -> str:
        """Return the expression that reaches a module from the root's methods."""
        if not home or self.tree.alone:
            return f"self.{emit.attribute(home)}"
        key = next(k for k, name in self.tree.names.items() if name == home[0])
        if key == self.key:
            return f"self.{emit.attribute(home[1:])}"
        if key not in self.shared:
            self.shared[key] = emit.identifier(self.tree.scope.title_of(key), self._taken)
        return f"{self.shared[key]}.{emit.attribute(home[1:])}"
