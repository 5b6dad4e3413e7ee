"""Graph -> the tensor on every port, or the problem in its way, with a fix where there is one.

A placed network is worked out like a layer: with what comes in at its place. What was worked out
is kept for as long as the same graphs come with the same inputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine import doubts, fixes, mends, selfnormal
from engine.analysis import Analysis, Fix, NodeInfo, Problem, field_of, holds, is_loss, used
from engine.bypass import awake
from engine.catalog import registry
from engine.catalog.spec import Field, LayerSpec, LossSpec, TensorSpec, Value
from engine.flows import flow
from engine.graph import NETWORK, ODE, CycleError, Edge, Graph, Node
from engine.mends import Known
from engine.places import Wanted, place
from engine.scope import Scope
from engine.trace import ShapeError, Trace, trace
from engine.variables import VariableError, environment, resolve_params

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.places import Placed

__all__ = ["Analysis", "Fix", "NodeInfo", "Problem", "Scope", "analyse", "field_of", "used"]


def analyse(graph: Graph, scope: Scope | Mapping[str, Field], batch_size: int = 32) -> Analysis:
    """Return shapes, parameters, FLOPs, a memory forecast and every problem of a graph.

    `scope` is what the graph may refer to; bare fields will do for one that places no network.
    """
    graph, scope = awake(graph), Scope.of(scope)
    key = scope.key_of(graph)
    try:
        names = environment(scope.variables, graph.settings, {})
    except VariableError as error:
        return Analysis({}, (Problem("", "param", str(error)),))
    return _analyse(graph, scope, batch_size, names, None, (key,) if key else ())


def _analyse(
    graph: Graph,
    scope: Scope,
    batch_size: int,
    names: Mapping[str, int | float],
    ports: Mapping[str, TensorSpec] | None,
    inside: tuple[str, ...],
) -> Analysis:
    """Return the analysis of a graph as it is seen from outside (`ports`) or by itself (None)."""
    try:
        order = graph.order()
    except CycleError as error:
        node = next((e.target for e in graph.edges if e.target in graph.downstream(e.target)), "")
        found = mends.attach([Problem(node, "cycle", str(error))], Known(graph, scope, {}))
        return Analysis({}, tuple(found), names=names)
    walk = _Walk(graph, scope, batch_size, names, ports, inside)
    for node_id in order:
        walk.visit(graph.nodes[node_id])
    walk.structure()
    return walk.result()


def revisit(
    graph: Graph,
    scope: Scope,
    known: Analysis,
    node_ids: Sequence[str],
    inside: tuple[str, ...] = (),
) -> Analysis:
    """Return what becomes of some nodes alone, in this order; the others are as `known` has them.

    Nothing else is looked at, so that it can be asked while the pointer moves. `inside` are the
    keys of the networks around, the graph's own last.
    """
    graph = awake(graph)
    walk = _Walk(graph, scope, 1, known.names, None, inside)
    walk.nodes = {key: info for key, info in known.nodes.items() if key in graph.nodes}
    for node_id in node_ids:
        walk.nodes.pop(node_id, None)
        if node_id in graph.nodes:  # A loss that is passed over is not there.
            walk.visit(graph.nodes[node_id])
    return walk.result()


class _Walk:
    """One pass over a graph in order; what each node puts out is kept for the next."""

    def __init__(
        self,
        graph: Graph,
        scope: Scope,
        batch_size: int,
        names: Mapping[str, int | float],
        ports: Mapping[str, TensorSpec] | None,
        inside: tuple[str, ...],
    ) -> None:
        self.graph = graph
        self.scope = scope
        self.fields = scope.fields
        self.batch_size = batch_size
        self.names = names
        self.ports = ports
        self.inside = inside
        self.wires = graph.wires_in()
        self.nodes: dict[str, NodeInfo] = {}
        self.problems: list[Problem] = []
        self.shared: dict[str, Analysis] = {}
        self.own = 0
        self.activations = 0
        self.used = used(graph, scope.networks)

    def result(self) -> Analysis:
        """Return what was found."""
        parameters = self.own + sum(a.own for a in self.shared.values())
        return Analysis(
            self.nodes,
            tuple(mends.attach(self.problems, Known(self.graph, self.scope, self.nodes))),
            parameters,
            sum(n.flops for n in self.nodes.values()),
            4 * (4 * parameters + 2 * self.activations),
            self.activations,
            self.names,
            self.own,
            self.shared,
        )

    def problem(
        self, node: Node, kind: str, message: str, port: str = "", fix: Fix | None = None
    ) -> None:
        """Note a problem; beside the way to every loss it is only a warning."""
        severity = "error" if node.id in self.used or kind == "unknown" else "warning"
        self.problems.append(Problem(node.id, kind, message, port, fix, severity))

    def visit(self, node: Node) -> None:
        """Work out one node."""
        spec = registry.node(node.spec, node.params)
        if spec is None:
            self.problem(
                node,
                "unknown",
                f"“{node.name}” is a {node.spec!r}, which this version does not know. "
                "Its content is kept; replace or delete it to train.",
            )
            return
        try:
            values = _values(spec, node, self.names)
        except ValueError as error:
            self.problem(node, "param", f"“{node.name}”: {error}")
            return
        if spec.id == "input":
            self._input(node, spec, values)
            return
        if spec.id == NETWORK:
            self._place(node, values)
            return
        found = self._incoming(node, spec)
        if found is None:
            return
        incoming, ports = found
        if spec.id == ODE:
            wanted = Wanted(node, values, self.names, self.batch_size, self.inside)
            self._take(node, flow(wanted, self.scope, incoming[0], self.shared, _analyse))
        else:
            self._layer(node, spec, values, incoming, ports)

    def _layer(
        self,
        node: Node,
        spec: LayerSpec,
        values: Mapping[str, Value],
        incoming: tuple[TensorSpec, ...],
        ports: tuple[int, ...],
    ) -> None:
        """Run a layer or a loss on the meta device."""
        try:
            result = trace(spec, values, incoming, ports)
        except ShapeError as error:
            self._failed(node, spec, error, (incoming, ports, values))
            return
        if isinstance(spec, LossSpec) and not self._loss(node, spec, incoming):
            return
        self._keep(node, spec, values, (incoming, ports), result)

    def _failed(
        self,
        node: Node,
        spec: LayerSpec,
        error: ShapeError,
        received: tuple[tuple[TensorSpec, ...], tuple[int, ...], Mapping[str, Value]],
    ) -> None:
        """Note why a node cannot be worked out, and what it declares all the same."""
        incoming, ports, values = received
        fix = None
        if error.kind == "shape":
            fix = fixes.flatten(self.graph, self.wires, node, spec, incoming, self.nodes)
        self.problem(node, error.kind, f"“{node.name}”: {error}", fix=fix)
        if error.outputs is not None:
            self.nodes[node.id] = NodeInfo(
                incoming, error.outputs, values=values, ports=ports, seen=False
            )

    def _keep(
        self,
        node: Node,
        spec: LayerSpec,
        values: Mapping[str, Value],
        received: tuple[tuple[TensorSpec, ...], tuple[int, ...]],
        result: Trace,
    ) -> None:
        outputs = {} if isinstance(spec, LossSpec) or not spec.outputs else dict(result.outputs)
        lazy = {p.name for p in spec.outputs if p.lazy}
        idle = lazy - {e.source_port for e in self.graph.edges if lazy and e.source == node.id}
        self.own += result.parameters
        held = (s for port, s in outputs.items() if port not in idle)
        self.activations += sum(s.count(self.batch_size) for s in held)
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
        if self.ports is not None and not node.params.get("field"):
            if node.id in self.ports:
                self.nodes[node.id] = NodeInfo((), {"out": self.ports[node.id]}, values=values)
            return
        data = field_of(node, spec, self.fields)
        if data is not None:
            out = data.spec()
            self.activations += out.count(self.batch_size)
            self.nodes[node.id] = NodeInfo((), {"out": out}, values=values)
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
                self._unwired(node, port.name, port.name)
                complete = False
            if None in found:
                complete = False
            specs.extend(s for s in found if s is not None)
            counts.append(len(found))
        return (tuple(specs), tuple(counts)) if complete else None

    def _unwired(self, node: Node, port: str, title: str) -> None:
        self.problem(
            node,
            "unconnected",
            f"“{node.name}” has nothing wired to its input “{title}”. "
            "Drag a wire to it from the node that should feed it.",
            port,
        )

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
        wired = any(e.target_port == "target" for e in self.wires.get(node.id, ()))
        data = None if wired else field_of(node, spec, self.fields)
        if spec.task != "classes" or data is None or not data.classes or len(incoming[0].shape) < 2:
            return True
        scores, classes = incoming[0].shape[spec.class_axis], len(data.classes)
        if scores == classes:
            return True
        text = f"“{node.name}” receives {scores} scores per sample; the data has {classes} classes."
        fix = fixes.widen(self.graph, self.wires, node.id, classes)
        if scores > classes:
            self.problems.append(
                Problem(node.id, "shape", f"{text} The others are never right.", "", fix, "warning")
            )
            return True
        self.problem(node, "shape", f"{text} Its last layer must put out {classes}.", fix=fix)
        return False

    def _place(self, node: Node, values: Mapping[str, Value]) -> None:
        """Work out a placed network: take over what was found inside it."""
        arriving: dict[str, TensorSpec | None] = {}
        for edge in self.wires.get(node.id, ()):
            arriving[edge.target_port] = self._output(edge)
        wanted = Wanted(node, values, self.names, self.batch_size, self.inside)
        self._take(node, place(wanted, self.scope, arriving, self.shared, _analyse))

    def _take(self, node: Node, found: Placed) -> None:
        """Take over what was found where a network stands."""
        for problem in found.problems:
            beside = node.id not in self.used
            self.problems.append(replace(problem, severity="warning") if beside else problem)
        self.own += found.own
        self.activations += found.activations
        if found.info is not None:
            self.nodes[node.id] = found.info

    # -- structure

    def structure(self) -> None:
        """Look for what is possible but hardly meant."""
        alone = self.ports is None and self.graph.nodes
        if alone and not holds(self.graph, self.scope.networks, is_loss):
            self.problems.append(
                Problem(
                    "",
                    "structure",
                    "The network has no loss, so there is nothing to train. "
                    "Drag one from the palette and wire the last layer to it.",
                    severity="warning",
                )
            )
        self.problems += doubts.of_losses(self.graph, self.wires)
        self.problems += selfnormal.doubts(self.graph, self.wires)


_VALUES: dict[tuple[object, ...], Mapping[str, Value]] = {}


def _values(spec: LayerSpec, node: Node, names: Mapping[str, int | float]) -> Mapping[str, Value]:
    """Return a node's settings, worked out and checked; remembered by their text."""
    text = repr(node.params)
    key = (spec.id, text, *(names.items() if "'=" in text or '"=' in text else ()))
    found = _VALUES.get(key)
    if found is None:
        if len(_VALUES) > 50_000:
            _VALUES.clear()
        found = _VALUES[key] = spec.values(resolve_params(spec, node.params, names))
    return found
