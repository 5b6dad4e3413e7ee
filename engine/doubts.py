"""What is possible but hardly meant at a loss: an activation twice, a gradient from nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import fixes
from engine.analysis import Problem, is_loss
from engine.catalog import registry
from engine.catalog.spec import LossSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.graph import Edge, Graph, Node


def of_losses(graph: Graph, wires: Mapping[str, tuple[Edge, ...]]) -> Iterator[Problem]:
    """Yield a warning for each doubt about a loss of the graph."""
    for node in graph.nodes.values():
        if is_loss(node):
            yield from _twice(graph, wires, node)
            yield from _slope(graph, wires, node)


def _twice(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], loss: Node) -> Iterator[Problem]:
    """Point out an activation in front of a loss that applies it itself."""
    above = fixes.source_of(graph, wires, loss.id)
    spec = registry.node(loss.spec)
    assert isinstance(spec, LossSpec)
    if above is None or not spec.applies or above.spec != spec.applies:
        return
    if wires[loss.id][0].target_port != spec.inputs[0].name:
        return  # It makes the right answers.
    yield Problem(
        loss.id,
        "structure",
        f"“{loss.name}” applies a {spec.applies} itself, and “{above.name}” in front of "
        "it is a second one: the network would learn slowly.",
        fix=fixes.remove(graph, above.id),
        severity="warning",
    )


def _slope(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], loss: Node) -> Iterator[Problem]:
    """Point out a gradient that a loss is to take by something its score does not come from."""
    spec = registry.node(loss.spec)
    assert isinstance(spec, LossSpec)
    ends = {e.target_port: e.source for e in wires.get(loss.id, ())}
    if spec.slope is None or not ends.keys() >= set(spec.slope):
        return
    score, at = (ends[port] for port in spec.slope)
    found = fixes.upstream(graph, wires, score)
    if at in found and graph.nodes[at].spec != "input":
        return
    names = [graph.nodes[key].name for key in (score, at)]
    yield Problem(
        loss.id,
        "structure",
        f"“{loss.name}” takes the gradient of “{names[0]}” by “{names[1]}”, but none comes "
        "there: wire what an Interpolate puts out to it and to what leads to the score.",
        spec.slope[1],
        severity="warning",
    )
