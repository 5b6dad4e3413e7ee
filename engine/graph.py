"""The network as a value: frozen nodes and wires, and pure edits that return a new graph."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

import networkx as nx
from pydantic import BaseModel, ConfigDict, Field

from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set


NETWORK = "network"
"""The entry that places one network inside another; its ports are that network's."""
ODE = "neural_ode"
"""The entry that integrates a network; its ports are its own."""
PLACES = frozenset((NETWORK, ODE))
"""Entries that hold a network of the project."""


class GraphError(ValueError):
    """An edit that no graph allows. The message names the nodes."""


class CycleError(GraphError):
    """A wire would close a loop."""


class Frozen(BaseModel):
    """A frozen value whose unknown keys are kept and written back."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=False)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed; nothing is validated."""
        return self.model_copy(update=changes)


class Node(Frozen):
    """One box on the canvas. `params` holds what the user set; the rest are defaults."""

    id: str
    spec: str
    name: str
    params: dict[str, Any] = Field(default_factory=dict[str, Any])
    initializer: str = ""
    """An initializer's id, or nothing for the network's choice."""
    initializer_params: dict[str, Any] = Field(default_factory=dict[str, Any])
    initial_bias: float | None = None
    """What biases start at; None is zero, or PyTorch's own with its initializer."""
    lr_factor: float = Field(default=1.0, ge=0)
    """Multiplies the learning rate of its weights; of a placed network, of all in it."""
    l1: float | None = Field(default=None, ge=0)
    """Penalties and the limit of norms; None is as the place around it or the phase has it."""
    l2: float | None = Field(default=None, ge=0)
    max_norm: float | None = Field(default=None, gt=0)
    frozen: bool = False
    """True: training leaves its parameters alone."""
    bypassed: bool = False
    """True: it is passed over: its first input goes on in its stead; a loss does not count."""
    arguments: dict[str, int | float | str] = Field(default_factory=dict[str, int | float | str])
    """For a placed network: what its settings are here, as numbers or expressions."""


class Edge(Frozen):
    """One wire, from an output port to an input port."""

    source: str
    source_port: str = "out"
    target: str
    target_port: str = "in"

    @property
    def key(self) -> str:
        """Return what stands for it in a layout."""
        return f"{self.source}.{self.source_port}>{self.target}.{self.target_port}"


def slug(name: str) -> str:
    """Return a Python identifier for a node's name: `Conv 2D` -> `conv_2d`."""
    text = re.sub(r"[^0-9a-zA-Z]+", "_", name).strip("_").lower() or "node"
    return text if text[0].isalpha() else f"n_{text}"


def free_name(base: str, taken: Set[str]) -> str:
    """Return `base`, with a number behind it if its slug is taken."""
    if slug(base) not in taken:
        return base
    stem = re.sub(r"[_ ]?\d+$", "", base) or base
    number = 2
    while slug(f"{stem}_{number}") in taken:
        number += 1
    return f"{stem}_{number}"


