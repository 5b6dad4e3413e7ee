"""What mends a problem of a graph: one finder for each kind, or the reason why there can be none.

Every fix is tried before it is offered: a layer on a wire or another setting must let the node run.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import networkx as nx

from engine import adapters, fixes
from engine.adapters import Place
from engine.analysis import Fix, field_of, is_display, is_loss
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import NETWORK, Edge
from engine.networks import inputs_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.analysis import NodeInfo, Problem
    from engine.catalog.spec import LayerSpec, Port, TensorSpec
    from engine.graph import Graph, Node
    from engine.scope import Scope

MOST = 100
"""Problems of one graph for which a fix is looked for; those behind them wait their turn."""
REASONS: Mapping[str, str] = {
    "trust": "Only the user can say that a text is to be trusted.",
    "waiting": "It is being tried out; there is nothing to mend yet.",
    "custom": "The text of the layer is the user's own, and so is its error.",
    "data": "Only the user knows which file is meant.",
}
"""Kinds of problems that no change of a network mends."""


@dataclass(slots=True)
class Known:
    """A graph, what it may refer to, and what was found out about its nodes."""

    graph: Graph
    scope: Scope
    nodes: Mapping[str, NodeInfo]
    _wires: dict[str, tuple[Edge, ...]] | None = None
    _following: defaultdict[str, list[str]] | None = None
    _loose: list[tuple[str, str, TensorSpec]] | None = None
    _ends: list[tuple[str, str, TensorSpec]] | None = None

    @property
    def wires(self) -> Mapping[str, tuple[Edge, ...]]:
        """Return the wires into each node."""
        if self._wires is None:
            self._wires = self.graph.wires_in()
        return self._wires

    def downstream(self, node_id: str) -> set[str]:
        """Return every node that depends on this one."""
        if self._following is None:
            self._following = defaultdict(list)
            for edge in self.graph.edges:
                self._following[edge.source].append(edge.target)
        seen: set[str] = set()
        stack = list(self._following.get(node_id, ()))
        while stack:
            current = stack.pop()
            if current not in seen:
                seen.add(current)
                stack.extend(self._following.get(current, ()))
        return seen

    def tensor(self, edge: Edge) -> TensorSpec | None:
        """Return what a wire carries."""
        info = self.nodes.get(edge.source)
        return info.outputs.get(edge.source_port) if info else None

    def loose(self) -> list[tuple[str, str, TensorSpec]]:
        """Return (node, port, tensor) of the outputs nobody reads, the last in the flow first."""
        if self._loose is None:
            fed = {e.source for e in self.graph.edges}
            self._loose = [
                (key, port, tensor)
                for key, info in reversed(tuple(self.nodes.items()))
                if key not in fed and key in self.graph.nodes
                for port, tensor in list(info.outputs.items())[:1]
            ]
        return self._loose

    def ends(self) -> list[tuple[str, str, TensorSpec]]:
        """Return what feeds a loss, an output or a display: it may feed another one as well."""
        if self._ends is None:
            nodes = self.graph.nodes.values()
            last = [n for n in nodes if n.spec == "output" or is_loss(n) or is_display(n)]
            edges = (e for node in last for e in self.wires.get(node.id, ())[:1])
            told = ((e.source, e.source_port, self.tensor(e)) for e in edges)
            self._ends = [(node, port, tensor) for node, port, tensor in told if tensor is not None]
        return self._ends


def attach(problems: Iterable[Problem], known: Known) -> list[Problem]:
    """Return the problems of a graph, each with a fix where there is one."""
    found: list[Problem] = []
    left = MOST
    for problem in problems:
        finder = FINDERS.get(problem.kind)
        if finder is not None and problem.fix is None and not problem.path and left:
            left -= 1
            problem = replace(problem, fix=finder(problem, known))
        found.append(problem)
    return found


# -- wires


def _cut_loop(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that removes the wire of a loop that was drawn last."""
    graph = known.graph
    directed: nx.DiGraph[str] = nx.DiGraph()
    directed.add_edges_from((e.source, e.target) for e in graph.edges)
    pairs = {(str(a), str(b)) for a, b in nx.find_cycle(directed)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType, reportAssignmentType]
    edges = [e for e in graph.edges if (e.source, e.target) in pairs]
    last = edges[-1]
    names = f"“{graph.nodes[last.source].name}” to “{graph.nodes[last.target].name}”"
    return Fix(f"Remove the wire from {names}", lambda g: g.disconnect([last]))


