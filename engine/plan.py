"""What is computed, in which order and under which names, for compiler and exporter alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import emit
from engine.catalog import registry
from engine.catalog.spec import LayerSpec, LossSpec, load_target
from engine.shapes import Analysis, NodeInfo, analyse, field_of, used
from engine.trace import module_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.catalog.spec import Field
    from engine.graph import Graph, Node


class CompileError(ValueError):
    """The graph cannot become a module. `node` is the id of the node at fault, if one is."""

    def __init__(self, message: str, node: str = "") -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True, slots=True)
class LossInfo:
    """One loss of a compiled network."""

    node: str
    name: str
    spec: str
    task: str
    field: str
    """The data field of its target; empty when the target comes by wire."""
    weight: float


@dataclass(frozen=True, slots=True)
class Step:
    """One node in the order of computation."""

    node: Node
    spec: LayerSpec
    info: NodeInfo
    name: str
    """The Python name of the node: its submodule and its `state_dict` keys."""
    inputs: dict[str, list[str]]
    outputs: dict[str, str]

    @property
    def has_module(self) -> bool:
        """Return whether the node owns a module."""
        return bool(self.spec.target)

    def arguments(self) -> dict[str, object]:
        """Return the constructor arguments of the module."""
        return module_arguments(self.spec, self.info.values, self.info.inputs)

    def body(self, module: str) -> list[str]:
        """Return the statements that run the node."""
        return emit.lines(
            self.spec, self.info.values, module=module, inputs=self.inputs, outputs=self.outputs
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph ready to be written as Python."""

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
    analysis: Analysis

    @property
    def loss_steps(self) -> list[Step]:
        """Return the loss nodes in order."""
        return [s for s in self.steps if isinstance(s.spec, LossSpec)]

    def total(self) -> str:
        """Return the expression for the weighted sum of the losses."""
        terms = [
            s.outputs["out"] if i.weight == 1 else f"{i.weight!r} * {s.outputs['out']}"
            for s, i in zip(self.loss_steps, self.losses, strict=True)
        ]
        return " + ".join(terms)

    def needed(self, variables: tuple[str, ...]) -> list[Step]:
        """Return the steps, losses left out, that these variables depend on."""
        wanted = set(variables)
        kept: list[Step] = []
        for step in reversed(self.steps):
            if wanted & set(step.outputs.values()) and not isinstance(step.spec, LossSpec):
                kept.append(step)
                wanted.update(name for names in step.inputs.values() for name in names)
        return kept[::-1]


def plan(graph: Graph, fields: Mapping[str, Field], *, training: bool = True) -> Plan:
    """Return the plan of a graph.

    Raises
    ------
    CompileError
        The first problem, as a sentence; or, for training, that there is no loss.
    """
    analysis = analyse(graph, fields)
    for problem in analysis.problems:
        if problem.severity == "error":
            raise CompileError(problem.message, problem.node)
    builder = _Builder(graph, fields, analysis)
    for node_id in graph.order():
        if node_id in analysis.nodes and node_id in builder.used:
            builder.add(graph.nodes[node_id])
    made = builder.plan()
    if training and not made.losses:
        raise CompileError(
            "The network has no loss, so there is nothing to train. "
            "Drag one from the palette and wire the last layer to it."
        )
    if not made.steps:
        raise CompileError("The network is empty. Drag layers from the palette and wire them.")
    return made


