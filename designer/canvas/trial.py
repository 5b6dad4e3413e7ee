"""What would come of it: a wire or a new node tried on the side, before anything is changed.

The engine works out only the nodes that are touched, so that this can be asked at every move of the
pointer. Nothing here knows a widget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from designer.canvas import compat, edits, words
from designer.canvas.compat import GOOD, Verdict
from designer.offers import BLOCK, OWN, SHARED
from engine import networks
from engine.graph import Edge, Graph, GraphError
from engine.networks import NetworkError

if TYPE_CHECKING:
    from designer.canvas.compat import End, Ground
    from designer.canvas.edits import Scope
    from engine.analysis import Analysis, Fix, NodeInfo, Problem
    from engine.catalog.spec import TensorSpec
    from engine.graph import Node

NEW = "?"
"""The id of the node that is tried."""
AS_IT_IS = "Shift: wire it as it is."


# -- wires


def wire(
    ground: Ground, first: End, second: End, loop: set[str] | None = None, *, mend: bool = True
) -> Verdict:
    """Return the verdict on a wire with its reasons; to `mend`, with the fix if there is one."""
    found = compat.verdict(ground, first, second, loop)
    if not found.possible or ground.analysis is None or ground.scope is None:
        return found
    source, target = (first, second) if first.output else (second, first)
    tensor = compat.carried(ground.analysis, source)
    if tensor is None or compat.port_of(ground, target) is None:
        return found
    after = _revisit(replace(ground, graph=_alone(ground, source, target)), [target.node])
    problem = _misfit(after, target.node)
    if problem is not None and target.node not in after.nodes:
        return Verdict(True, False, problem.message, _fix(ground, source, target) if mend else None)
    info = after.nodes.get(target.node)
    if info is None:
        return found
    text = f"{words.shape(tensor)} → {_result(info)}" if _result(info) else words.shape(tensor)
    return replace(GOOD, text=text if problem is None else f"{text}\n{problem.message}")


def _alone(ground: Ground, source: End, target: End) -> Graph:
    """Return a node with all that feeds it and the new wire: enough to tell whether it runs."""
    port = compat.port_of(ground, target)
    many = port is not None and port.many
    edge = Edge(
        source=source.node, source_port=source.port, target=target.node, target_port=target.port
    )
    kept = [
        e
        for e in ground.graph.edges
        if e.target == target.node and (many or e.target_port != target.port)
    ]
    around = {target.node, source.node, *(e.source for e in kept)}
    nodes = {key: ground.graph.nodes[key] for key in around}
    return ground.graph.but(nodes=nodes, edges=(*(e for e in kept if e != edge), edge))


def _fix(ground: Ground, source: End, target: End) -> Fix | None:
    """Return what mends a wire, found in the whole network; it may change what lies far before."""
    try:
        graph = edits.connect(ground.graph, source, target)
    except GraphError:
        return None
    problem = _misfit(_revisit(replace(ground, graph=graph), [target.node]), target.node)
    return problem.fix if problem is not None else None


def advice(found: Verdict, *, as_it_is: bool) -> str:
    """Return the words beside the pointer: the verdict, and what letting go will do about it."""
    if found.fix is None or as_it_is:
        return found.text
    return f"{found.text}\nLet go: {_small(found.fix.text)}. {AS_IT_IS}"


def fixed(graph: Graph, found: Verdict) -> tuple[str, Graph]:
    """Return the name of the step and the graph with the fix of a wire that has been drawn."""
    assert found.fix is not None
    return f"Wire, and {_small(found.fix.text)}", found.fix.edit(graph)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _revisit(ground: Ground, node_ids: list[str]) -> Analysis:
    from engine.shapes import revisit

    assert ground.scope is not None
    assert ground.analysis is not None
    inside = (ground.network,) if ground.network else ()
    return revisit(ground.graph, ground.scope, ground.analysis, node_ids, inside)


def _misfit(after: Analysis, node_id: str) -> Problem | None:
    """Return why a node does not run; a wire that it still lacks is no such reason."""
    problems = (p for p in after.problems if p.here == node_id and p.kind != "unconnected")
    return next(problems, None)


def _result(info: NodeInfo) -> str:
    return next((words.shape(tensor) for tensor in info.outputs.values()), "")


# -- nodes


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a new node would be joined: at a loose end, into a wire, or behind a node."""

    end: End | None = None
    wire: Edge | None = None
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would come of a new node: what it takes and puts out, or why it does not fit."""

    node: Node | None
    info: NodeInfo | None = None
    wires: tuple[Edge, ...] = ()
    """The new wires at it."""
    taken: TensorSpec | None = None
    reason: str = ""

    @property
    def shape(self) -> str:
        """Return the shape that it puts out; nothing while that is not known."""
        return _result(self.info) if self.info is not None else ""

    @property
    def text(self) -> str:
        """Return the sentence that says it all."""
        if self.reason:
            return self.reason
        before = words.shape(self.taken) if self.taken is not None else ""
        return " → ".join(part for part in (before, self.shape) if part)


class Trial:
    """Tries out what could be added to a network; the answers are kept while it stays the same."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._grounds: dict[str, tuple[Ground, Node] | None] = {}
        self._known: dict[tuple[str, Spot], Outcome] = {}

    def of(self, payload: str, spot: Spot) -> Outcome:
        """Return what would come of adding an offer at a place."""
        key = (payload, spot)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._try(payload, spot)
        return found

    def seen(self, payload: str, spot: Spot) -> Outcome | None:
        """Return what is known already."""
        return self._known.get((payload, spot))

    def _try(self, payload: str, spot: Spot) -> Outcome:
        if payload not in self._grounds:
            self._grounds[payload] = self._ground(payload)
        made = self._grounds[payload]
        if made is None:
            return Outcome(None)
        whole, node = made
        around = _around(whole.graph, spot)
        ground = replace(whole, graph=_part(whole.graph, around, node))
        graph = edits.join(ground, node.id, behind=spot.behind, wire=spot.wire, end=spot.end)
        wires = tuple(e for e in graph.edges if node.id in (e.source, e.target))
        if ground.analysis is None or ground.scope is None:
            return Outcome(node, wires=wires)
        touched = [node.id, *dict.fromkeys(e.target for e in wires if e.source == node.id)]
        after = _revisit(replace(ground, graph=graph), touched)
        feed = next((e for e in wires if e.target == node.id), None)
        info = ground.analysis.nodes.get(feed.source) if feed is not None else None
        taken = info.outputs.get(feed.source_port) if info and feed else None
        reason = _reason(after, touched, spot, bool(wires))
        return Outcome(node, after.nodes.get(node.id), wires, taken, reason)

    def _ground(self, payload: str) -> tuple[Ground, Node] | None:
        """Return the project with the networks of an offer, and its node."""
        kind, colon, name = payload.partition(":")
        try:
            if not colon:
                graph, node_id = Graph().add(payload, node_id=NEW)
                return self._scope.ground(), graph.nodes[node_id]
            project, key = self._scope.project, self._scope.network
            if kind == BLOCK:
                from engine import blocks

                made = networks.adopt(project, key, blocks.load(name), 0, 0)
            else:
                how = "shared" if kind == SHARED else "own"
                made = networks.place(project, key, name, 0, 0, how)
        except (NetworkError, OSError, ValueError):
            return None
        assert kind in (BLOCK, OWN, SHARED)
        scope = replace(self._scope, project=made.project)
        node = made.project.networks[key].nodes[made.node].but(id=NEW)
        return replace(scope.ground(), graph=self._scope.graph), node


