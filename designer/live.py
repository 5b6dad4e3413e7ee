"""From what a run tells by address to what each node on show says. No Qt here.

A node inside a sub-network is found under the places the network is seen through; a place says
what goes on in all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from designer import navigation
from designer.livevalues import Shown, Slots
from designer.monitor.measures import FIRST, MEASURES
from designer.words import figure
from engine.analysis import NodeInfo, placed
from engine.catalog import registry
from engine.catalog.spec import LossSpec
from engine.graph import ODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from designer.monitor.measures import Measure, Measures
    from designer.navigation import Spot
    from engine.analysis import Analysis
    from engine.graph import Graph, Node
    from engine.project import Project

Places: TypeAlias = "NDArray[np.intp]"


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
    _names: list[str] = field(default_factory=list[str])
    """Nodes on show and copies of repeats; arrays have their figures in this order."""
    _places: dict[str, int] = field(default_factory=dict[str, int])
    _weighing: Slots = field(init=False)
    """By the weights that live in a name,"""
    _leaving: Slots = field(init=False)
    """by the layer whose output leaves it,"""
    _within: Slots = field(init=False)
    """by all that lies in it."""
    _flowing: tuple[Places, Places] = field(init=False)
    _dry: frozenset[str] = frozenset()

    def figures(self, measures: Measures, sight: Sight) -> Shown:
        """Return a text and a heat from 0 to 1 by node id, and by `id#copy` for repeats.

        All of one figure, the chosen one. Beside gradient norms, what has no parameters tells of
        the output that leaves it, without a heat.
        """
        self._look(sight)
        measure, values = measures.measure, self._array(measures, measures.chosen)
        heats = measures.reach().heats(values)
        if measure.id != FIRST:
            return Shown(self._places, partial(_words, measure, values.tolist()), heats)
        others = (self._array(measures, name) for name in ("update", "dead", "std"))
        table = np.stack([values, *others], 1).tolist()
        return Shown(self._places, partial(_overview, measure, table, self._names), heats)

    def _array(self, measures: Measures, measure_id: str) -> NDArray[np.float64]:
        """Return a figure of all names on show at the chosen moment; NaN where there is none."""
        joins, rows = MEASURES[measure_id].joins, measures.rows(measure_id)
        if joins == "output":
            return self._leaving.last(rows)
        if joins == "sum":
            return self._within.total(rows)
        if joins == "ratio":
            return self._weighing.ratio(rows, measures.rows("weight"))
        return self._weighing.norm(rows)

    def values(self, measures: Measures, sight: Sight, measure_id: str = "") -> dict[str, float]:
        """Return a figure by node id, and by `id#copy` for repeats, as of the chosen moment."""
        self._look(sight)
        found = self._array(measures, measure_id or measures.chosen).tolist()
        return {name: v for name, v in zip(self._names, found, strict=True) if v == v}

    def flows(self, measures: Measures, sight: Sight) -> dict[str, float]:
        """Return by node id the gradient that reaches it: its own norm, or that of those before it.

        A wire from a node shows what the node has here. What has no parameters, such as an
        activation, hands on what the nearest layers behind it get; an input has nothing.
        """
        self._look(sight)
        source, target = self._flowing
        own = self._array(measures, FIRST)[source]
        known = ~np.isnan(own)
        count = len(self._names)
        found = np.sqrt(np.bincount(target[known], own[known] ** 2, count)).tolist()
        some = np.bincount(target[known], minlength=count).tolist()
        return {name: found[i] for i, name in enumerate(self._names) if some[i]}

    def dry(self, sight: Sight) -> frozenset[str]:
        """Return the nodes on show that lead to no loss, so that no gradient comes back from them.

        Inside a place its outputs count as leading to one.
        """
        self._look(sight)
        return self._dry

    def source(self, node_id: str, sight: Sight) -> str:
        """Return the path id, below what is on show, of the layer a node's output comes from."""
        self._look(sight)
        shown = self._shown.get(node_id)
        return shown.source if shown is not None else ""

    def _look(self, sight: Sight) -> None:
        if sight.same(self._sight):
            return
        self._sight = sight
        self._shown = _shown(sight)
        self._names = list(self._shown)
        self._places = {name: place for place, name in enumerate(self._names)}
        spot, project, count = sight.spot, sight.project, len(self._names)
        stem = navigation.address(project, spot.root, navigation.prefix(spot, sight.counts))
        weights: dict[str, list[int]] = {}
        sources: dict[str, list[int]] = {}
        for place, shown in enumerate(self._shown.values()):
            sources.setdefault(stem + shown.source, []).append(place)
            for path in shown.weights:
                weights.setdefault(path, []).append(place)
        self._weighing = Slots(
            count, partial(_weights_at, project), lambda path: weights.get(path, ())
        )
        self._leaving = Slots(count, str, lambda address: sources.get(address, ()))
        self._within = Slots(count, str, partial(_inside, stem, self._places))
        self._flowing = self._flow(project.networks[spot.network], sight.analysis)
        self._dry = _dry(project.networks[spot.network], inside=bool(spot.trail))

    def _flow(self, graph: Graph, analysis: Analysis) -> tuple[Places, Places]:
        """Return pairs of places: where gradients are told, and what hands them on."""
        pairs = [
            (self._places[source], self._places[node])
            for node, behind in _behind(graph, analysis).items()
            for source in behind
        ]
        table = np.array(pairs, np.intp).reshape(-1, 2)
        return table[:, 0].copy(), table[:, 1].copy()


def _inside(stem: str, places: Mapping[str, int], address: str) -> list[int]:
    """Return the places of what is on show that an address lies in."""
    if not address.startswith(stem):
        return []
    first, _, _ = address[len(stem) :].partition("/")
    return [places[name] for name in {first, first.partition("#")[0]} if name in places]


def _words(measure: Measure, values: list[float], place: int) -> str:
    value = values[place]
    return "" if value != value else measure.text(value)


def _overview(measure: Measure, table: list[list[float]], names: list[str], place: int) -> str:
    """Return the gradient norm, with the update ratio of a copy; else what leaves the node."""
    grad, update, dead, std = table[place]
    if grad == grad:
        more = f"   Δ {figure(update)}" if "#" in names[place] and update == update else ""
        return measure.text(grad) + more
    if std != std:
        return ""
    return f"{dead:.0%} zero" if dead >= 0.005 else f"σ {figure(std)}"


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


def _dry(graph: Graph, *, inside: bool) -> frozenset[str]:
    """Return the nodes from which no wires lead to a loss, or inside a place to an output."""
    before: dict[str, list[str]] = {}
    for edge in graph.edges:
        before.setdefault(edge.target, []).append(edge.source)
    waiting = [
        node.id
        for node in graph.nodes.values()
        if (inside and node.spec == "output") or isinstance(registry.node(node.spec), LossSpec)
    ]
    wet = set(waiting)
    while waiting:
        for source in before.get(waiting.pop(), ()):
            if source not in wet:
                wet.add(source)
                waiting.append(source)
    return frozenset(graph.nodes.keys() - wet)


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
