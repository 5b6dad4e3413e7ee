"""What stands in the outline, as values: networks, groups and nodes along the flow. No Qt here."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from designer.canvas import notes, words
from engine.analysis import placed
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.graph import Graph, Node
    from engine.project import Project

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the outline.

    Parameters
    ----------
    root
        The network at the top of its branch.
    ids
        The places from there down, and last of all the node; none for a network itself.
    network
        The network that it lies in, or is.
    group
        The group that it stands for, instead of a node.
    """

    root: str
    ids: tuple[str, ...] = ()
    network: str = ""
    group: str = ""

    @property
    def key(self) -> str:
        """Return what tells it from all other rows."""
        return "\n".join((self.root, *self.ids, f"@{self.group}" if self.group else ""))

    @property
    def node_id(self) -> str:
        """Return the node that it stands for; nothing for a network or a group."""
        return self.ids[-1] if self.ids and not self.group else ""

    def node(self, project: Project) -> Node | None:
        """Return that node as it is now."""
        graph = project.networks.get(self.network)
        return graph.nodes.get(self.node_id) if graph is not None else None

    def inside(self, project: Project) -> str:
        """Return the network whose nodes stand below it; nothing for a layer."""
        if not self.ids:
            return self.network
        node = self.node(project)
        key = placed(node) if node is not None else ""
        # A network that stands in itself would have no end.
        return key if key in project.networks and key not in self._above(project) else ""

    def _above(self, project: Project) -> set[str]:
        seen, key = {self.root}, self.root
        for node_id in self.ids[:-1]:
            graph = project.networks.get(key)
            node = graph.nodes.get(node_id) if graph is not None else None
            key = placed(node) if node is not None else ""
            seen.add(key)
        return seen


def roots(project: Project) -> list[Row]:
    """Return a row for each network, the main one first."""
    keys = sorted(project.networks, key=lambda key: key != project.main)
    return [Row(key, (), key) for key in keys]


def children(row: Row, project: Project, places: Mapping[str, Place] | None = None) -> list[Row]:
    """Return what stands below a network, a placed network or a group.

    `places` tells where the network's nodes are seen, when nobody has written it down.
    """
    within = row.network if row.group else row.inside(project)
    if not within:
        return []
    bare = replace(row, group="")
    stem = bare.ids if not row.group else row.ids
    graph = project.networks[within]
    order = flow_order(graph)
    owner = _owners(project, within, places)
    if row.group:
        return [Row(row.root, (*stem, i), within) for i in order if owner.get(i) == row.group]
    found: dict[str, Row] = {}
    for node_id in order:
        group = owner.get(node_id, "")
        made = (
            Row(row.root, stem, within, group) if group else Row(row.root, (*stem, node_id), within)
        )
        found.setdefault(made.key, made)
    return list(found.values())


def _owners(project: Project, network: str, places: Mapping[str, Place] | None) -> dict[str, str]:
    """Return node -> the smallest group that it lies on."""
    groups = {k: n for k, n in notes.of(project, network).items() if n.group}
    if not groups:
        return {}
    graph = project.networks[network]
    where = places or project.layout.positions.get(network, {})
    here = {i: p for i, p in where.items() if i in graph.nodes}
    heights = dict.fromkeys(here, 1.0)
    owner: dict[str, str] = {}
    for key in sorted(groups, key=lambda k: -groups[k].width * groups[k].height):
        owner.update(dict.fromkeys(notes.on(groups[key], here, heights), key))
    return owner


def flow_order(graph: Graph) -> list[str]:
    """Return the nodes so that each follows what feeds it; those in a loop come last."""
    waits = dict.fromkeys(graph.nodes, 0)
    feeds: dict[str, list[str]] = {}
    for edge in graph.edges:
        waits[edge.target] += 1
        feeds.setdefault(edge.source, []).append(edge.target)
    rank = {node_id: i for i, node_id in enumerate(graph.nodes)}
    names = list(graph.nodes)
    ready = [rank[i] for i, count in waits.items() if not count]
    order: list[str] = []
    while ready:
        node_id = names[heapq.heappop(ready)]
        order.append(node_id)
        for target in feeds.get(node_id, ()):
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, rank[target])
    if len(order) < len(names):
        done = set(order)
        order += [i for i in names if i not in done]
    return order


def found(project: Project, text: str) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each network and those of its nodes whose name or layer bears all words of a text."""
    wanted = text.casefold().split()
    for top in roots(project):
        graph = project.networks[top.network]
        hits = [
            Row(top.root, (i,), top.network)
            for i in flow_order(graph)
            if all(word in _spoken(graph.nodes[i], project) for word in wanted)
        ]
        if hits:
            yield top, hits


def _spoken(node: Node, project: Project) -> str:
    return f"{name(node, project)} {node.name} {title(node, project)} {node.spec}".casefold()


def name(node: Node, project: Project) -> str:
    """Return what a node is called, as its face shows it."""
    key = placed(node)
    shown = project.title_of(key) if key in project.networks else ""
    return words.display_name(node, registry.node(node.spec), shown)


def title(node: Node, project: Project) -> str:
    """Return what sort of layer a node is."""
    key = placed(node)
    if key in project.networks:
        return project.title_of(key)
    spec = registry.node(node.spec)
    return spec.title if spec is not None else node.spec
