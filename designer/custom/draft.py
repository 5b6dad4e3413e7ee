"""A custom layer being changed: its settings as they will be, and how they go into the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine.catalog import registry
from engine.custom import declared, source
from engine.custom.probing import Wanted
from engine.graph import Edge
from engine.networks import inputs_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.analysis import Analysis
    from engine.catalog.spec import Port
    from engine.custom.declared import Flow
    from engine.graph import Graph, Node

NAMES = ("code", "class_name", "inputs", "outputs", "settings")
"""The settings that the editor changes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The settings of a custom layer."""

    code: str
    class_name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: tuple[str, ...]

    @classmethod
    def of(cls, node: Node) -> Draft:
        """Return those of a node; what cannot be read is as in a new one."""
        spec = registry.node(node.spec)
        assert spec is not None
        values: dict[str, Any] = {}
        for name in NAMES:
            param = spec.param(name)
            try:
                values[name] = param.check(node.params.get(name, param.default))
            except ValueError:
                values[name] = param.default
        return cls(**values)

    def params(self) -> dict[str, Any]:
        """Return them as a node's settings."""
        return {name: getattr(self, name) for name in NAMES}

    def problem(self) -> tuple[str, int]:
        """Return what is wrong with it before it runs, and in which line of the text."""
        found = source.problem_of(self.code, self.class_name)
        if found[0]:
            return found
        try:
            declared.places(self.inputs, "input")
            declared.places(self.outputs, "output")
            declared.settings(self.settings)
        except declared.DeclaredError as error:
            return str(error), 0
        return "", 0

    def wanted(self, incoming: Sequence[Flow]) -> Wanted:
        """Return the question what it makes of what comes in. DeclaredError if it cannot be put."""
        ports = declared.places(self.inputs, "input")
        declared.bound(ports, incoming)
        numbers = declared.arguments(declared.settings(self.settings), ports, incoming)
        name = source.outline(self.code).chosen(self.class_name)
        return Wanted(self.code, name, numbers, self.inputs, self.outputs, tuple(incoming))


def incoming(
    graph: Graph, analysis: Analysis | None, node: Node, draft: Draft
) -> tuple[Flow, ...] | None:
    """Return what arrives at the inputs of a draft; None where that is not known of all."""
    found: list[Flow] = []
    names = _moved(tuple(p.name for p in inputs_of(node, {})), draft.inputs)
    sources = {names.get(e.target_port, e.target_port): e for e in graph.incoming(node.id)}
    for port in declared.readable(draft.inputs):
        edge = sources.get(port.name)
        info = analysis.nodes.get(edge.source) if analysis is not None and edge else None
        spec = info.outputs.get(edge.source_port) if info is not None and edge else None
        if spec is None:
            return None
        found.append((spec.shape, spec.dtype))
    return tuple(found)


def applied(graph: Graph, node_id: str, draft: Draft) -> Graph:
    """Return the graph with the draft's settings; wires follow ports that got other names."""
    node = graph.nodes[node_id]
    into = _moved(_names(inputs_of(node, {})), draft.inputs)
    out = _moved(_names(outputs_of(node, {})), draft.outputs)
    graph = graph.set_params(node_id, _changed(node, draft))
    if not into and not out:
        return graph
    return graph.but(edges=tuple(_follow(edge, node_id, into, out) for edge in graph.edges))


def _changed(node: Node, draft: Draft) -> Mapping[str, Any]:
    """Return the settings that differ from the node's; those it never stated stay unsaid."""
    before = Draft.of(node).params()
    return {name: value for name, value in draft.params().items() if value != before[name]}


def _names(ports: Sequence[Port]) -> tuple[str, ...]:
    return tuple(port.name for port in ports)


def _moved(before: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, str]:
    """Return ports that got another name: the old one at the same place is gone."""
    after = tuple(port.name for port in declared.readable(texts))
    return {
        old: new
        for old, new in zip(before, after, strict=False)
        if old != new and old not in after and new not in before
    }


def _follow(edge: Edge, node_id: str, into: dict[str, str], out: dict[str, str]) -> Edge:
    given = cast("dict[str, str]", edge.model_dump())
    if edge.target == node_id:
        given["target_port"] = into.get(edge.target_port, edge.target_port)
    if edge.source == node_id:
        given["source_port"] = out.get(edge.source_port, edge.source_port)
    return Edge(**given)
