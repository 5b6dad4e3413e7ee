"""The project's networks as a collection: which there are, who uses which, what they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from engine.graph import NETWORK, slug
from engine.networks.ports import NetworkError, placed
from engine.networks.whereabouts import roots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.graph import Graph, Node
    from engine.project import Project


class Homes(NamedTuple):
    """How many places of a network share its weights, and how many have their own."""

    shared: int = 0
    own: int = 0


def network_of(project: Project, network: str) -> Graph:
    """Return a network; NetworkError if there is none with this key."""
    graph = project.networks.get(network)
    if graph is None:
        known = ", ".join(f"“{project.title_of(key)}”" for key in project.networks)
        raise NetworkError(f"The project has no network {network!r}. It has: {known}.")
    return graph


def place_of(project: Project, network: str, node_id: str) -> Node:
    """Return a node that places a network the project has; NetworkError if it is none."""
    node = network_of(project, network).nodes.get(node_id)
    if node is None:
        title = project.title_of(network)
        raise NetworkError(f"“{title}” has no node with the id {node_id!r}.")
    if node.spec != NETWORK:
        raise NetworkError(f"“{node.name}” is a layer, not a sub-network.")
    if not placed(node):
        raise NetworkError(f"“{node.name}” places no network yet. Choose one in the inspector.")
    network_of(project, placed(node))
    return node


def uses(project: Project, network: str) -> list[tuple[str, str]]:
    """Return the places of a network: (network they stand in, node id)."""
    return [
        (key, node.id)
        for key, graph in project.networks.items()
        for node in graph.nodes.values()
        if placed(node) == network
    ]


def homes(project: Project) -> dict[str, Homes]:
    """Return for each network how often it is placed; a repeat counts as one place."""
    found = dict.fromkeys(project.networks, Homes())
    for graph in project.networks.values():
        for node in graph.nodes.values():
            key = placed(node)
            if key in found:
                shared, own = found[key]
                sharing = node.params.get("weights") == "shared"
                found[key] = Homes(shared + sharing, own + (not sharing))
    return found


def reaches(project: Project, start: str) -> set[str]:
    """Return the networks placed in a network at any depth; itself only if it holds itself."""
    seen: set[str] = set()
    stack = [start]
    while stack:
        for key in below(project, stack.pop()):
            if key not in seen:
                seen.add(key)
                stack.append(key)
    return seen


def closure(project: Project, keys: Iterable[str]) -> set[str]:
    """Return these networks and all that are placed in them at any depth."""
    known = [key for key in keys if key in project.networks]
    return {*known, *(inner for key in known for inner in reaches(project, key))}


def unused(project: Project) -> list[str]:
    """Return the networks that stand in nothing that is trained or shown first."""
    used = closure(project, roots(project))
    return [key for key in project.networks if key not in used]


def below(project: Project, key: str) -> list[str]:
    """Return the networks placed in a network itself, in the order of its nodes."""
    graph = project.networks.get(key)
    keys = dict.fromkeys(placed(node) for node in graph.nodes.values()) if graph else {}
    return [key for key in keys if key in project.networks]


def check_recursion(project: Project) -> None:
    """Raise NetworkError, naming the way round, if a network is placed inside itself."""
    for key in project.networks:
        for inner in below(project, key):
            check_place(project, key, inner)


def check_place(project: Project, network: str, inner: str) -> None:
    """Raise NetworkError if `network` would hold itself with `inner` placed in it."""
    paths = [[network, inner]]
    seen: set[str] = set()
    for path in paths:
        last = path[-1]
        if last == network:
            way = " → ".join(project.title_of(key) for key in path)
            raise NetworkError(
                f"“{project.title_of(network)}” cannot stand inside itself ({way}). "
                "Place another network."
            )
        if last not in seen:
            seen.add(last)
            paths.extend([*path, key] for key in below(project, last))


def fresh_key(project: Project, title: str) -> str:
    """Return a key for a new network that none has."""
    stem = slug(title)
    key, number = stem, 2
    while key in project.networks:
        key, number = f"{stem}_{number}", number + 1
    return key


def fresh_title(project: Project, title: str) -> str:
    """Return `title` (nothing: Block 1), with another number behind it if one is called that."""
    title = title.strip() or "Block 1"
    if not bearer(project, title):
        return title
    stem = re.sub(r"\s*\d+$", "", title) or title
    number = 2
    while bearer(project, f"{stem} {number}"):
        number += 1
    return f"{stem} {number}"


def bearer(project: Project, title: str) -> str:
    """Return the network that is called so, in capitals or not; nothing if none is."""
    for key in project.networks:
        if project.title_of(key).casefold() == title.casefold():
            return key
    return ""
