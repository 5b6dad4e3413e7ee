"""From what a run tells by address to what each node on show says. No Qt here.

A node inside a sub-network is found under the places the network is seen through; a place says
what goes on in all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from designer import navigation
from designer.monitor.axes import figure
from designer.monitor.measures import FIRST, MEASURES
from engine.analysis import NodeInfo, placed
from engine.graph import ODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from designer.monitor.measures import Measures
    from designer.navigation import Spot
    from engine.analysis import Analysis
    from engine.graph import Graph, Node
    from engine.project import Project

Live: TypeAlias = "dict[str, tuple[str, float | None]]"


@dataclass(frozen=True, slots=True)
class Sight:
    """What is on show and what is known of it."""

    project: Project
    spot: Spot
    counts: tuple[int, ...]
    """How many copies stand at each place of the spot's trail."""
    analysis: Analysis
    """Of the network on show."""

    def same(self, other: Sight | None) -> bool:
        """Return whether nodes take their figures from the same places."""
        return (
            other is not None
            and self.analysis is other.analysis
            and self.project.networks is other.project.networks
            and (self.spot, self.counts) == (other.spot, other.counts)
            and self.project.phase.network == other.project.phase.network
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """A graph as it stands somewhere: its analysis, and where the weights of its layers live."""

    graph: Graph
    analysis: Analysis
    key: str
    ids: tuple[str, ...] = ()

    def weights(self, node_id: str) -> str:
        """Return the weight path of one of its layers."""
        return f"{self.key}:{'/'.join((*self.ids, node_id))}"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one node on show, or one copy of a repeat, takes its figures from."""

    weights: frozenset[str]
    """Weight paths of all layers in it."""
    source: str
    """Path id of the layer whose output leaves it, below the network on show."""


@dataclass(slots=True)
class LiveMap:
    """Finds the figures of the nodes on show; remembers where to look until something changes."""

    _sight: Sight | None = None
    _shown: dict[str, _Shown] = field(default_factory=dict[str, _Shown])
    _weights: dict[str, str] = field(default_factory=dict[str, str])
    """Address -> weight path."""
    _behind: dict[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])
    """Node on show -> the nodes whose gradients tell what flows back to it."""

    def figures(self, measures: Measures, sight: Sight) -> Live:
        """Return a text and a heat from 0 to 1 by node id, and by `id#copy` for repeats.

        All of one figure, the chosen one. Beside gradient norms, what has no parameters tells of
        the output that leaves it, without a heat.
        """
        self._look(sight)
        shown = self.values(measures, sight)
        measure, ramp = measures.measure, measures.reach()
        live: Live = {i: (measure.text(v), ramp.heat(v)) for i, v in shown.items()}
        if measure.id != FIRST:
            return live
        updates = self.values(measures, sight, "update")
        for name in live.keys() & updates.keys():
            if "#" in name:
                live[name] = (f"{live[name][0]}   Δ {figure(updates[name])}", live[name][1])
        return self._outputs(measures, sight) | live

    def values(self, measures: Measures, sight: Sight, measure_id: str = "") -> dict[str, float]:
        """Return a figure by node id, and by `id#copy` for repeats, as of the chosen moment."""
        self._look(sight)
        measure = MEASURES[measure_id or measures.chosen]
        found = measures.values(measure.id)
        if measure.joins == "output":
            return self._leaving(found, sight)
        if measure.joins == "sum":
            return self._sums(found, sight)
        known = self._by_weights(found, sight.project)
        if measure.joins == "ratio":
            weight = self._by_weights(measures.values("weight"), sight.project)
            return self._joined(known, lambda paths: together(paths, known, weight))
        return self._joined(known, lambda paths: math.hypot(*(known[p] for p in paths)))

    def flows(self, measures: Measures, sight: Sight) -> dict[str, float]:
        """Return by node id the gradient that reaches it: its own norm, or that of those before it.

        A wire from a node shows what the node has here. What has no parameters, such as an
        activation, hands on what the nearest layers behind it get; an input has nothing.
        """
        own = self.values(measures, sight, FIRST)
        return {
            node: math.hypot(*known)
            for node, behind in self._behind.items()
            if (known := [own[i] for i in behind if i in own])
        }

    def source(self, node_id: str, sight: Sight) -> str:
        """Return the path id, below what is on show, of the layer a node's output comes from."""
        self._look(sight)
        shown = self._shown.get(node_id)
        return shown.source if shown is not None else ""

    def _look(self, sight: Sight) -> None:
        if not sight.same(self._sight):
            self._sight = sight
            self._weights.clear()
            self._shown = _shown(sight)
            graph = sight.project.networks[sight.spot.network]
            self._behind = _behind(graph, sight.analysis)

    def _stem(self, sight: Sight) -> str:
        spot = sight.spot
        return navigation.address(sight.project, spot.root, navigation.prefix(spot, sight.counts))

    def _leaving(self, found: Mapping[str, float], sight: Sight) -> dict[str, float]:
        """Return a figure of what leaves each node on show."""
        stem = self._stem(sight)
        pairs = ((i, found.get(stem + shown.source)) for i, shown in self._shown.items())
        return {i: value for i, value in pairs if value is not None and not math.isnan(value)}

    def _sums(self, found: Mapping[str, float], sight: Sight) -> dict[str, float]:
        """Return the sum of a figure over each node on show and all that lies in it."""
        stem, result = self._stem(sight), dict[str, float]()
        for address, value in found.items():
            if address.startswith(stem):
                first, _, _ = address[len(stem) :].partition("/")
                for name in {first, first.partition("#")[0]} & self._shown.keys():
                    result[name] = result.get(name, 0.0) + value
        return result

    def _by_weights(self, found: Mapping[str, float], project: Project) -> dict[str, float]:
        """Return a figure by weight path in place of the address."""
        known: dict[str, float] = {}
        for address, value in found.items():
            path = self._weights.get(address)
            if path is None:
                path = self._weights[address] = _weights_at(project, address)
            known[path] = value
        return known

    def _joined(
        self, known: Mapping[str, float], join: Callable[[list[str]], float]
    ) -> dict[str, float]:
        """Return the joined figure of all layers in each node on show that has parameters."""
        result: dict[str, float] = {}
        for name, shown in self._shown.items():
            paths = [path for path in shown.weights if path in known]
            if paths:
                result[name] = join(paths)
        return result

    def _outputs(self, measures: Measures, sight: Sight) -> Live:
        """Return for each node on show how much of what leaves it is zero, or its spread."""
        dead = self._leaving(measures.values("dead"), sight)
        std = self._leaving(measures.values("std"), sight)
        return {
            i: (f"{dead[i]:.0%} zero" if dead.get(i, 0.0) >= 0.005 else f"σ {figure(value)}", None)
            for i, value in std.items()
        }


def together(paths: list[str], update: Mapping[str, float], weight: Mapping[str, float]) -> float:
    """Return the update ratio of some layers: the norm of all changes over that of all weights."""
    whole = math.hypot(*(weight.get(path, 0.0) for path in paths))
    return math.hypot(*(update[p] * weight.get(p, 0.0) for p in paths)) / whole if whole else 0.0


def _behind(graph: Graph, analysis: Analysis) -> dict[str, frozenset[str]]:
    """Return by node id itself if it has parameters, else the nearest nodes before it that have."""
    before: dict[str, list[str]] = {}
    for edge in graph.edges:
        before.setdefault(edge.target, []).append(edge.source)
    result: dict[str, frozenset[str]] = {}

    def learns(node_id: str) -> bool:
        info = analysis.nodes.get(node_id)
        return info is not None and info.parameters > 0

    waiting = list(graph.nodes)
    while waiting:
        node_id = waiting[-1]
        sources = [] if learns(node_id) else before.get(node_id, [])
        ahead = [i for i in sources if i not in result]
        if ahead and node_id not in result:
            result[node_id] = frozenset()  # A loop of wires ends here.
            waiting += ahead
            continue
        waiting.pop()
        own = frozenset((node_id,)) if learns(node_id) else frozenset[str]()
        result[node_id] = own.union(*(result[i] for i in sources))
    return result


def _weights_at(project: Project, address: str) -> str:
    """Return the weight path of a layer, from its address; the address itself if it is gone."""
    found = navigation.walk(project, address)
    if found is None:
        return address
    spot, node_id = found
    counts = tuple(2 if "#" in step else 1 for step in address.split("/")[:-1])
    frame = _ids(project, spot, counts)
    return f"{frame[0]}:{'/'.join((*frame[1], node_id))}"


def _ids(project: Project, spot: Spot, counts: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """Return where the weights of the layers at a spot live: a root, and the places below it."""
    key, ids = spot.root, ()
    for (network, node_id), copy, count in zip(spot.trail, spot.copies, counts, strict=True):
        key, ids = _below(project.networks[network].nodes[node_id], key, ids, copy, count)
    return key, ids


def _below(
    node: Node, key: str, ids: tuple[str, ...], copy: int, count: int
) -> tuple[str, tuple[str, ...]]:
    """Return where the weights inside one copy at a place live."""
    if node.params.get("weights") == "shared":
        return placed(node), ()
    mark = f"#{copy}" if count > 1 and not node.params.get("tied") else ""
    return key, (*ids, f"{node.id}{mark}")


def weight_paths(sight: Sight) -> dict[str, str]:
    """Return where the weights of each layer on show live."""
    graph = sight.project.networks[sight.spot.network]
    frame = _Frame(graph, sight.analysis, *_ids(sight.project, sight.spot, sight.counts))
    return {i: frame.weights(i) for i, node in graph.nodes.items() if not placed(node)}


def _shown(sight: Sight) -> dict[str, _Shown]:
    """Return where each node on show, and each copy of a repeat, takes its figures from."""
    project, analysis = sight.project, sight.analysis
    graph = project.networks[sight.spot.network]
    frame = _Frame(graph, analysis, *_ids(project, sight.spot, sight.counts))
    result: dict[str, _Shown] = {}
    for node in graph.nodes.values():
        info = analysis.nodes.get(node.id)
        if not placed(node) or info is None:
            result[node.id] = _Shown(frozenset((frame.weights(node.id),)), node.id)
            continue
        weights: set[str] = set()
        below = [_copy(frame, node, info, k, project.networks) for k in range(len(info.copies))]
        for number, inner in enumerate(below):
            inside = frozenset(_layers(inner, project.networks))
            weights |= inside
            if len(below) > 1:
                leaves = _source(inner, f"{node.id}#{number}/", project.networks)
                result[f"{node.id}#{number}"] = _Shown(inside, leaves)
        last = f"{node.id}#{len(below) - 1}/" if len(below) > 1 else f"{node.id}/"
        source = _source(below[-1], last, project.networks) if below else ""
        source = node.id if node.spec == ODE else source
        result[node.id] = _Shown(frozenset(weights), source)
    return result


def _copy(
    frame: _Frame, node: Node, info: NodeInfo, number: int, networks: Mapping[str, Graph]
) -> _Frame:
    key, ids = _below(node, frame.key, frame.ids, number, len(info.copies))
    return _Frame(networks[placed(node)], info.copies[number], key, ids)


def _layers(frame: _Frame, networks: Mapping[str, Graph]) -> Iterator[str]:
    """Yield the weight paths of all layers in a graph, at any depth."""
    for node in frame.graph.nodes.values():
        info = frame.analysis.nodes.get(node.id)
        if not placed(node):
            yield frame.weights(node.id)
        elif info is not None:
            for number in range(len(info.copies)):
                yield from _layers(_copy(frame, node, info, number, networks), networks)


def _source(frame: _Frame, stem: str, networks: Mapping[str, Graph]) -> str:
    """Return the path id of the layer that feeds the first output of a graph, or nothing."""
    first = next((n.id for n in frame.graph.nodes.values() if n.spec == "output"), "")
    wire = next((e for e in frame.graph.edges if e.target == first), None)
    node = frame.graph.nodes.get(wire.source) if wire is not None else None
    if node is None:
        return ""
    info = frame.analysis.nodes.get(node.id)
    if not placed(node) or node.spec == ODE:
        return stem + node.id
    if info is None or not info.copies:
        return ""
    number = len(info.copies) - 1
    mark = f"#{number}" if number else ""
    inner = _copy(frame, node, info, number, networks)
    return _source(inner, f"{stem}{node.id}{mark}/", networks)
