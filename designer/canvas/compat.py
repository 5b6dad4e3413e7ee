"""Whether a wire can go from one port to another, and why not; asked of graph and shapes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from designer.canvas import words
from engine.networks import inputs_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.analysis import Analysis, Fix
    from engine.catalog.spec import Port, TensorSpec
    from engine.graph import Graph, Node
    from engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Ground:
    """A graph, what is known of it, and the networks that its nodes may place."""

    graph: Graph
    analysis: Analysis | None
    networks: Mapping[str, Graph]
    scope: Scope | None = None
    """What the graph may refer to; None while nothing can be tried."""
    network: str = ""
    """The graph's key."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a wire: a port of a node."""

    node: str
    port: str
    output: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a wire may be drawn, whether what it carries fits, and a sentence if not."""

    possible: bool
    fits: bool
    text: str = ""
    fix: Fix | None = None
    """What makes it fit, to be applied once the wire is drawn."""


GOOD = Verdict(possible=True, fits=True)


def ports_of(ground: Ground, node: Node, *, output: bool) -> tuple[Port, ...]:
    """Return the ports of a node on one side; none if its layer is unknown."""
    return (outputs_of if output else inputs_of)(node, ground.networks)


def port_of(ground: Ground, end: End) -> Port | None:
    """Return the port at an end, or None if its layer is unknown."""
    node = ground.graph.nodes.get(end.node)
    ports = ports_of(ground, node, output=end.output) if node is not None else ()
    return next((p for p in ports if p.name == end.port), None)


def carried(analysis: Analysis | None, end: End) -> TensorSpec | None:
    """Return the tensor that leaves an output, where it is known."""
    info = analysis.nodes.get(end.node) if analysis else None
    return info.outputs.get(end.port) if info else None


def blocked(graph: Graph, end: End) -> set[str]:
    """Return the nodes to which a wire from this end would close a loop, its own among them."""
    if not end.output:
        return {end.node, *graph.downstream(end.node)}
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        sources[edge.target].append(edge.source)
    seen = {end.node}
    stack = [end.node]
    while stack:
        for node_id in sources[stack.pop()]:
            if node_id not in seen:
                seen.add(node_id)
                stack.append(node_id)
    return seen


def verdict(ground: Ground, first: End, second: End, loop: set[str] | None = None) -> Verdict:
    """Return whether two ports can be joined; `loop` is `blocked(graph, first)`, if at hand."""
    graph = ground.graph
    if first.output == second.output:
        ways = "outputs" if first.output else "inputs"
        return Verdict(False, False, f"Both are {ways}; a wire goes from an output to an input.")
    if second.node in (blocked(graph, first) if loop is None else loop):
        if second.node == first.node:
            return Verdict(False, False, "A node cannot feed itself.")
        return Verdict(False, False, "This wire would close a loop.")
    source, target = (first, second) if first.output else (second, first)
    leaving, entering = port_of(ground, source), port_of(ground, target)
    if leaving is None or entering is None:
        return GOOD
    name = graph.nodes[target.node].name
    return _match(leaving, carried(ground.analysis, source), entering, name)


def _match(leaving: Port, tensor: TensorSpec | None, entering: Port, name: str) -> Verdict:
    low, high = entering.ranks()
    wants = f"“{name}” takes {entering.axes}"
    if tensor is None:
        least, most = leaving.ranks()
        if (most is not None and most < low) or (high is not None and least > high):
            return Verdict(True, False, f"{wants}; this is {leaving.axes}.")
        return GOOD
    rank = len(tensor.shape)
    if rank < low or (high is not None and rank > high):
        return Verdict(True, False, f"{wants}; this carries {words.shape(tensor)}.")
    kind = "float" if tensor.dtype.startswith(("float", "bfloat")) else "int"
    if entering.dtype not in ("any", kind):
        wanted = "whole numbers" if entering.dtype == "int" else "decimal numbers"
        return Verdict(True, False, f"“{name}” takes {wanted}; this carries {tensor.dtype}.")
    return GOOD


def counterpart(
    ground: Ground, end: End, node_id: str, *, loop: set[str] | None = None
) -> tuple[End, Verdict] | None:
    """Return the port of a node that suits an end best, free ones first; None without ports."""
    graph = ground.graph
    node = graph.nodes.get(node_id)
    ports = ports_of(ground, node, output=not end.output) if node is not None else ()
    taken = {e.target_port for e in graph.edges if end.output and e.target == node_id}
    best: tuple[tuple[bool, bool, bool], End, Verdict] | None = None
    for port in ports:
        other = End(node_id, port.name, not end.output)
        found = verdict(ground, end, other, loop)
        busy = port.name in taken and not port.many
        rank = (not found.possible, not found.fits, busy)
        if best is None or rank < best[0]:
            best = (rank, other, found)
    return (best[1], best[2]) if best else None


def accepts(ground: Ground, end: End, ports: Sequence[Port], title: str) -> bool:
    """Return whether one of these ports, on the other side, would take this end of a wire."""
    mine = port_of(ground, end)
    if mine is None:
        return bool(ports)
    if end.output:
        tensor = carried(ground.analysis, end)
        return any(_match(mine, tensor, p, title).fits for p in ports)
    return any(_match(p, None, mine, title).fits for p in ports)
