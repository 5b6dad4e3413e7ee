"""Nodes as JSON text: what the canvas puts on the clipboard, and what it takes from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from engine import files, strictjson
from engine.graph import Edge, Graph, Node
from engine.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = "layerloom"
_MOST = 20_000

Places = dict[str, tuple[float, float]]


def to_text(graph: Graph, places: Mapping[str, tuple[float, float]]) -> str:
    """Return nodes, the wires between them and where they stand as text a person can read."""
    content = {
        _KEY: 1,
        "nodes": [n.model_dump(exclude_defaults=True) for n in graph.nodes.values()],
        "edges": [e.model_dump() for e in graph.edges],
        "positions": {i: list(places[i]) for i in graph.nodes if i in places},
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def from_text(text: str) -> tuple[Graph, Places]:
    """Return the nodes that a text holds: a copied part, or the main network of a whole project.

    Raises
    ------
    ValueError
        A sentence that says why there is nothing to paste.
    """
    raw = strictjson.parse(text, "The clipboard")
    content = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    if "networks" in content:
        project = files.loads(text, "The clipboard")
        return project.graph, dict(project.layout.positions.get(project.main, {}))
    if _KEY not in content:
        raise ValueError("The clipboard holds no nodes.")
    try:
        return _part(content)
    except (ValidationError, TypeError, KeyError, AttributeError):
        raise ValueError("The nodes on the clipboard are damaged; copy them again.") from None


def _part(content: dict[str, Any]) -> tuple[Graph, Places]:
    if len(content["nodes"]) > _MOST:
        raise ValueError(f"The clipboard holds more than {_MOST:,} nodes.")
    nodes = [Node.model_validate(n) for n in content["nodes"]]
    edges = [Edge.model_validate(e) for e in content["edges"]]
    places: Places = {}
    for node_id, (x, y) in content["positions"].items():
        places[str(node_id)] = (float(x), float(y))
    graph = Graph(nodes={n.id: n for n in nodes}, edges=tuple(edges))
    graph.order()
    # A file's checks hold here too: ports that exist, one wire into each single input.
    checked = files.loads(files.dumps(Project(networks={"main": graph})), "The clipboard")
    return checked.graph, places
