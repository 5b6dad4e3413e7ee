"""The steps of a network in order, and which of them build modules: what a plan is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import emit
from engine.catalog.spec import LayerSpec, LossSpec
from engine.trace import module_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.analysis import Analysis, NodeInfo
    from engine.graph import Graph, Node


class CompileError(ValueError):
    """The graph cannot become a module. `node` is the path id of the node at fault, if one is."""

    def __init__(self, message: str, node: str = "") -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True, slots=True)
class LossInfo:
    """One loss of a compiled network."""

    node: str
    """Path id."""
    name: str
    spec: str
    task: str
    field: str
    """The data field of its target; empty when the target comes by wire or there is none."""
    weight: float
    values: Mapping[str, object]
    """All its settings."""


@dataclass(frozen=True, slots=True)
class Display:
    """One node that shows what arrives at it."""

    node: str
    """Path id."""
    name: str
    shows: str
    values: Mapping[str, object]
    variable: str
    target: str = ""
    """What turns that into pictures; nothing where it is one as it comes."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a differential equation's right side computes: a function inside the forward."""

    name: str
    """Of the function."""
    state: str
    time: str
    """The names of its arguments."""
    steps: tuple[Step, ...]
    result: str


@dataclass(frozen=True, slots=True)
class Step:
    """One node in the order of computation."""

    node: Node
    graph: Graph
    spec: LayerSpec
    info: NodeInfo
    name: str
    """A Python name for the variable that holds its result."""
    inputs: dict[str, list[str]]
    outputs: dict[str, str]
    path: str
    """Ids from the root down, joined with `/`; a copy of a repeat is `id#k`."""
    title: str
    """Names from the root down, joined with a point."""
    home: tuple[str, ...]
    """Where its module lives: attribute names from the root module down."""
    weights: str
    """Weight path: `main:n3/n5`. Places that share weights have the same."""
    like: str = ""
    frozen: bool = False
    layer: bool = True
    """False for a loss and for what only turns items into samples and back."""
    flow: Flow | None = None

    @property
    def has_module(self) -> bool:
        """Return whether the node owns a module."""
        return bool(self.spec.target)

    def arguments(self) -> dict[str, object]:
        """Return the constructor arguments of the module."""
        return module_arguments(self.spec, self.info.values, self.info.inputs)

    def stated(self) -> dict[str, Any] | None:
        """Return what the constructor of a layer of the user's own is given, else None."""
        if self.spec.own is None:
            return None
        given: Any = self.arguments()["arguments"]
        return dict(given)

    def body(self, module: str) -> list[str]:
        """Return the statements that run the node."""
        return emit.lines(
            self.spec,
            self.info.values,
            module=module,
            inputs=self.inputs,
            outputs=self.outputs,
            like=self.like,
        )


def every(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps, each followed by those inside of it."""
    for step in steps:
        yield step
        if step.flow is not None:
            yield from every(step.flow.steps)


def flow_lines(
    step: Step, flow: Flow, write: Callable[[Step], Iterable[str]], parameters: str
) -> list[str]:
    """Return the statements that define the right side of an equation and solve it.

    Parameters
    ----------
    write
        Returns the statements of a step.
    parameters
        The expression for the right side's parameters.
    """
    inside = [line for inner in flow.steps for line in write(inner)]
    return [
        f"def {flow.name}({flow.state}, {flow.time}):",
        *(f"    {line}" for line in (*inside, f"return {flow.result}")),
        *step.body(f"{flow.name}, {parameters}"),
    ]


@dataclass(frozen=True, slots=True)
class Plan:
    """A network ready to be written as Python."""

    steps: tuple[Step, ...]
    variables: Mapping[str, str]
    """Data field -> the variable that holds it."""
    input_fields: tuple[str, ...]
    fields: tuple[str, ...]
    losses: tuple[LossInfo, ...]
    predictions: tuple[str, ...]
    """For each loss, the variable it reads."""
    results: tuple[str, ...]
    """What the network returns."""
    displays: tuple[Display, ...]
    analysis: Analysis

    @property
    def every(self) -> list[Step]:
        """Return all steps, those inside of a differential equation included."""
        return list(every(self.steps))

    @property
    def loss_steps(self) -> list[Step]:
        """Return the loss nodes in order."""
        return [s for s in self.steps if isinstance(s.spec, LossSpec)]

    @property
    def random(self) -> bool:
        """Return whether evaluating the network draws random numbers."""
        return any(s.spec.random for s in self.every)

    @property
    def sloped(self) -> bool:
        """Return whether a loss takes a gradient itself, so that evaluating needs gradients too."""
        return any(isinstance(s.spec, LossSpec) and s.spec.slope for s in self.steps)

    @property
    def carrying(self) -> bool:
        """Return whether a layer carries its state from one batch to the next."""
        return any(s.info.values.get("stateful") for s in self.steps)

    def trained(self) -> list[Step]:
        """Return the steps of a training step: all but those that only a display needs."""
        if not self.displays:
            return list(self.steps)
        shown = set(map(id, self.needed(tuple(d.variable for d in self.displays))))
        wanted = {v for s in self.steps if id(s) not in shown for v in s.outputs.values()}
        wanted |= {*self.results, *self.predictions}
        return self.needed(tuple(wanted), losses=True)

    def total(self) -> str:
        """Return the expression for the weighted sum of the losses."""
        terms = [
            s.outputs["out"] if i.weight == 1 else f"{i.weight!r} * {s.outputs['out']}"
            for s, i in zip(self.loss_steps, self.losses, strict=True)
        ]
        return " + ".join(terms)

    def needed(self, variables: tuple[str, ...], *, losses: bool = False) -> list[Step]:
        """Return the steps that these variables depend on; losses only if asked for."""
        wanted = set(variables)
        kept: list[Step] = []
        for step in reversed(self.steps):
            if wanted & set(step.outputs.values()):
                if isinstance(step.spec, LossSpec) and not losses:
                    continue
                kept.append(step)
                wanted.update(name for names in step.inputs.values() for name in names)
                wanted.add(step.like)
        return kept[::-1]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Networks that are built together, because they may share weights."""

    plans: Mapping[str, Plan]
    """Key of a network -> its plan."""
    modules: tuple[Step, ...]
    """One step for each module there is, in the order of building: shared networks first."""
    pretrained: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    """Where a network begins with the weights of a file -> that file."""
