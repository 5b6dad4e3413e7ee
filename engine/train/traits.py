"""What a layer has otherwise than its phase: a factor of the learning rate, penalties, a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis import placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Graph, Node
    from engine.project import Phase


@dataclass(frozen=True, slots=True)
class Traits:
    """How training treats the weights of one module."""

    lr_factor: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    max_norm: float | None = None


def traits(phase: Phase, networks: Mapping[str, Graph], path: str) -> Traits:
    """Return how a phase treats the module of a node.

    Factors of a place and of what stands in it are multiplied; of the rest the innermost counts.

    Parameters
    ----------
    path
        Ids from the phase's network down, joined with `/`; a copy of a repeat is `id#k`.
    """
    nodes = list(_along(networks, phase.network, path))
    factor = 1.0
    for node in nodes:
        factor *= node.lr_factor
    limits = [node.max_norm for node in nodes if node.max_norm is not None]
    return Traits(
        factor,
        _last([node.l1 for node in nodes], phase.l1),
        _last([node.l2 for node in nodes], phase.l2),
        limits[-1] if limits else phase.max_norm,
    )


def _last(values: Iterable[float | None], otherwise: float) -> float:
    stated = [value for value in values if value is not None]
    return stated[-1] if stated else otherwise


def _along(networks: Mapping[str, Graph], network: str, path: str) -> Iterable[Node]:
    """Yield the nodes on the way to the end of a path."""
    graph = networks.get(network)
    for part in path.split("/"):
        node = graph.nodes.get(part.partition("#")[0]) if graph else None
        if node is None:
            return
        yield node
        graph = networks.get(placed(node))