def _around(graph: Graph, spot: Spot) -> set[str]:
    """Return the nodes that are touched, and those that feed them."""
    target = spot.wire.target if spot.wire is not None else ""
    if spot.end is not None:
        target = "" if spot.end.output else spot.end.node
    found = {spot.behind, target}
    found |= {e.source for e in graph.edges if target and e.target == target}
    if spot.end is not None:
        found.add(spot.end.node)
    if spot.wire is not None:
        found.add(spot.wire.source)
    return found - {""}


def _part(graph: Graph, around: set[str], node: Node) -> Graph:
    """Return the part of a graph that matters, with one more node."""
    nodes = {key: graph.nodes[key] for key in around if key in graph.nodes}
    edges = tuple(e for e in graph.edges if e.source in around and e.target in around)
    return graph.but(nodes={**nodes, node.id: node}, edges=edges)


def _reason(after: Analysis, touched: list[str], spot: Spot, wired: bool) -> str:
    """Return why what is tried does not fit; nothing if it does."""
    if (spot.end is not None or spot.wire is not None) and not wired:
        return "It has no port for this wire."
    for node_id in touched:
        problem = _misfit(after, node_id)
        if problem is not None and node_id not in after.nodes:
            own = node_id == touched[0]
            return (
                problem.message.partition("”: ")[2] or problem.message if own else problem.message
            )
    return ""
