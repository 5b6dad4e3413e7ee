"""Layers of the user's own in a project: where they stand, and which of them are not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.custom import trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.catalog.spec import Own
    from engine.graph import Node
    from engine.project import Project


def own_layers(project: Project) -> Iterator[tuple[Node, Own]]:
    """Yield every node of any network whose layer is a text of the user's own, with that."""
    for graph in project.networks.values():
        for node in graph.nodes.values():
            spec = registry.node(node.spec)
            if spec is not None and spec.own is not None:
                yield node, spec.own(node.params)


def untrusted(project: Project) -> list[tuple[Node, Own]]:
    """Return those whose text may not run on this machine, each text once."""
    found = {own.code: (node, own) for node, own in own_layers(project)}
    return [row for code, row in found.items() if not trust.trusted(code)]
