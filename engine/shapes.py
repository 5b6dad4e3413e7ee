"""Graph -> the tensor on every port, or the problem in its way, with a fix where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.catalog import registry
from engine.catalog.spec import Field, LayerSpec, LossSpec, TensorSpec, Value
from engine.graph import CycleError, Edge, Graph, Node
from engine.trace import ShapeError, Trace, trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a problem: what it does in words, and the graph after it."""

    text: str
    graph: Graph


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and how to mend it. A warning does not stop training."""

    node: str
    kind: str
    """cycle, unconnected, shape, unknown, param, field, structure."""
    message: str
    port: str = ""
    fix: Fix | None = None
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What flows through one node. A loss has no outputs."""

    inputs: tuple[TensorSpec, ...]
    outputs: Mapping[str, TensorSpec]
    parameters: int = 0
    flops: int = 0
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    ports: tuple[int, ...] = ()
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that can be known of a graph without running it on data."""

    nodes: Mapping[str, NodeInfo]
    problems: tuple[Problem, ...]
    parameters: int = 0
    flops: int = 0
    """For one sample, forward."""
    memory: int = 0
    """Bytes: parameters, gradients, two optimizer moments and the activations of one batch."""

    @property
    def ok(self) -> bool:
        """Return whether nothing stands in the way of training."""
        return not any(p.severity == "error" for p in self.problems)


def field_of(node: Node, spec: LayerSpec, fields: Mapping[str, Field]) -> Field | None:
    """Return the data field an input or a loss reads; none chosen means the first that suits."""
    chosen = node.params.get("field") or ""
    if chosen:
        return fields.get(chosen)
    role = "target" if isinstance(spec, LossSpec) else "input"
    return next((f for f in fields.values() if f.role == role), None)


def used(graph: Graph) -> set[str]:
    """Return the nodes that a loss or an output depends on, and those themselves."""
    wires = graph.wires_in()
    seen: set[str] = set()
    stack = [n.id for n in graph.nodes.values() if _is_end(n)]
    while stack:
        node_id = stack.pop()
        if node_id not in seen:
            seen.add(node_id)
            stack.extend(e.source for e in wires.get(node_id, ()))
    return seen


def analyse(graph: Graph, fields: Mapping[str, Field], batch_size: int = 32) -> Analysis:
    """Return shapes, parameters, FLOPs, a memory forecast and every problem of a graph."""
    try:
        order = graph.order()
    except CycleError as error:
        node = next((e.target for e in graph.edges if e.target in graph.downstream(e.target)), "")
        return Analysis({}, (Problem(node, "cycle", str(error)),))
    walk = _Walk(graph, fields)
    for node_id in order:
        walk.visit(graph.nodes[node_id])
    walk.structure()
    nodes = walk.nodes
    parameters = sum(n.parameters for n in nodes.values())
    activations = sum(_numel(s, batch_size) for n in nodes.values() for s in n.outputs.values())
    return Analysis(
        nodes,
        tuple(walk.problems),
        parameters,
        sum(n.flops for n in nodes.values()),
        4 * (4 * parameters + 2 * activations),
    )


def _numel(spec: TensorSpec, batch: int) -> int:
    count = 1
    for size in spec.with_batch(batch):
        count *= size
    return count


class _Walk:
    """One pass over a graph in order; what each node puts out is kept for the next."""

    def __init__(self, graph: Graph, fields: Mapping[str, Field]) -> None:
        self.graph = graph
        self.fields = fields
        self.wires = graph.wires_in()
        self.nodes: dict[str, NodeInfo] = {}
        self.problems: list[Problem] = []
        self.used = used(graph)

    def problem(
        self, node: Node, kind: str, message: str, port: str = "", fix: Fix | None = None
    ) -> None:
        """Note a problem; beside the way to every loss it is only a warning."""
        severity = "error" if node.id in self.used or kind == "unknown" else "warning"
        self.problems.append(Problem(node.id, kind, message, port, fix, severity))

    def visit(self, node: Node) -> None:
        """Work out one node."""
        spec = registry.node(node.spec)
        if spec is None:
            self.problem(
                node,
                "unknown",
                f"“{node.name}” is a {node.spec!r}, which this version does not know. "
                "Its content is kept; replace or delete it to train.",
            )
            return
        try:
            values = _values(spec, node)
        except ValueError as error:
            self.problem(node, "param", f"“{node.name}”: {error}")
            return
        if spec.id == "input":
            self._input(node, spec, values)
            return
        found = self._incoming(node, spec)
        if found is None:
            return
        incoming, ports = found
        try:
            result = trace(spec, values, incoming, ports)
        except ShapeError as error:
            self.problem(
                node, "shape", f"“{node.name}”: {error}", fix=self._shape_fix(node, spec, incoming)
            )
            return
        if isinstance(spec, LossSpec) and not self._loss(node, spec, incoming):
            return
        self._keep(node, spec, values, (incoming, ports), result)

    def _keep(
        self,
        node: Node,
        spec: LayerSpec,
        values: Mapping[str, Value],
        received: tuple[tuple[TensorSpec, ...], tuple[int, ...]],
        result: Trace,
    ) -> None:
        outputs = {} if isinstance(spec, LossSpec) or not spec.outputs else dict(result.outputs)
        self.nodes[node.id] = NodeInfo(
            received[0],
            outputs,
            result.parameters,
            result.flops,
            values,
            received[1],
            result.weights,
        )

    def _input(self, node: Node, spec: LayerSpec, values: Mapping[str, Value]) -> None:
        data = field_of(node, spec, self.fields)
        if data is not None:
            self.nodes[node.id] = NodeInfo((), {"out": data.spec()}, values=values)
        elif self.fields:
            known = ", ".join(self.fields)
            self.problem(
                node,
                "field",
                f"“{node.name}” reads the field {node.params.get('field')!r}, which the data does "
                f"not have. It has: {known}.",
            )

    def _incoming(
        self, node: Node, spec: LayerSpec
    ) -> tuple[tuple[TensorSpec, ...], tuple[int, ...]] | None:
        """Return what comes in and how many wires end in each port, or None."""
        wires = self.wires.get(node.id, ())
        specs: list[TensorSpec] = []
        counts: list[int] = []
        complete = True
        for port in spec.inputs:
            here = [e for e in wires if e.target_port == port.name]
            found = [self._output(e) for e in here]
            if not here and isinstance(spec, LossSpec) and port.name == "target":
                data = field_of(node, spec, self.fields)
                found = [data.spec() if data else None]
                if data is None and self.fields:
                    self._no_target(node)
            elif not here and not port.optional:
                self.problem(
                    node,
                    "unconnected",
                    f"“{node.name}” has nothing wired to its input “{port.name}”. "
                    "Drag a wire to it from the node that should feed it.",
                    port.name,
                )
                complete = False
            if None in found:
                complete = False
            specs.extend(s for s in found if s is not None)
            counts.append(len(found))
        return (tuple(specs), tuple(counts)) if complete else None

    def _no_target(self, node: Node) -> None:
        chosen = node.params.get("field")
        if chosen:
            message = f"reads its target from the field {chosen!r}, which the data does not have. "
        else:
            message = "has no target: the data has no target field. "
        self.problem(
            node,
            "field",
            f"“{node.name}” {message}The data has: {', '.join(self.fields)}.",
            "target",
        )

    def _output(self, edge: Edge) -> TensorSpec | None:
        info = self.nodes.get(edge.source)
        return info.outputs.get(edge.source_port) if info else None

    def _loss(self, node: Node, spec: LossSpec, incoming: Sequence[TensorSpec]) -> bool:
        """Check the number of scores against the number of classes."""
        data = field_of(node, spec, self.fields)
        if spec.task != "classes" or data is None or not data.classes or len(incoming[0].shape) < 2:
            return True
        scores, classes = incoming[0].shape[1], len(data.classes)
        if scores == classes:
            return True
        text = f"“{node.name}” receives {scores} scores per sample; the data has {classes} classes."
        fix = self._widen(node, classes)
        if scores > classes:
            self.problems.append(
                Problem(node.id, "shape", f"{text} The others are never right.", "", fix, "warning")
            )
            return True
        self.problem(node, "shape", f"{text} Its last layer must put out {classes}.", fix=fix)
        return False

    def _source(self, node: Node) -> Node | None:
        wires = self.wires.get(node.id, ())
        return self.graph.nodes.get(wires[0].source) if wires else None

    def _widen(self, node: Node, size: int) -> Fix | None:
        """Return the fix that makes the nearest Dense layer above a loss put out `size` figures."""
        above = self._source(node)
        while above is not None and above.spec != "dense":
            entry = registry.node(above.spec)
            if entry is None or entry.initialize or len(self.wires.get(above.id, ())) != 1:
                return None
            above = self._source(above)
        if above is None:
            return None
        return Fix(
            f"Set the units of “{above.name}” to {size}",
            self.graph.set_params(above.id, {"out_features": size}),
        )

    def _shape_fix(self, node: Node, spec: LayerSpec, incoming: Sequence[TensorSpec]) -> Fix | None:
        """Return a Flatten in front of the first Dense layer that receives more than two axes."""
        if not incoming or len(incoming[0].shape) <= 2:
            return None
        wires = self.wires.get(node.id, ())
        edge = wires[0] if spec.inputs and spec.inputs[0].ranks()[1] == 2 and wires else None
        if edge is None and isinstance(spec, LossSpec):
            edge = self._first_wide_dense()
        if edge is None:
            return None
        graph, flat = self.graph.add("flatten")
        graph = graph.disconnect([edge]).connect(edge.source, flat, edge.source_port)
        graph = graph.connect(flat, edge.target, target_port=edge.target_port)
        return Fix(f"Insert a Flatten in front of “{self.graph.nodes[edge.target].name}”", graph)

    def _first_wide_dense(self) -> Edge | None:
        for node_id, info in self.nodes.items():
            if self.graph.nodes[node_id].spec == "dense" and len(info.inputs[0].shape) > 2:
                return self.wires[node_id][0]
        return None

    def structure(self) -> None:
        """Look for what is possible but hardly meant."""
        losses = [n for n in self.graph.nodes.values() if _is_loss(n)]
        if self.graph.nodes and not losses:
            self.problems.append(
                Problem(
                    "",
                    "structure",
                    "The network has no loss, so there is nothing to train. "
                    "Drag one from the palette and wire the last layer to it.",
                    severity="warning",
                )
            )
        for loss in losses:
            above = self._source(loss)
            if loss.spec == "cross_entropy" and above is not None and above.spec == "softmax":
                self.problems.append(
                    Problem(
                        loss.id,
                        "structure",
                        f"“{loss.name}” applies a softmax itself, and “{above.name}” in front of "
                        "it is a second one: the network would learn slowly.",
                        fix=Fix(f"Remove “{above.name}”", self.graph.remove([above.id], heal=True)),
                        severity="warning",
                    )
                )


def _is_loss(node: Node) -> bool:
    return isinstance(registry.node(node.spec), LossSpec)


def _is_end(node: Node) -> bool:
    return node.spec == "output" or _is_loss(node)


_VALUES: dict[tuple[str, str], Mapping[str, Value]] = {}


def _values(spec: LayerSpec, node: Node) -> Mapping[str, Value]:
    """Return a node's settings, checked; remembered by their text."""
    key = (spec.id, repr(node.params))
    found = _VALUES.get(key)
    if found is None:
        if len(_VALUES) > 50_000:
            _VALUES.clear()
        found = _VALUES[key] = spec.values(node.params)
    return found
