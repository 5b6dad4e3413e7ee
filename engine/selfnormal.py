"""What SELU needs to keep mean 0 and deviation 1, and what of it a network or a project breaks.

The proof (Klambauer et al. 2017) is for standardised inputs, LeCun normal weights and a plain
chain of layers. Nothing here stops a run: these are warnings, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import amends
from engine.analysis import Fix, Problem, is_display, is_loss
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.graph import Edge, Graph, Node
    from engine.project import Project

_SELU = "selu"
_GOOD = ("", "auto", "lecun_normal")
_PLAIN_DROPOUT = ("dropout", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d")


def doubts(graph: Graph, wires: Mapping[str, tuple[Edge, ...]]) -> list[Problem]:
    """Return a warning for each condition that a network with a SELU breaks, at the node."""
    units = [node for node in graph.nodes.values() if node.spec == _SELU]
    if not units:
        return []
    found = [_weights(graph, wires, unit) for unit in units]
    found += [_dropout(graph, unit) for unit in units]
    found.append(_joint(graph, wires, units))
    return list({p.node: p for p in found if p is not None}.values())


def of_project(project: Project, networks: Iterable[str]) -> Iterable[Problem]:
    """Yield a warning for each condition that the project's data or choices break."""
    keys = [key for key in networks if key in project.networks]
    graphs = [project.networks[key] for key in keys]
    key = next((k for k, g in zip(keys, graphs, strict=True) if _first(g) is not None), None)
    if key is None:
        return
    unit = _first(project.networks[key])
    assert unit is not None
    if project.data.scaling != "standardize":
        yield _warning(
            unit,
            f"“{unit.name}” normalises itself only if the inputs have mean 0 and deviation 1; the "
            f"data's scaling is {project.data.scaling!r}. Choose “standardize”.",
            amends.scaling("standardize"),
        )
    chosen = project.training.initializer
    if chosen not in _GOOD:
        yield _warning(
            unit,
            f"“{unit.name}” normalises itself only with LeCun normal weights; the training's "
            f"initializer is {chosen!r}. Choose “auto” or “lecun_normal”.",
            amends.start_from("auto"),
        )


def _first(graph: Graph) -> Node | None:
    return next((node for node in graph.nodes.values() if node.spec == _SELU), None)


def _warning(node: Node, message: str, fix: Fix | None = None) -> Problem:
    return Problem(node.id, "structure", message, fix=fix, severity="warning")


def _weights(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], unit: Node) -> Problem | None:
    """Point out a layer in front of a SELU whose weights start otherwise."""
    above = _weighted(graph, wires, unit)
    if above is None or above.initializer in _GOOD:
        return None
    return _warning(
        above,
        f"“{above.name}” starts from {above.initializer!r}, but “{unit.name}” behind it "
        "normalises itself only with LeCun normal weights.",
        Fix(
            f"Start “{above.name}” from lecun_normal",
            lambda g: g.change(above.id, initializer="lecun_normal", initializer_params={}),
        ),
    )


def _weighted(graph: Graph, wires: Mapping[str, tuple[Edge, ...]], node: Node) -> Node | None:
    """Return the nearest layer with weights in front of a node, along a plain chain."""
    while len(wires.get(node.id, ())) == 1:
        node = graph.nodes[wires[node.id][0].source]
        spec = registry.node(node.spec, node.params)
        if spec is not None and spec.initialize:
            return node
    return None


def _dropout(graph: Graph, unit: Node) -> Problem | None:
    """Point out a plain dropout behind a SELU."""
    behind = (graph.nodes[e.target] for e in graph.edges if e.source == unit.id)
    plain = next((node for node in behind if node.spec in _PLAIN_DROPOUT), None)
    if plain is None:
        return None
    return _warning(
        plain,
        f"“{plain.name}” shifts mean and deviation, which “{unit.name}” in front of it keeps at 0 "
        "and 1. Alpha dropout leaves them as they are.",
        Fix(
            f"Make “{plain.name}” an Alpha dropout",
            lambda g: g.change(plain.id, spec="alpha_dropout"),
        ),
    )


def _joint(
    graph: Graph, wires: Mapping[str, tuple[Edge, ...]], units: list[Node]
) -> Problem | None:
    """Point out a place where branches meet, on the way to or from a SELU."""
    behind = _reached([(e.source, e.target) for e in graph.edges], units)
    before = _reached([(e.target, e.source) for e in graph.edges], units)
    for node_id in graph.nodes:
        node = graph.nodes[node_id]
        sources = {e.source for e in wires.get(node_id, ())}
        if node_id not in behind | before or len(sources) < 2 or is_loss(node) or is_display(node):
            continue
        return _warning(
            node,
            f"“{units[0].name}” normalises itself only in a plain chain of layers, and "
            f"“{node.name}” joins {len(sources)} branches: deviations may drift from layer to "
            "layer. ELU or a batch norm does without the chain.",
        )
    return None


def _reached(steps: Iterable[tuple[str, str]], starts: list[Node]) -> set[str]:
    """Return what can be reached from some nodes by steps from one node to another."""
    follow: dict[str, list[str]] = {}
    for source, target in steps:
        follow.setdefault(source, []).append(target)
    seen: set[str] = set()
    stack = [node.id for node in starts]
    while stack:
        for target in follow.get(stack.pop(), ()):
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen
