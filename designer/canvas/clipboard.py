"""Nodes as JSON text: what the canvas puts on the clipboard, and what it takes from it.

The networks that the nodes place go with them, so that another project can take them too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from designer.canvas import bends
from engine import files, networks, strictjson, variables
from engine.analysis import placed
from engine.graph import Edge, Graph, Node
from engine.project import Layout, Phase, Project

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_KEY = "layerloom"
_FORMAT = 1
_NONE = "The clipboard holds no layers; copy some on a canvas first."
_DAMAGED = "The layers on the clipboard are damaged; copy them again."
_PART = "clipboard"
"""The key of the copied nodes among the networks that they place."""
_MOST = 20_000

Places = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Part:
    """Copied nodes, where they stand, and the networks that they place."""

    graph: Graph
    places: Places
    carried: Project
    origin: str = ""
    """Tells whether they come from the project that is open."""
    dots: bends.Dots = field(default_factory=dict[str, tuple[bends.Place, ...]])
    """Through which their wires run."""


def to_text(
    graph: Graph,
    places: Mapping[str, tuple[float, float]],
    project: Project | None = None,
    origin: str = "",
    dots: bends.Dots = bends.NONE,
) -> str:
    """Return nodes, the wires between them and where they stand as text a person can read.

    `project` has the networks that they place; `dots` are those of the wires between them.
    """
    content: dict[str, Any] = {
        _KEY: _FORMAT,
        "nodes": [n.model_dump(exclude_defaults=True) for n in graph.nodes.values()],
        "edges": [e.model_dump() for e in graph.edges],
        "positions": {i: list(places[i]) for i in graph.nodes if i in places},
        **({"dots": dict(dots)} if dots else {}),
    }
    below = {placed(node) for node in graph.nodes.values()} - {""}
    if project is not None and below:
        keys = sorted(networks.closure(project, below & project.networks.keys()))
        content["origin"] = origin
        content["networks_placed"] = {
            key: project.networks[key].model_dump(exclude_defaults=True) for key in keys
        }
        content["layout"] = project.layout.of(keys).model_dump(exclude_defaults=True)
    if project is not None:
        used = _named(project, graph, content.get("networks_placed", {}))
        content |= {"variables": used} if used else {}
    return json.dumps(content, indent=1, ensure_ascii=False)


def _named(project: Project, graph: Graph, below: Iterable[str]) -> dict[str, int | float]:
    """Return the project's named numbers that some nodes, or what they place, refer to."""
    held = {key: project.networks[key] for key in below}
    main, known = _main(held), project.variables
    alone = Project(networks={**held, main: graph}, main=main, variables=known)
    used = variables.uses(alone.with_training(phases=(Phase(network=main),)))
    return {name: value for name, value in known.items() if used.get(name)}


def _main(below: Collection[str]) -> str:
    """Return a key for the copied nodes that no network among them has."""
    main = _PART
    while main in below:
        main += "_"
    return main


def with_names(project: Project, part: Part) -> Project:
    """Return the project with the named numbers that a part refers to; those it has stay."""
    missing = {k: v for k, v in part.carried.variables.items() if k not in project.variables}
    return project.but(variables={**project.variables, **missing}) if missing else project


def from_text(text: str) -> Part:
    """Return the nodes that a text holds: a copied part, or the main network of a whole project.

    Raises
    ------
    ValueError
        A sentence that says why there is nothing to paste.
    """
    if not text.lstrip().startswith("{"):
        raise ValueError(_NONE)
    raw = strictjson.parse(text, "The clipboard")
    content = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    if "networks" in content:
        project = files.loads(text, "The clipboard")
        places = dict(project.layout.positions.get(project.main, {}))
        return Part(project.graph, places, project, dots=bends.of(project, project.main))
    if _KEY not in content:
        raise ValueError(_NONE)
    if content[_KEY] != _FORMAT:
        raise ValueError(
            f"The layers on the clipboard are of format {content[_KEY]!r}, not {_FORMAT}; copy "
            "them with this version of Layerloom."
        )
    try:
        return _part(content)
    except (ValidationError, TypeError, KeyError, AttributeError):
        raise ValueError(_DAMAGED) from None


def _part(content: dict[str, Any]) -> Part:
    if len(content["nodes"]) > _MOST:
        raise ValueError(f"The clipboard holds more than {_MOST:,} layers.")
    nodes = [Node.model_validate(n) for n in content["nodes"]]
    edges = [Edge.model_validate(e) for e in content["edges"]]
    graph = Graph(nodes={n.id: n for n in nodes}, edges=tuple(edges))
    graph.order()
    below = {
        str(key): Graph.model_validate(value)
        for key, value in content.get("networks_placed", {}).items()
    }
    layout = Layout.model_validate(content.get("layout", {})).of(below)
    main = _main(below)
    # A file's checks hold here too: ports that exist, one wire into each single input.
    project = Project(
        networks={**below, main: graph},
        main=main,
        variables=content.get("variables", {}),
        layout=layout.alike(main, Layout(bends={main: content.get("dots", {})}), main),
    ).with_training(phases=(Phase(network=main),))
    checked = files.loads(files.dumps(project), "The clipboard")
    places = _places(content["positions"])
    origin = str(content.get("origin", ""))
    return Part(checked.graph, places, checked, origin, bends.of(checked, main))


def _places(content: dict[str, Any]) -> Places:
    try:
        return {str(node_id): (float(x), float(y)) for node_id, (x, y) in content.items()}
    except ValueError:
        raise ValueError(_DAMAGED) from None


def settle(project: Project, network: str, part: Part, *, known: bool) -> tuple[Project, Graph]:
    """Return the project with the networks that pasted nodes place, and the nodes to paste there.

    A network the project has already is not added again; `known` says that the nodes come from
    this very project, so that its networks are meant as they are now.

    Raises
    ------
    engine.networks.NetworkError
        `network` would stand inside itself.
    """
    here = project.networks[network]
    nodes = dict(part.graph.nodes)
    keys: dict[str, str] = {}
    for node_id, node in part.graph.nodes.items():
        key = placed(node)
        if not key or (key not in part.carried.networks and not known):
            continue
        if key not in keys:
            project, keys[key] = _adopted(project, network, part, key, known=known)
        nodes[node_id] = node.but(params={**node.params, "network": keys[key]})
    return project.with_graph(here, network), part.graph.but(nodes=nodes)


def _adopted(
    project: Project, network: str, part: Part, key: str, *, known: bool
) -> tuple[Project, str]:
    if known and key in project.networks:
        networks.check_place(project, network, key)
        return project, key
    made = networks.adopt(project, network, part.carried.but(main=key), 0.0, 0.0)
    return made.project, placed(made.project.networks[network].nodes[made.node])
