"""Changes to the list of phases, and what can be said of one. Values only, no Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.analysis import holds, is_loss, placed
from engine.catalog import registry
from engine.graph import PLACES
from engine.project import Phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from engine.analysis import Analysis
    from engine.graph import Graph
    from engine.project import Project

NO_LOSS = "no loss"


def add(project: Project) -> tuple[Project, int]:
    """Return the project with one more phase at the end, and its place.

    It takes the first network with a loss that no phase trains yet, else the first phase's.
    """
    phases = project.training.phases
    taken = {phase.network for phase in phases}
    free = [key for key in project.networks if key not in taken and has_loss(project, key)]
    network = free[0] if free else project.phase.network
    base = project.title_of(network) if free else f"phase {len(phases) + 1}"
    phase = Phase(name=fresh_name(project, base), network=network)
    return project.with_training(phases=(*phases, phase)), len(phases)


def duplicate(project: Project, place: int) -> tuple[Project, int]:
    """Return the project with a copy of a phase behind it, and the copy's place."""
    phases = list(project.training.phases)
    phase = phases[place]
    phases.insert(place + 1, phase.but(name=fresh_name(project, phase.name)))
    return project.with_training(phases=tuple(phases)), place + 1


def remove(project: Project, place: int) -> Project:
    """Return the project without a phase; the last one stays."""
    phases = list(project.training.phases)
    if len(phases) > 1:
        del phases[place]
    return project.with_training(phases=tuple(phases))


def move(project: Project, place: int, to: int) -> Project:
    """Return the project with a phase at another place of the list."""
    phases = list(project.training.phases)
    phases.insert(to, phases.pop(place))
    return project.with_training(phases=tuple(phases))


def fresh_name(project: Project, base: str) -> str:
    """Return a name no phase has: `base`, or with a number behind it."""
    taken = {phase.name for phase in project.training.phases}
    base = base.replace(".", " ").strip() or "phase"
    if base not in taken:
        return base
    stem = base.rstrip("0123456789").rstrip()
    number = 2
    while f"{stem} {number}" in taken:
        number += 1
    return f"{stem} {number}"


def name_error(project: Project, place: int, name: str) -> str:
    """Return what is wrong with a phase's name as a sentence, or nothing."""
    others = {p.name for i, p in enumerate(project.training.phases) if i != place}
    if not name.strip():
        return "A phase needs a name."
    if "." in name:
        return "A phase's name has no full stop: its figures are called name.loss."
    if name.strip() in others:
        return f"There is already a phase called “{name.strip()}”."
    return ""


def has_loss(project: Project, network: str) -> bool:
    """Return whether a network holds a loss, itself or in what is placed in it."""
    graph = project.networks.get(network)
    return graph is not None and holds(graph, project.networks, is_loss)


def network_labels(project: Project) -> dict[str, str]:
    """Return the title of each network by its key; one without a loss is marked."""
    return {
        key: project.title_of(key) + ("" if has_loss(project, key) else f"  ({NO_LOSS})")
        for key in project.networks
    }


def plain(project: Project) -> bool:
    """Return whether there is one phase and nothing to say about what it trains.

    That is so while it trains all of the main network, and no other network could be trained.
    """
    phase = project.phase
    if len(project.training.phases) > 1:
        return False
    usual = Phase(name=phase.name, network=project.main)
    changed = any(
        getattr(phase, name) != getattr(usual, name)
        for name in ("network", "trains", "split", "steps", "weight")
    )
    return not changed and not any(
        has_loss(project, key) for key in _roots(project) if key != project.main
    )


def waiting(project: Project) -> bool:
    """Return whether a network could be trained by itself and has no phase yet."""
    taken = {phase.network for phase in project.training.phases}
    return any(has_loss(project, key) for key in _roots(project) if key not in taken)


def _roots(project: Project) -> list[str]:
    """Return the networks that are placed nowhere: only they can be trained by themselves."""
    inside = {placed(n) for graph in project.networks.values() for n in graph.nodes.values()}
    return [key for key in project.networks if key not in inside]


def learners(graph: Graph, analysis: Analysis | None) -> list[str]:
    """Return the nodes that can hold weights, by their analysis where there is one."""
    found: list[str] = []
    for node in graph.nodes.values():
        info = analysis.nodes.get(node.id) if analysis is not None else None
        spec = registry.node(node.spec)
        guess = node.spec in PLACES or (spec is not None and spec.initialize)
        if info.parameters > 0 if info is not None else guess:
            found.append(node.id)
    return found


def trained(phase: Phase, graph: Graph, learning: Collection[str]) -> tuple[str, ...]:
    """Return the nodes of a phase's network that it trains, wholly or in part.

    Parameters
    ----------
    learning
        Nodes that hold weights.
    """
    heads = {path.partition("/")[0].partition("#")[0] for path in phase.trains}
    return tuple(
        node
        for node in graph.nodes
        if node in learning and not graph.nodes[node].frozen and (not heads or node in heads)
    )


def lit(phase: Phase, graph: Graph, prefix: str) -> frozenset[str] | None:
    """Return the nodes of a shown network to light: all that the phase trains, or reads through.

    Parameters
    ----------
    graph
        The network on show, inside the phase's at `prefix` (`n3/n5#1/`).

    Returns
    -------
    None if nothing is left out, so that nothing need be dimmed.
    """
    frozen = {node.id for node in graph.nodes.values() if node.frozen}
    kept = frozenset(
        node for node in graph.nodes if node not in frozen and covers(phase.trains, prefix + node)
    )
    return None if len(kept) == len(graph.nodes) else kept


def covers(trains: Iterable[str], path: str) -> bool:
    """Return whether a node is among those trained: by itself, in a place, or with a part of it."""
    here = _plain(path)
    paths = [_plain(chosen) for chosen in trains]
    if not paths:
        return True
    return any(here[: len(chosen)] == chosen or chosen[: len(here)] == here for chosen in paths)


def _plain(path: str) -> tuple[str, ...]:
    return tuple(step.partition("#")[0] for step in path.split("/"))


def choose(phase: Phase, graph: Graph, nodes: Collection[str]) -> tuple[str, ...]:
    """Return what a phase trains once these nodes of its network are chosen.

    A part of a place that was chosen before stays chosen as long as its place is.
    """
    kept: list[str] = []
    for node in graph.nodes:
        if node not in nodes:
            continue
        parts = [p for p in phase.trains if "/" in p and _plain(p)[0] == node]
        kept += parts or [node]
    return tuple(kept)
