"""Which network is on show and through which places it was reached, as a value. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.analysis import placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.analysis import Analysis
    from engine.graph import Graph
    from engine.project import Project

Trail = tuple[tuple[str, str], ...]
"""(key of a network, id of the place in it) from a root down to the network on show."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A network, and the places it is seen through; without any it stands for itself."""

    network: str
    trail: Trail = ()
    copies: tuple[int, ...] = ()
    """For each place, which copy of a repeat is looked at, from 0."""
    inferred: bool = False
    """True: nobody walked here; the places are the first that are trained."""

    @property
    def root(self) -> str:
        """Return the key of the network at the top."""
        return self.trail[0][0] if self.trail else self.network


def enter(spot: Spot, project: Project, node_id: str, copy: int = 0) -> Spot | None:
    """Return the spot inside a place of the network on show; None if the node is no place."""
    node = project.networks[spot.network].nodes.get(node_id)
    key = placed(node) if node is not None else ""
    if key not in project.networks:
        return None
    return Spot(key, (*spot.trail, (spot.network, node_id)), (*spot.copies, copy))


def leave(spot: Spot, levels: int = 1) -> Spot:
    """Return the spot so many levels further out; the top is the last."""
    levels = min(levels, len(spot.trail))
    if not levels:
        return spot
    kept = len(spot.trail) - levels
    return Spot(spot.trail[kept][0], spot.trail[:kept], spot.copies[:kept])


def with_copy(spot: Spot, level: int, copy: int) -> Spot:
    """Return the spot with another copy looked at; `level` counts places from the root."""
    copies = (*spot.copies[:level], copy, *spot.copies[level + 1 :])
    return replace(spot, copies=copies)


def find(project: Project, network: str) -> Spot:
    """Return the spot of a network as it is trained: through the first place that leads to it."""
    for phase in project.training.phases:
        if phase.network == network:
            return Spot(network)
    for phase in project.training.phases:
        trail = _way(project.networks, phase.network, network, set())
        if trail:
            return Spot(network, trail, (0,) * len(trail), inferred=True)
    return Spot(network)


def _way(networks: Mapping[str, Graph], start: str, network: str, seen: set[str]) -> Trail:
    graph = networks.get(start)
    if graph is None or start in seen:
        return ()
    seen.add(start)
    for node in graph.nodes.values():
        key = placed(node)
        if not key:
            continue
        here = (start, node.id)
        if key == network:
            return (here,)
        below = _way(networks, key, network, seen)
        if below:
            return (here, *below)
    return ()


def mend(spot: Spot, project: Project) -> Spot:
    """Return the spot, or the nearest one that the project still has."""
    while spot.network not in project.networks:
        if not spot.trail:
            return Spot(project.main)
        spot = leave(spot)
    if spot.trail and not _leads(spot, project.networks):
        return find(project, spot.network)
    if not spot.trail or spot.inferred:
        # What leads here first may have come or gone.
        found = find(project, spot.network)
        return spot if found.trail == spot.trail else found
    return spot


def _leads(spot: Spot, networks: Mapping[str, Graph]) -> bool:
    """Return whether every place of the trail still leads to the next network."""
    following = [key for key, _ in spot.trail[1:]] + [spot.network]
    for (key, node_id), below in zip(spot.trail, following, strict=True):
        graph = networks.get(key)
        node = graph.nodes.get(node_id) if graph is not None else None
        if node is None or placed(node) != below:
            return False
    return True


def inner(analysis: Analysis, spot: Spot) -> Analysis | None:
    """Return what is known of the network on show, from the root's analysis; None if nothing."""
    for (_, node_id), copy in zip(spot.trail, spot.copies, strict=True):
        info = analysis.nodes.get(node_id)
        if info is None or not info.copies:
            return None
        analysis = info.copies[min(copy, len(info.copies) - 1)]
    return analysis


def copies_of(analysis: Analysis | None, spot: Spot) -> tuple[int, ...]:
    """Return for each place of the trail how many copies stand there, as far as it is known."""
    counts: list[int] = []
    for (_, node_id), copy in zip(spot.trail, spot.copies, strict=True):
        info = analysis.nodes.get(node_id) if analysis is not None else None
        if info is None or not info.copies:
            break
        counts.append(len(info.copies))
        analysis = info.copies[min(copy, len(info.copies) - 1)]
    return (*counts, *(1,) * (len(spot.trail) - len(counts)))


def prefix(spot: Spot, counts: tuple[int, ...]) -> str:
    """Return what stands before a node's id in its path id: `n3/n5#1/`, or nothing at the top."""
    steps = zip(spot.trail, spot.copies, counts, strict=True)
    return "".join(
        f"{node_id}#{min(copy, count - 1)}/" if count > 1 else f"{node_id}/"
        for (_, node_id), copy, count in steps
    )


def walk(project: Project, address: str) -> tuple[Spot, str] | None:
    """Return the spot and the node that an address names; None if there is no such node.

    An address is a path id, with the key of the root network and a colon before it unless that is
    the first phase's.
    """
    root, colon, path = address.partition(":")
    if not colon:
        root, path = project.phase.network, address
    if root not in project.networks:
        return None
    spot = Spot(root)
    *places, last = path.split("/")
    for step in places:
        node_id, _, copy = step.partition("#")
        below = enter(spot, project, node_id, int(copy) if copy.isdecimal() else 0)
        if below is None:
            return None
        spot = below
    node_id = last.partition("#")[0]
    return (spot, node_id) if node_id in project.networks[spot.network].nodes else None


def touched(before: Project, after: Project) -> set[str]:
    """Return the networks that differ between two projects, or stand otherwise on the canvas."""
    return {
        key
        for key in before.networks.keys() | after.networks.keys()
        if before.networks.get(key) is not after.networks.get(key)
        or before.layout.positions.get(key) != after.layout.positions.get(key)
    }


def address(project: Project, root: str, path: str) -> str:
    """Return the address of a node, from its root network and its path id."""
    return path if root == project.phase.network else f"{root}:{path}"


def names(project: Project, address_: str) -> str:
    """Return an address as names: `encoder › block 2 › dense`; itself if nothing is there."""
    root, colon, path = address_.partition(":")
    graph = project.networks.get(root if colon else project.phase.network)
    words: list[str] = []
    for step in (path if colon else address_).split("/"):
        node_id, _, copy = step.partition("#")
        node = graph.nodes.get(node_id) if graph is not None else None
        if node is None:
            return address_
        words.append(f"{node.name} {int(copy) + 1}" if copy.isdecimal() else node.name)
        graph = project.networks.get(placed(node))
    return " › ".join(words)
