"""What can be put on the canvas: layers and losses, ready blocks, the project's own networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import BlockSpec
from engine.graph import NETWORK, Node
from engine.networks import inputs_of, outputs_of

if TYPE_CHECKING:
    from engine.catalog.spec import Port
    from engine.project import Project

PROJECT = "This project"
BLOCKS = "Blocks"
OWN, SHARED, BLOCK = "network", "shared", "block"
"""What stands before the colon of a payload that is no layer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One card. `payload` is a layer's id, or `network:key`, `shared:key`, `block:id`."""

    payload: str
    title: str
    summary: str
    group: str
    icon: str
    inputs: tuple[Port, ...] | None
    """None where nobody has looked yet: it may fit anywhere."""
    outputs: tuple[Port, ...] | None


def find(text: str, project: Project | None) -> list[Offer]:
    """Return what matches a search, the best layers first; all there is without a text."""
    return [*layer_offers(text), *network_offers(text, project), *block_offers(text)]


def layer_offers(text: str = "") -> list[Offer]:
    """Return the layers and losses of the catalogue that match a search."""
    found = registry.search(text) if text.strip() else list(registry.nodes().values())
    return [
        Offer(s.id, s.title, s.summary, s.group, s.id, s.inputs, s.outputs)
        for s in found
        if s.id != NETWORK
    ]


def block_offers(text: str = "") -> list[Offer]:
    """Return the ready blocks that match a search."""
    return [
        Offer(f"{BLOCK}:{s.id}", s.title, s.summary, BLOCKS, s.id, None, None)
        for s in registry.of_kind(BlockSpec).values()
        if registry.matches(text, f"{s.title} {s.id} {' '.join(s.keywords)}")
    ]


def network_offers(text: str, project: Project | None) -> list[Offer]:
    """Return the project's networks that match a search; none where there is only one."""
    if project is None or len(project.networks) < 2:
        return []
    found: list[Offer] = []
    for key in project.networks:
        title = project.title_of(key)
        if registry.matches(text, f"{title} {key}"):
            node = Node(id="", spec=NETWORK, name="", params={"network": key})
            ins = inputs_of(node, project.networks)
            outs = outputs_of(node, project.networks)
            summary = "A network of this project. Its weights are its own; with Shift, shared."
            found.append(Offer(f"{OWN}:{key}", title, summary, PROJECT, NETWORK, ins, outs))
    return found