class Graph(Frozen):
    """Nodes by id and wires in order. Every edit returns a new graph; this one stays."""

    title: str = ""
    """What the network is called; nothing means its key in the project."""
    settings: dict[str, int | float] = Field(default_factory=dict[str, int | float])
    """Named numbers of this network, which each place of it may set otherwise."""
    nodes: dict[str, Node] = Field(default_factory=dict[str, Node])
    edges: tuple[Edge, ...] = ()

    def add(self, spec: str, name: str = "", node_id: str = "", **params: Any) -> tuple[Graph, str]:
        """Return the graph with one more node, and the node's id (fresh unless given)."""
        node_id = node_id or self.fresh_id()
        if node_id in self.nodes:
            raise GraphError(f"There is already a node with the id {node_id!r}.")
        entry = registry.node(spec)
        base = name or slug(entry.title if entry else spec)
        node = Node(id=node_id, spec=spec, name=self.fresh_name(base), params=params)
        return self.but(nodes={**self.nodes, node_id: node}), node_id

    def fresh_id(self) -> str:
        """Return an id no node has: n1, n2, ..."""
        number = len(self.nodes) + 1
        while f"n{number}" in self.nodes:
            number += 1
        return f"n{number}"

    def fresh_name(self, base: str, but: str = "") -> str:
        """Return `base`, with a number behind it if a node other than `but` bears that slug."""
        return free_name(base, {slug(n.name) for n in self.nodes.values() if n.id != but})

    def change(self, node_id: str, **changes: Any) -> Graph:
        """Return the graph with some values of one node changed."""
        node = self._node(node_id)
        if "name" in changes:
            changes["name"] = self.fresh_name(changes["name"], but=node_id)
        return self.but(nodes={**self.nodes, node_id: node.but(**changes)})

    def set_params(self, node_id: str, values: Mapping[str, Any]) -> Graph:
        """Return the graph with settings of one node set; None of them is checked here."""
        return self.change(node_id, params={**self._node(node_id).params, **values})

    def remove(self, node_ids: Iterable[str], *, heal: bool = False) -> Graph:
        """Return the graph without these nodes and their wires.

        With `heal`, a removed node with one wire in passes its source on to whatever it fed and
        that source does not feed already.
        """
        graph = self
        for node_id in [i for i in node_ids if i in self.nodes]:
            incoming = [e for e in graph.edges if e.target == node_id]
            outgoing = [e for e in graph.edges if e.source == node_id]
            edges = tuple(e for e in graph.edges if node_id not in (e.source, e.target))
            if heal and len(incoming) == 1:
                feed = incoming[0]
                healed = (e.but(source=feed.source, source_port=feed.source_port) for e in outgoing)
                edges += tuple(e for e in healed if e not in edges)
            nodes = {k: n for k, n in graph.nodes.items() if k != node_id}
            graph = graph.but(nodes=nodes, edges=edges)
        return graph

    def connect(
        self, source: str, target: str, source_port: str = "out", target_port: str = "in"
    ) -> Graph:
        """Return the graph with one more wire; a single input's old wire is replaced.

        Raises
        ------
        CycleError
            The wire would close a loop.
        GraphError
            A node or a port does not exist.
        """
        self._port(source, source_port, output=True)
        many = self._port(target, target_port, output=False)
        if source == target or source in self.downstream(target):
            names = f"{self._node(source).name!r} to {self._node(target).name!r}"
            raise CycleError(
                f"A wire from {names} would close a loop; a network must flow one way."
            )
        edge = Edge(source=source, source_port=source_port, target=target, target_port=target_port)
        keep = [
            e
            for e in self.edges
            if e != edge and (many or (e.target, e.target_port) != (target, target_port))
        ]
        return self.but(edges=(*keep, edge))

    def disconnect(self, edges: Iterable[Edge]) -> Graph:
        """Return the graph without these wires."""
        gone = list(edges)
        return self.but(edges=tuple(e for e in self.edges if e not in gone))

    def incoming(self, node_id: str) -> tuple[Edge, ...]:
        """Return the wires into a node, in the order of its ports and of connecting."""
        return self.wires_in().get(node_id, ())

    def wires_in(self) -> dict[str, tuple[Edge, ...]]:
        """Return the wires into each node that has any, ordered by port."""
        found: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[edge.target].append(edge)
        result: dict[str, tuple[Edge, ...]] = {}
        for node_id, wires in found.items():
            node = self.nodes.get(node_id)
            entry = registry.node(node.spec, node.params) if node else None
            order = {p.name: i for i, p in enumerate(entry.inputs)} if entry else {}
            wires.sort(key=lambda e: order.get(e.target_port, len(order)))
            result[node_id] = tuple(wires)
        return result

    def order(self) -> list[str]:
        """Return node ids so that each follows all it depends on; ties keep the order of adding.

        Raises
        ------
        CycleError
            Names the nodes of the loop.
        """
        directed = self._networkx()
        rank = {node_id: i for i, node_id in enumerate(self.nodes)}
        try:
            return list(nx.lexicographical_topological_sort(directed, key=rank.__getitem__))
        except nx.NetworkXUnfeasible:
            loop = [str(edge[0]) for edge in nx.find_cycle(directed)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            names = " → ".join(self.nodes[i].name for i in [*loop, loop[0]])
            raise CycleError(
                f"The wires form a loop: {names}. Remove one of them; a network must flow one way."
            ) from None

    def downstream(self, node_id: str) -> set[str]:
        """Return every node that depends on this one."""
        following: defaultdict[str, list[str]] = defaultdict(list)
        for edge in self.edges:
            following[edge.source].append(edge.target)
        seen: set[str] = set()
        stack = list(following[node_id])
        while stack:
            current = stack.pop()
            if current not in seen:
                seen.add(current)
                stack.extend(following[current])
        return seen

    def _networkx(self) -> nx.DiGraph[str]:
        directed: nx.DiGraph[str] = nx.DiGraph()
        directed.add_nodes_from(self.nodes)
        directed.add_edges_from((e.source, e.target) for e in self.edges)
        return directed

    def _node(self, node_id: str) -> Node:
        try:
            return self.nodes[node_id]
        except KeyError:
            raise GraphError(f"There is no node with the id {node_id!r}.") from None

    def _port(self, node_id: str, port: str, *, output: bool) -> bool:
        """Return whether the port takes many wires; GraphError if there is none of that name."""
        node = self._node(node_id)
        entry = registry.node(node.spec, node.params)
        if entry is None or node.spec == NETWORK:
            return False
        ports = entry.outputs if output else entry.inputs
        for candidate in ports:
            if candidate.name == port:
                return candidate.many
        way = "output" if output else "input"
        raise GraphError(f"{node.name!r} has no {way} port called {port!r}.")
