"""Where the weights of each node live, and where they go when networks are regrouped.

A weight path is `root:id/id`: the key of a network that is trained, or of a shared one, and the ids
down from there through places with weights of their own; copy k of a repeat is `id#k`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.graph import PLACES
from engine.networks.ports import placed
from engine.variables import environment, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.graph import Graph, Node
    from engine.project import Phase, Project

Parts = tuple[str, ...]
"""Ids from some network down to a node; a copy of a repeat but the first is `id#k`."""

Rewrite = Callable[[Parts], tuple[Parts, ...]]
"""From ids as they were, starting in the network that changed, to ids as they are then."""

Names = Mapping[str, int | float]


@dataclass(frozen=True, slots=True)
class Edited:
    """A changed project, and where weights live in it. `node` is the one to select."""

    project: Project
    moves: Mapping[str, str] = field(default_factory=dict[str, str])
    """Weight path of a node before -> after, all at once; backwards for undo."""
    node: str = ""
    copies: Mapping[str, str] = field(default_factory=dict[str, str])
    """Weight path of a node after -> before, for weights that also stay where they were.

    Read before the moves are made; undo has nothing to do for them.
    """


@dataclass(frozen=True, slots=True)
class _Frame:
    """A network as it is placed somewhere below a root."""

    key: str
    home: str
    """What stands in front of an id in a weight path."""
    names: Names
    parts: Parts = ()
    keys: Parts = ()
    """Networks from the root down to this one."""


def weight_paths(project: Project, root: str) -> list[tuple[str, Node]]:
    """Return the weight path of every node of a network that may hold weights, and the node.

    Each path comes once; a path with the name of a parameter behind it is one of its tensors.
    """
    return list({leaf.path: (leaf.path, leaf.node) for leaf in _leaves(project, root)}.values())


def roots(project: Project) -> tuple[str, ...]:
    """Return the networks that are trained or shown by themselves: the phases' and the main one."""
    keys = [phase.network for phase in project.training.phases]
    return tuple(key for key in dict.fromkeys((*keys, project.main)) if key in project.networks)


def times_of(node: Node, names: Names) -> int:
    """Return how many copies stand at a place; 1 where the setting says nothing sensible."""
    value: object = node.params.get("times", 1)
    if isinstance(value, str):
        try:
            value = evaluate(value, names)
        except ValueError:
            return 1
    return int(value) if isinstance(value, int | float) and 1 <= value <= 1000 else 1


def names_in(project: Project, graph: Graph) -> Names:
    """Return the named numbers that a network's nodes may use where it stands by itself."""
    return _environment(project.variables, graph.settings, {})


def resettled(before: Project, after: Project, node: str = "") -> Edited:
    """Return the later project with where weights went because places share or repeat otherwise.

    Both projects must have the same nodes in the same networks, some added or removed.
    """
    if _settled(before, after):
        return Edited(after, {}, node)
    return _tracked(before, after, "", lambda parts: (parts,), node)


def regrouped(
    before: Project, after: Project, network: str, rewrite: Rewrite, node: str = ""
) -> Edited:
    """Return the later project with its weights and the nodes its phases train followed.

    Parameters
    ----------
    network
        Key of the network in which nodes went elsewhere.
    rewrite
        Where they went.
    """
    phases = tuple(_followed(before, phase, network, rewrite) for phase in after.training.phases)
    if phases != after.training.phases:
        after = after.with_training(phases=phases)
    return _tracked(before, after, network, rewrite, node)


def laid_aside(before: Project, edited: Edited, mark: str) -> Edited:
    """Return an edit that also moves the weights of nodes that go, to where no node can be.

    So no later node of the same id begins with them, and undo brings them back. Weights of nodes
    that come are looked for in such a place too: turned round, the edit lays them aside.

    Parameters
    ----------
    before
        The project before the edit.
    mark
        Tells this edit from all others.
    """
    after = edited.project
    if _same_nodes(before, after):
        return edited
    old, new = _living(before), _living(after)
    kept = edited.moves.keys() | new.keys()
    arrived = {*edited.moves.values(), *edited.copies, *old}
    aside = {p: f"{p}~{mark}" for p, leaf in old.items() if p not in kept and _lost(leaf, after)}
    aside |= {
        f"{p}~{mark}": p for p, leaf in new.items() if p not in arrived and _lost(leaf, before)
    }
    return replace(edited, moves={**edited.moves, **aside}) if aside else edited


def _same_nodes(before: Project, after: Project) -> bool:
    """Return whether it is plain that two projects hold the same nodes at the same places."""
    if before.networks.keys() != after.networks.keys() or before.variables != after.variables:
        return False
    if before.training is not after.training and roots(before) != roots(after):
        return False
    return all(
        graph is after.networks[key] or _same_ids(graph, after.networks[key])
        for key, graph in before.networks.items()
    )


def _same_ids(graph: Graph, other: Graph) -> bool:
    if graph.nodes.keys() != other.nodes.keys() or graph.settings != other.settings:
        return False
    pairs = zip(graph.nodes.values(), other.nodes.values(), strict=True)
    return all(
        a is b or (a.id == b.id and a.spec == b.spec and a.spec not in PLACES) for a, b in pairs
    )