class _Builder:
    """Collects the steps of a plan."""

    def __init__(self, graph: Graph, fields: Mapping[str, Field], analysis: Analysis) -> None:
        self.graph = graph
        self.fields = fields
        self.analysis = analysis
        self.wires = graph.wires_in()
        self.names = emit.node_names(graph)
        ends = {n.id for n in graph.nodes.values() if n.spec in ("input", "output")}
        self.taken = {name for node, name in self.names.items() if node not in ends}
        self.variables: dict[str, str] = {}
        self.values: dict[tuple[str, str], str] = {}
        self.steps: list[Step] = []
        self.inputs: list[str] = []
        self.targets: list[str] = []
        self.losses: list[LossInfo] = []
        self.predictions: list[str] = []
        self.results: list[str] = []
        self.used = used(graph)

    def variable(self, field: str) -> str:
        """Return the variable of a data field."""
        if field not in self.variables:
            self.variables[field] = emit.identifier(field, self.taken)
        return self.variables[field]

    def add(self, node: Node) -> None:
        """Add one node; those it depends on are there already."""
        spec = registry.node(node.spec)
        assert spec is not None
        if spec.id == "input":
            data = field_of(node, spec, self.fields)
            assert data is not None
            self.values[node.id, "out"] = self.variable(data.name)
            self.inputs.append(data.name)
            return
        inputs = {
            port.name: [
                self.values[e.source, e.source_port]
                for e in self.wires.get(node.id, ())
                if e.target_port == port.name
            ]
            for port in spec.inputs
        }
        if spec.id == "output":
            self.results.extend(inputs[spec.inputs[0].name])
            return
        name = self.names[node.id]
        if isinstance(spec, LossSpec):
            outputs = {"out": emit.identifier(f"{name}_value", self.taken)}
            self._loss(node, spec, inputs)
        else:
            outputs = {p.name: emit.variable(name, spec, p.name) for p in spec.outputs}
        for port, value in outputs.items():
            self.values[node.id, port] = value
        self.steps.append(Step(node, spec, self.analysis.nodes[node.id], name, inputs, outputs))

    def _loss(self, node: Node, spec: LossSpec, inputs: dict[str, list[str]]) -> None:
        field = ""
        if not inputs["target"]:
            data = field_of(node, spec, self.fields)
            assert data is not None
            field = data.name
            self.targets.append(field)
            inputs["target"] = [self.variable(field)]
        weight = self.analysis.nodes[node.id].values.get("weight", 1.0)
        assert isinstance(weight, int | float)
        self.losses.append(LossInfo(node.id, node.name, spec.id, spec.task, field, float(weight)))
        self.predictions.append(inputs["prediction"][0])

    def plan(self) -> Plan:
        """Return the plan."""
        inputs = tuple(dict.fromkeys(self.inputs))
        return Plan(
            tuple(self.steps),
            self.variables,
            inputs,
            tuple(dict.fromkeys((*inputs, *self.targets))),
            tuple(self.losses),
            tuple(self.predictions),
            tuple(dict.fromkeys(self.results or self.predictions)),
            self.analysis,
        )


def initial_weights(plan: Plan, graph: Graph, default: str) -> list[tuple[Step, str, str]]:
    """Return (step, parameter name, initializer id or "bias") for every parameter to initialise.

    `auto` is resolved by the activation that follows (the notes' table).
    """
    found: list[tuple[Step, str, str]] = []
    for step in plan.steps:
        chosen = step.node.initializer or default
        if not step.spec.initialize or chosen == "pytorch":
            continue
        if chosen == "auto":
            chosen = automatic(graph, step.node.id)
        for name, shape in step.info.weights:
            if len(shape) >= 2:
                found.append((step, name, chosen))
            elif "bias" in name:
                found.append((step, name, "bias"))
    return found


_BY_FAMILY = {"relu": "he_normal", "selu": "lecun_normal"}


def automatic(graph: Graph, node_id: str) -> str:
    """Return the initializer that suits what follows a node.

    He before ReLU and its kin, LeCun before SELU, Glorot before tanh, sigmoid, softmax or nothing.
    """
    following: dict[str, str] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, edge.target)
    current = following.get(node_id)
    while current is not None:
        spec = registry.node(graph.nodes[current].spec)
        if spec is None or spec.initialize or isinstance(spec, LossSpec):
            break
        if spec.activation:
            return _BY_FAMILY.get(spec.activation, "glorot_uniform")
        current = following.get(current)
    return "glorot_uniform"


def initializer_call(initializer: str, tensor: str) -> str:
    """Return the statement that initialises `tensor`, as exported code writes it."""
    if initializer == "bias":
        return f"nn.init.zeros_({tensor})"
    spec = registry.initializer(initializer)
    arguments = "".join(f", {k}={v!r}" for k, v in spec.arguments({}).items())
    name = spec.target.replace("torch.nn.", "nn.", 1)
    if spec.target.startswith("engine."):
        name = spec.target.rpartition(".")[2]
    return f"{name}({tensor}{arguments})"


def apply_initializer(initializer: str, tensor: object) -> None:
    """Initialise a tensor in place, drawing from torch's random numbers."""
    if initializer == "bias":
        load_target("torch.nn.init.zeros_")(tensor)
        return
    spec = registry.initializer(initializer)
    load_target(spec.target)(tensor, **spec.arguments({}))
