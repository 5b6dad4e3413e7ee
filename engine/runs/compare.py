"""What two runs have in common and what not: settings, networks, figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from engine.changes import Change, differences, node_changes, said, title_of
from engine.runs.summary import run_in
from engine.runs.weights import project_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine.graph import Edge, Graph, Node
    from engine.project import Project


@dataclass(frozen=True, slots=True)
class NodeChange:
    """One node that differs between two projects."""

    network: str
    """Key of the network it is in."""
    node: str
    """Its id; of one that was removed, in the project before."""
    name: str
    kind: Literal["added", "removed", "changed"]
    title: str
    """What kind of node it is."""
    changes: tuple[tuple[str, str, str], ...] = ()
    """What changed, before, after; where it is of another kind altogether, the first is empty."""

    @property
    def words(self) -> str:
        """Return what changed: `Dropout`, or `Units: 32 → 64`."""
        told = [f"{what}: {a} → {b}" if what else f"{a} → {b}" for what, a, b in self.changes]
        return "; ".join(told) or self.title


@dataclass(frozen=True, slots=True)
class Delta:
    """One figure of two runs."""

    name: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """Return by how much it grew; None where one run does not have it."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different between two runs."""

    before: str
    after: str
    settings: tuple[Change, ...]
    """Of training, data and variables."""
    nodes: tuple[NodeChange, ...]
    wires: tuple[Change, ...]
    figures: tuple[Delta, ...]
    same_project: bool

    def plain(self) -> dict[str, Any]:
        """Return it as the command line prints it."""
        return {
            "before": self.before,
            "after": self.after,
            "settings": [_plain(change) for change in self.settings],
            "nodes": [
                {
                    "network": n.network,
                    "id": n.node,
                    "name": n.name,
                    "kind": n.kind,
                    "what": n.words,
                }
                for n in self.nodes
            ],
            "wires": [_plain(change) for change in self.wires],
            "figures": [
                {"name": d.name, "before": d.before, "after": d.after, "change": d.change}
                for d in self.figures
            ],
        }


def _plain(change: Change) -> dict[str, str]:
    return {
        "place": change.place,
        "what": change.what,
        "before": change.before,
        "after": change.after,
    }


def against(before: Path, project: Project, title: str = "Now") -> Comparison:
    """Return what is different between a run and a project that has not been trained yet.

    Raises
    ------
    FileError
        The record of the run is damaged.
    """
    return _compared(project_of(before), project, run_in(before).title, title, ())


def compare(before: Path, after: Path) -> Comparison:
    """Return what is different between the runs in two folders.

    Raises
    ------
    FileError
        The record of one of them is damaged.
    """
    one, other = project_of(before), project_of(after)
    was, now = run_in(before), run_in(after)
    names = dict.fromkeys([*was.figures, *now.figures])
    figures = [Delta(name, was.figures.get(name), now.figures.get(name)) for name in names]
    figures.append(Delta("parameters", was.parameters, now.parameters))
    figures.append(Delta("seconds", was.seconds, now.seconds))
    return _compared(one, other, was.title, now.title, tuple(figures))


def _compared(
    one: Project, other: Project, before: str, after: str, figures: tuple[Delta, ...]
) -> Comparison:
    return Comparison(
        before,
        after,
        settings(one, other),
        tuple(nodes(one, other)),
        tuple(wires(one, other)),
        figures,
        one == other,
    )


def settings(before: Project, after: Project) -> tuple[Change, ...]:
    """Return what differs of training, data and variables, in words."""
    alike = before.but(networks=after.networks)
    found = list(differences(alike, after))
    for name in dict.fromkeys([*before.variables, *after.variables]):
        old, new = before.variables.get(name), after.variables.get(name)
        if old != new:
            was, now = ("" if value is None else said(value) for value in (old, new))
            found.append(Change("Variables", name, was, now))
    for key in before.networks.keys() & after.networks.keys():
        given, taken = before.networks[key].settings, after.networks[key].settings
        if given != taken:
            found.append(Change(after.title_of(key), "Settings", said(given), said(taken)))
    return tuple(found)


def nodes(before: Project, after: Project) -> Iterator[NodeChange]:
    """Yield the nodes that differ; a node is the same as long as its id is."""
    for key in dict.fromkeys([*before.networks, *after.networks]):
        old, new = _nodes(before, key), _nodes(after, key)
        for node_id, node in new.items():
            if node_id not in old:
                yield NodeChange(key, node_id, node.name, "added", title_of(node))
            elif old[node_id] != node:
                changes = tuple(_changes(old[node_id], node))
                yield NodeChange(key, node_id, node.name, "changed", title_of(node), changes)
        for node_id, node in old.items():
            if node_id not in new:
                yield NodeChange(key, node_id, node.name, "removed", title_of(node))


def _changes(before: Node, after: Node) -> Iterator[tuple[str, str, str]]:
    yield from node_changes(before, after)
    if before.name != after.name:
        yield "Name", before.name, after.name


def _nodes(project: Project, network: str) -> Mapping[str, Node]:
    graph = project.networks.get(network)
    return graph.nodes if graph is not None else {}


def wires(before: Project, after: Project) -> Iterator[Change]:
    """Yield the wires that differ between nodes that both projects have."""
    for key, new in after.networks.items():
        old = before.networks.get(key)
        if old is None or old is new:
            continue
        place = after.title_of(key)
        here, there = set(old.edges), set(new.edges)
        for edge in new.edges:
            if edge not in here:
                yield Change(place, "Wire", "", _wire(edge, new))
        for edge in old.edges:
            if edge not in there:
                yield Change(place, "Wire", _wire(edge, old), "")


def _wire(edge: Edge, graph: Graph) -> str:
    ends = (
        (edge.source, edge.source_port, "out"),
        (edge.target, edge.target_port, "in"),
    )
    return " → ".join(
        graph.nodes[node].name + (f".{port}" if port != usual else "")
        for node, port, usual in ends
        if node in graph.nodes
    )