def _living(project: Project) -> dict[str, _Leaf]:
    return {leaf.path: leaf for root in roots(project) for leaf in _leaves(project, root)}


def _lost(leaf: _Leaf, elsewhere: Project) -> bool:
    """Return whether a node on the way to some weights, from their owner down, is not there."""
    depth = leaf.path.partition(":")[2].count("/") + 1
    for key, part in zip(leaf.keys[-depth:], leaf.parts[-depth:], strict=True):
        graph = elsewhere.networks.get(key)
        if graph is None or part.partition("#")[0] not in graph.nodes:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One node that may hold weights, at one place."""

    node: Node
    path: str
    parts: Parts
    """The root's key and the ids from there down, whoever owns the weights."""
    keys: Parts


def _leaves(project: Project, root: str) -> Iterator[_Leaf]:
    graph = project.networks.get(root)
    if graph is None:
        return
    waiting = deque([_Frame(root, f"{root}:", names_in(project, graph), (root,), (root,))])
    while waiting:
        frame = waiting.popleft()
        for node in project.networks[frame.key].nodes.values():
            if node.spec in PLACES:
                waiting.extend(_copies(project, frame, node))
            elif _has_module(node):
                parts = (*frame.parts, node.id)
                yield _Leaf(node, f"{frame.home}{node.id}", parts, frame.keys)


def _has_module(node: Node) -> bool:
    spec = registry.node(node.spec)
    return spec is None or bool(spec.target)


def _copies(project: Project, frame: _Frame, node: Node) -> Iterator[_Frame]:
    """Yield the frames of a placed network, one for each copy; none for one that holds itself."""
    key = placed(node)
    graph = project.networks.get(key)
    if graph is None or key in frame.keys:
        return
    names = _environment(project.variables, graph.settings, _arguments(node, graph, frame.names))
    times = times_of(node, frame.names)
    shared = node.params.get("weights") == "shared"
    for number in range(times):
        mark = f"#{number}" if number else ""
        own = f"#{number}" if times > 1 and not node.params.get("tied") else ""
        home = f"{key}:" if shared else f"{frame.home}{node.id}{own}/"
        yield _Frame(key, home, names, (*frame.parts, node.id + mark), (*frame.keys, key))


def _arguments(node: Node, graph: Graph, names: Names) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for name, value in node.arguments.items():
        if name not in graph.settings:
            continue
        try:
            found[name] = evaluate(value, names) if isinstance(value, str) else value
        except ValueError:
            continue
    return found


def _environment(variables: Names, settings: Names, arguments: Names) -> Names:
    try:
        return environment(variables, settings, arguments)
    except ValueError:
        return {}


def _tracked(before: Project, after: Project, network: str, rewrite: Rewrite, node: str) -> Edited:
    old: dict[Parts, str] = {}
    for root in roots(before):
        for leaf in _leaves(before, root):
            old[_along(leaf, network, rewrite)] = leaf.path
    new = {leaf.parts: leaf.path for root in roots(after) for leaf in _leaves(after, root)}
    known, stays = set(old.values()), set(new.values())
    moves: dict[str, str] = {}
    copies: dict[str, str] = {}
    for parts, path in new.items():
        source = old.get(parts)
        if source is None or path in known:
            continue
        known.add(path)
        if source in stays or source in moves:
            copies[path] = source
        else:
            moves[source] = path
    return Edited(after, moves, node, copies)


def _along(leaf: _Leaf, network: str, rewrite: Rewrite) -> Parts:
    """Return where a leaf is afterwards."""
    for depth, key in enumerate(leaf.keys, start=1):
        if key == network:
            return (*leaf.parts[:depth], *rewrite(leaf.parts[depth:])[0])
    return leaf.parts


def _followed(project: Project, phase: Phase, network: str, rewrite: Rewrite) -> Phase:
    """Return a phase with what it trains under the ids of now; with nothing left, as it was."""
    trains = [
        new
        for path in phase.trains
        for new in _redirected(project, phase.network, path, network, rewrite)
    ]
    return phase.but(trains=tuple(dict.fromkeys(trains))) if trains else phase


def _redirected(
    project: Project, root: str, path: str, network: str, rewrite: Rewrite
) -> tuple[str, ...]:
    """Return the paths, from `root` down, that a path of a phase has become."""
    parts, key = tuple(path.split("/")), root
    for depth, part in enumerate(parts):
        if key == network:
            return tuple("/".join((*parts[:depth], *rest)) for rest in rewrite(parts[depth:]))
        graph = project.networks.get(key)
        node = graph.nodes.get(part.partition("#")[0]) if graph else None
        key = placed(node) if node else ""
    return (path,)


def _settled(before: Project, after: Project) -> bool:
    """Return whether no place can have come to share or repeat otherwise."""
    if before.networks is after.networks and before.variables is after.variables:
        return True
    if before.variables != after.variables:
        return False
    return all(
        _alike(graph, after.networks[key])
        for key, graph in before.networks.items()
        if key in after.networks
    )


def _alike(before: Graph, after: Graph) -> bool:
    if before is after:
        return True
    if before.settings != after.settings:
        return False
    for node in before.nodes.values():
        if node.spec in PLACES:
            other = after.nodes.get(node.id)
            if other and (other.params, other.arguments) != (node.params, node.arguments):
                return False
    return True