def _wire_up(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that wires the nearest loose end to an input without a wire."""
    graph = known.graph
    node = graph.nodes[problem.node]
    port = next((p for p in inputs_of(node, known.scope.networks) if p.name == problem.port), None)
    if port is None:
        return None
    behind = {node.id, *known.downstream(node.id)}
    for source, output, tensor in itertools.chain(known.loose(), known.ends()):
        if source not in behind and _suits(port, tensor, node):
            edge = Edge(source=source, source_port=output, target=node.id, target_port=problem.port)
            text = f"Wire “{graph.nodes[source].name}” to “{node.name}”"
            return Fix(text, partial(_wired, edge=edge))
    return _feed(problem, known, port, node)


def _wired(graph: Graph, edge: Edge) -> Graph:
    return graph.but(edges=(*graph.edges, edge))


def _suits(port: Port, tensor: TensorSpec, node: Node) -> bool:
    low, high = port.ranks()
    rank = len(tensor.shape)
    kind = "float" if tensor.dtype.startswith(("float", "bfloat")) else "int"
    fits = rank >= low and (high is None or rank <= high)
    # A flatten or an embedding in front can be offered afterwards.
    return port.dtype in ("any", kind) and (fits or node.spec != NETWORK)


def _feed(problem: Problem, known: Known, port: Port, node: Node) -> Fix | None:
    """Return the fix that puts an Input in front of a network that has none."""
    graph = known.graph
    given = any(n.spec == "input" for n in graph.nodes.values())
    if given or not any(f.role == "input" for f in known.scope.fields.values()):
        return None

    def add(g: Graph) -> Graph:
        g, source = g.add("input")
        edge = Edge(source=source, target=node.id, target_port=port.name)
        return g.but(edges=(*g.edges, edge))

    return Fix(f"Add an Input in front of “{node.name}”", add)


# -- shapes


def _fit(problem: Problem, known: Known) -> Fix | None:
    """Return a layer on a wire, or another setting, with which a node runs."""
    node = known.graph.nodes[problem.node]
    spec = registry.node(node.spec, node.params)
    if spec is None or spec.own is not None or node.spec == NETWORK:
        return None
    received = _received(node, spec, known)
    if received is None:
        return None
    wires, place = received
    if isinstance(spec, LossSpec) and (wanted := _wanted(node, spec, place, known)) is not None:
        return _lead(known, wires[0], place, wanted)
    numbers = range(len(wires))
    misfit = any(not _in_rank(replace(place, index=i)) for i in numbers)
    if not misfit and (found := adapters.with_setting(place)) is not None:
        return _setting(node, spec, *found)
    for index in sorted(numbers, key=lambda i: _order(i, wires, known)):
        chain = adapters.on_wire(replace(place, index=index))
        if chain is not None:
            return insert(known.graph, wires[index], _with_words(wires[index], chain, known))
    return None


def _with_words(wire: Edge, chain: adapters.Chain, known: Known) -> adapters.Chain:
    """Return a chain whose embedding has as many words as the data field that it reads."""
    node = known.graph.nodes[wire.source]
    spec = registry.node(node.spec)
    data = field_of(node, spec, known.scope.fields) if spec and node.spec == "input" else None
    if chain[0].spec != "embedding" or data is None or not data.classes:
        return chain
    return (replace(chain[0], params=(("num_embeddings", len(data.classes)),)), *chain[1:])


def _received(node: Node, spec: LayerSpec, known: Known) -> tuple[tuple[Edge, ...], Place] | None:
    """Return the wires into a node, and what it receives by them and from the data."""
    wires = known.wires.get(node.id, ())
    tensors = [known.tensor(edge) for edge in wires]
    counts = [sum(e.target_port == port.name for e in wires) for port in spec.inputs]
    if isinstance(spec, LossSpec):
        for number, port in enumerate(spec.inputs):
            if port.name == "target" and not counts[number]:
                data = field_of(node, spec, known.scope.fields)
                counts[number] = 1
                tensors.insert(sum(counts[:number]), data.spec() if data else None)
    found = tuple(t for t in tensors if t is not None)
    if len(found) < len(tensors) or not wires:
        return None
    try:
        values = spec.values(node.params)
    except ValueError:
        return None
    return wires, Place(spec.id, tuple(values.items()), found, tuple(counts), 0)


def _wanted(node: Node, spec: LossSpec, place: Place, known: Known) -> tuple[int, ...] | None:
    """Return the shape that a prediction must have for the target that the data holds."""
    data = field_of(node, spec, known.scope.fields)
    wired = any(e.target_port == "target" for e in known.wires[node.id])
    if len(place.incoming) != 2 or spec.inputs[1].name != "target" or (data is None and not wired):
        return None
    target = place.incoming[1].shape
    if spec.task != "classes":
        return target if len(target) > 1 else (*target, 1)
    classes = len(data.classes) if data is not None and not wired else 0
    if not classes:
        return None
    return (target[0], classes, *target[1:]) if spec.class_axis == 1 else (*target, classes)


def _lead(known: Known, wire: Edge, place: Place, wanted: tuple[int, ...]) -> Fix | None:
    """Return the fix that gives a prediction the shape of its target."""
    shape = place.incoming[0].shape
    if shape[:-1] == wanted[:-1]:
        fix = fixes.widen(known.graph, known.wires, wire.target, wanted[-1])
        if fix is not None:
            return fix
    chain = adapters.leading_to(place, wanted)
    return insert(known.graph, wire, chain) if chain is not None else None


def _in_rank(place: Place) -> bool:
    low, high = place.port.ranks()
    rank = len(place.incoming[place.index].shape)
    return rank >= low and (high is None or rank <= high)


def _order(index: int, wires: tuple[Edge, ...], known: Known) -> tuple[bool, int]:
    """Return what sorts the wires of a node: a shortcut past the others' layers comes first."""
    mine = wires[index].source
    others = {e.source for i, e in enumerate(wires) if i != index}
    shortcut = bool(others & known.downstream(mine)) if others else False
    return not shortcut, -index


def _setting(node: Node, spec: LayerSpec, name: str, value: object) -> Fix:
    shown = "×".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    text = f"Set {spec.param(name).label} of “{node.name}” to {shown}"
    return Fix(text, lambda g: g.set_params(node.id, {name: value}))


def insert(graph: Graph, wire: Edge, chain: adapters.Chain) -> Fix:
    """Return the fix that puts layers on a wire."""
    text = f"Insert {adapters.words(chain)} in front of “{graph.nodes[wire.target].name}”"
    return Fix(text, partial(inserted, wire=wire, chain=chain))


def inserted(graph: Graph, wire: Edge, chain: adapters.Chain) -> Graph:
    """Return the graph with layers on a wire; the wire's place among those of its port stays."""
    source, port = wire.source, wire.source_port
    links: list[Edge] = []
    for layer in chain:
        graph, fresh = graph.add(layer.spec)
        graph = graph.set_params(fresh, dict(layer.params))
        links.append(Edge(source=source, source_port=port, target=fresh))
        source, port = fresh, "out"
    last = wire.but(source=source, source_port=port)
    edges = tuple(last if e == wire else e for e in graph.edges)
    return graph.but(edges=(*edges, *links))


# -- settings


def _reset(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that gives wrong settings of a node their defaults."""
    node = known.graph.nodes.get(problem.node)
    spec = registry.node(node.spec, node.params) if node is not None else None
    if node is None or spec is None:
        return None
    wrong = {
        p.name: p.default
        for p in spec.params
        if p.name in node.params and not _holds(p.check, node.params[p.name])
    }
    if not wrong:
        return None
    labels = " and ".join(spec.param(name).label for name in wrong)
    values = ", ".join(map(str, wrong.values()))
    text = f"Set {labels} of “{node.name}” to {values}, the default"
    return Fix(text, lambda g: g.set_params(node.id, wrong))


def _holds(check: Callable[[object], object], value: object) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


def _other_field(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that reads another field of the data."""
    node = known.graph.nodes[problem.node]
    wanted = "target" if is_loss(node) else "input"
    found = next((f for f in known.scope.fields.values() if f.role == wanted), None)
    if found is None:
        return None
    text = f"Let “{node.name}” read “{found.name}”"
    return Fix(text, lambda g: g.set_params(node.id, {"field": found.name}))


# -- nodes


def _remove(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that takes a layer out that nobody knows."""
    return fixes.remove(known.graph, problem.node)


def _structure(problem: Problem, known: Known) -> Fix | None:
    """Return the fix that adds the loss that suits the data, behind the last layer."""
    fields = known.scope.fields.values()
    target = next((f for f in fields if f.role == "target"), None)
    ends = [end for end in known.loose() if _goes_on(known.graph.nodes[end[0]], known)]
    if problem.node or target is None or not ends:
        return None
    kind = "cross_entropy" if target.classes else "mse"
    spec = registry.node(kind)
    assert spec is not None
    source, output, _ = ends[0]

    def add(g: Graph) -> Graph:
        g, loss = g.add(kind)
        port = spec.inputs[0].name
        edge = Edge(source=source, source_port=output, target=loss, target_port=port)
        return g.but(edges=(*g.edges, edge))

    return Fix(f"Add a {spec.title} loss behind “{known.graph.nodes[source].name}”", add)


def _goes_on(node: Node, known: Known) -> bool:
    return node.spec != "input" and bool(outputs_of(node, known.scope.networks))


FINDERS: Mapping[str, Callable[[Problem, Known], Fix | None]] = {
    "cycle": _cut_loop,
    "unconnected": _wire_up,
    "shape": _fit,
    "param": _reset,
    "field": _other_field,
    "unknown": _remove,
    "structure": _structure,
}
"""Kinds of problems, and what looks for a fix."""
