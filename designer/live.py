"""From what a run tells by address to what each node on show says. No Qt here.

A node inside a sub-network is found under the places the network is seen through; a place says
what goes on in all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from designer import navigation
from designer.monitor.axes import figure
from designer.monitor.figures import heat
from engine.analysis import NodeInfo, placed
from engine.graph import ODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from designer.monitor.history import History
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
class Figures:
    """The last norms of one layer."""

    grad: float
    weight: float
    update: float


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

    def figures(self, history: History, sight: Sight) -> Live:
        """Return a text and a heat from 0 to 1 by node id, and by `id#copy` for repeats.

        A layer shows its gradient norm, a place that of all parameters in it: the root of the sum
        of squares. What has no parameters shows the output that leaves it: how much is zero, or
        its spread.
        """
        self._look(sight)
        return self._outputs(history, sight) | self._gradients(history, sight.project)

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

    def _outputs(self, history: History, sight: Sight) -> Live:
        """Return what leaves each node on show."""
        spot = sight.spot
        stem = navigation.address(sight.project, spot.root, navigation.prefix(spot, sight.counts))
        seen: Live = {}
        for addresses, event in history.latest_activations.items():
            for index, address in enumerate(addresses):
                if address.startswith(stem):
                    dead, std = float(event.dead[index]), float(event.std[index])
                    some = dead >= 0.005
                    words = f"{dead:.0%} zero" if some else f"σ {figure(std)}"
                    seen[address[len(stem) :]] = (words, dead if some else None)
        return {i: seen[s.source] for i, s in self._shown.items() if s.source in seen}

    def _gradients(self, history: History, project: Project) -> Live:
        """Return the norms of each node on show that has parameters."""
        known: dict[str, Figures] = {}
        typical: list[float] = []
        for addresses, event in history.latest_norms.items():
            grad = np.asarray(event.grad, float)
            typical += grad[np.isfinite(grad) & (grad > 0)].tolist()
            for index, address in enumerate(addresses):
                path = self._weights.get(address)
                if path is None:
                    path = self._weights[address] = _weights_at(project, address)
                weight, update = float(event.weight[index]), float(event.update[index])
                known[path] = Figures(float(grad[index]), weight, update)
        middle = float(np.median(typical)) if typical else 1.0
        result: Live = {}
        for name, shown in self._shown.items():
            found = [known[path] for path in shown.weights if path in known]
            if found:
                result[name] = _words(found, middle, copy="#" in name)
        return result


def _words(found: list[Figures], typical: float, *, copy: bool) -> tuple[str, float]:
    """Return the gradient norm of some layers together; a copy's field tells the update too."""
    grad = math.hypot(*(f.grad for f in found))
    text = f"∇ {figure(grad)}"
    if copy:
        text += f"   Δ {figure(together(found))}"
    return text, heat(grad, typical)


def together(found: list[Figures]) -> float:
    """Return the update ratio of some layers: the norm of all changes over that of all weights."""
    weight = math.hypot(*(f.weight for f in found))
    return math.hypot(*(f.update * f.weight for f in found)) / weight if weight else 0.0


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
