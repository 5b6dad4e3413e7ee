"""The networks of a blueprint as a tree again: one instance for each set of weights of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import emit
from engine.analysis import is_display, used
from engine.catalog import registry
from engine.graph import NETWORK, PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.graph import Graph, Node
    from engine.plan import Blueprint
    from engine.scope import Scope
    from engine.steps import Step


@dataclass(slots=True, eq=False)
class Instance:
    """One module made of a network: a root, a shared network, or a place with its own weights."""

    key: str
    graph: Graph
    analysis: Analysis
    order: tuple[str, ...]
    steps: Mapping[str, Step]
    """Nodes that own a module."""
    inner: dict[str, tuple[Instance, ...]]
    """Places with weights of their own: an instance for each copy that has its own."""


class Tree:
    """All instances, and where shared networks live.

    Parameters
    ----------
    made
        The plans and modules.
    roots
        The networks that are trained, by key.
    scope
        What they refer to.
    """

    def __init__(self, made: Blueprint, roots: Mapping[str, Graph], scope: Scope) -> None:
        self.made = made
        self.roots = tuple(roots)
        self.scope = scope
        self.instances: list[Instance] = []
        self.whole: dict[str, Instance] = {}
        """Roots and shared networks, each with one set of weights."""
        self.placed: set[str] = set()
        """Keys of networks that are placed with shared weights."""
        self.faithful = True
        """Whether all places of each shared network run it with the same settings."""
        self._steps = {step.weights: step for step in made.modules}
        self._orders: dict[int, tuple[str, ...]] = {}
        for key, graph in roots.items():
            self._whole(key, graph, made.plans[key].analysis)
        self.names = self._names()

    @property
    def alone(self) -> bool:
        """Return whether there is one root: the module that holds all others."""
        return len(self.roots) == 1

    @property
    def shared(self) -> list[str]:
        """Return the shared networks that are no roots, in the order of building."""
        built = dict.fromkeys(step.weights.partition(":")[0] for step in self.made.modules)
        known = [key for key in (*built, *self.whole) if key not in self.roots]
        return list(dict.fromkeys(known))

    def node(self, instance: Instance, node_id: str) -> Node:
        """Return a node of an instance's graph."""
        return instance.graph.nodes[node_id]

    def place_key(self, instance: Instance, node_id: str) -> str:
        """Return the network that a node places with shared weights, or nothing."""
        values = instance.analysis.nodes[node_id].values
        return str(values["network"]) if values.get("weights") == "shared" else ""

    def _names(self) -> dict[str, str]:
        """Return the attribute of the root module under which each network lives."""
        found = {
            step.weights.partition(":")[0]: step.home[0]
            for step in self.made.modules
            if not (self.alone and step.weights.partition(":")[0] in self.roots)
        }
        taken = set(found.values())
        if self.alone:
            taken |= set(emit.node_names(self.whole[self.roots[0]].graph).values())
        for key in self.whole:
            if key not in found and not (self.alone and key in self.roots):
                found[key] = emit.identifier(self.scope.title_of(key), taken)
        return found

    def _whole(self, key: str, graph: Graph, analysis: Analysis) -> None:
        if key in self.whole:
            self.faithful &= _same_calls(self.whole[key].analysis, analysis, graph, self.scope)
        else:
            self.whole[key] = self._instance(key, graph, analysis, f"{key}:")

    def _instance(self, key: str, graph: Graph, analysis: Analysis, weights: str) -> Instance:
        order = tuple(n for n in self._order(graph) if n in analysis.nodes)
        steps = {n: self._steps[weights + n] for n in order if weights + n in self._steps}
        made = Instance(key, graph, analysis, order, steps, {})
        self.instances.append(made)
        for node_id in order:
            if graph.nodes[node_id].spec in PLACES:
                self._place(made, node_id, weights)
        return made

    def _place(self, made: Instance, node_id: str, weights: str) -> None:
        info = made.analysis.nodes[node_id]
        key = str(info.values["network"])
        graph = self.scope.networks[key]
        if info.values.get("weights") == "shared":
            self.placed.add(key)
            for copy in info.copies:
                self._whole(key, graph, copy)
            return
        copies = info.copies[:1] if info.values.get("tied") else info.copies
        mark = len(copies) > 1
        made.inner[node_id] = tuple(
            self._instance(key, graph, copy, f"{weights}{node_id}{f'#{k}' if mark else ''}/")
            for k, copy in enumerate(copies)
        )

    def _order(self, graph: Graph) -> tuple[str, ...]:
        if id(graph) not in self._orders:
            needed = used(graph, self.scope.networks)
            self._orders[id(graph)] = tuple(n for n in graph.order() if n in needed)
        return self._orders[id(graph)]


def leading_to(instance: Instance, ends: set[str]) -> set[str]:
    """Return the nodes that `ends` depend on, and those themselves; displays show, nothing more."""
    wires = instance.graph.wires_in()
    seen: set[str] = set()
    stack = [end for end in ends if not is_display(instance.graph.nodes[end])]
    while stack:
        node_id = stack.pop()
        if node_id not in seen:
            seen.add(node_id)
            stack.extend(edge.source for edge in wires.get(node_id, ()))
    return seen


def _same_calls(one: Analysis, other: Analysis, graph: Graph, scope: Scope) -> bool:
    """Return whether two uses of the same modules run them with the same settings."""
    if one is other or one.names == other.names:
        return True
    for node_id in one.nodes.keys() & other.nodes.keys():
        node, mine, theirs = graph.nodes[node_id], one.nodes[node_id], other.nodes[node_id]
        if node.spec in PLACES:
            inner = scope.networks[str(mine.values["network"])]
            pairs = zip(mine.copies, theirs.copies, strict=False)
            if len(mine.copies) != len(theirs.copies) or not all(
                _same_calls(a, b, inner, scope) for a, b in pairs
            ):
                return False
        settings = [] if node.spec == NETWORK else said(node)
        if any(mine.values[name] != theirs.values[name] for name in settings):
            return False
    return True


def said(node: Node) -> list[str]:
    """Return the settings that a layer's forward lines state."""
    spec = registry.node(node.spec)
    assert spec is not None
    if spec.write:
        return [p.name for p in spec.params if not p.argument]
    return [p.name for p in spec.params if any(f"{{p.{p.name}}}" in line for line in spec.forward)]
