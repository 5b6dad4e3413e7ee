"""What is known of a graph without running it on data: shapes, sizes, problems and their fixes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from engine.catalog import registry
from engine.catalog.spec import Field, LayerSpec, LossSpec, TensorSpec, Value
from engine.networks import placed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.graph import Graph, Node
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a problem: what it does in words, and the edit of the graph."""

    text: str
    edit: Callable[[Graph], Graph]
    network: str = ""
    """Key of the network it changes; nothing means the one that was analysed."""
    whole: Callable[[Project], Project] | None = None
    """What changes the project instead, where the problem is none of a network."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and how to mend it. A warning does not stop training."""

    node: str
    """Id of the node, in the graph in which the problem lies."""
    kind: str
    """cycle, unconnected, shape, unknown, param, field, structure, network."""
    message: str
    port: str = ""
    fix: Fix | None = None
    severity: Literal["error", "warning"] = "error"
    path: tuple[str, ...] = ()
    """Ids of the places that lead from the analysed graph down to the one the problem lies in."""
    network: str = ""
    """Key of the network the problem lies in; nothing means the one that was analysed."""

    @property
    def here(self) -> str:
        """Return the node of the analysed graph that shows the problem: the place, if inside."""
        return self.path[0].partition("#")[0] if self.path else self.node

    def inside(self, place: str, network: str, severity: Literal["error", "warning"]) -> Problem:
        """Return the problem as seen from a graph that places `network` at the node `place`."""
        network = self.network or network
        fix = self.fix
        if fix is not None:
            fix = replace(fix, network=fix.network or network)
        if severity == "error":
            severity = self.severity
        return replace(self, path=(place, *self.path), network=network, fix=fix, severity=severity)


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
    copies: tuple[Analysis, ...] = ()
    """For a placed network: what goes on inside, once for each copy of a repeat."""
    seen: bool = True
    """False: it was not run; only what it declares is known, no weights and no FLOPs."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that can be known of a graph without running it on data."""

    nodes: Mapping[str, NodeInfo]
    problems: tuple[Problem, ...]
    parameters: int = 0
    """Each shared one counted once."""
    flops: int = 0
    """For one sample, forward."""
    memory: int = 0
    """Bytes: parameters, gradients, two optimizer moments and the activations of one batch."""
    activations: int = 0
    """Numbers that all nodes put out for one batch."""
    names: Mapping[str, int | float] = field(default_factory=dict[str, "int | float"])
    """The named numbers that settings could use here."""
    own: int = 0
    """Parameters that belong to this graph alone, own-weight sub-networks included."""
    shared: Mapping[str, Analysis] = field(default_factory=dict[str, "Analysis"])
    """Networks placed here at any depth with shared weights, as they were first met."""

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


def used(graph: Graph, networks: Mapping[str, Graph] | None = None) -> set[str]:
    """Return the nodes that a loss, an output or a display depends on, and those themselves.

    A placed network that holds a loss or a display counts as one.
    """
    wires = graph.wires_in()
    seen: set[str] = set()
    stack = [n.id for n in graph.nodes.values() if _is_end(n, networks or {})]
    while stack:
        node_id = stack.pop()
        if node_id not in seen:
            seen.add(node_id)
            stack.extend(e.source for e in wires.get(node_id, ()))
    return seen


def is_loss(node: Node) -> bool:
    """Return whether a node is a loss."""
    return isinstance(registry.node(node.spec), LossSpec)


def is_display(node: Node) -> bool:
    """Return whether a node shows something and does nothing else."""
    spec = registry.node(node.spec)
    return bool(spec is not None and spec.shows)


def holds(graph: Graph, networks: Mapping[str, Graph], what: Callable[[Node], bool]) -> bool:
    """Return whether a graph or a network placed in it, at any depth, has such a node."""
    seen: set[str] = set()
    stack = [graph]
    while stack:
        for node in stack.pop().nodes.values():
            if what(node):
                return True
            key = placed(node)
            if key in networks and key not in seen:
                seen.add(key)
                stack.append(networks[key])
    return False


def _is_end(node: Node, networks: Mapping[str, Graph]) -> bool:
    if node.spec == "output" or is_loss(node) or is_display(node):
        return True
    inner = networks.get(placed(node))
    return inner is not None and _acts(inner, networks)


_ACTS: dict[int, tuple[Graph, Mapping[str, Graph | None], bool]] = {}
"""By the identity of a graph: the graph, the networks below it as they were, and the answer."""


def _acts(graph: Graph, networks: Mapping[str, Graph]) -> bool:
    """Return whether there is a loss or a display in a graph or below it; remembered."""
    found = _ACTS.get(id(graph))
    if found is not None and all(networks.get(key) is g for key, g in found[1].items()):
        return found[2]
    keys = {placed(node) for node in graph.nodes.values()} - {""}
    below: dict[str, Graph | None] = {}
    stack = list(keys)
    while stack:
        key = stack.pop()
        if key not in below:
            inner = below[key] = networks.get(key)
            stack += [placed(n) for n in inner.nodes.values() if placed(n)] if inner else []
    answer = holds(graph, networks, lambda n: is_loss(n) or is_display(n))
    if len(_ACTS) > 10_000:
        _ACTS.clear()
    _ACTS[id(graph)] = (graph, below, answer)
    return answer
