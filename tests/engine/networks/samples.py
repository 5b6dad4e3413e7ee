"""Small projects of networks placed in networks, and weights that follow their edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import torch

from engine import networks
from engine.catalog.spec import Field
from engine.compile import compile_networks
from engine.graph import NETWORK, Graph, slug
from engine.networks import inputs_of, outputs_of
from engine.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

V = TypeVar("V")


def block(title: str = "Block", **settings: Any) -> Graph:
    """Return x -> relu(dense(x)) + x, with the ids i, d, r, a, o."""
    graph, _ = Graph(title=title, settings=settings).add("input", "x", "i")
    graph, _ = graph.add("dense", "inner", "d", out_features="=width" if settings else 8)
    graph, _ = graph.add("relu", "bend", "r")
    graph, _ = graph.add("add", "sum", "a")
    graph, _ = graph.add("output", "y", "o")
    graph = graph.connect("i", "d").connect("d", "r").connect("r", "a").connect("i", "a")
    return graph.connect("a", "o")


def chain(*places: dict[str, Any]) -> Graph:
    """Return input -> first -> a place of the block for each (p0, p1, ...) -> head -> loss."""
    graph, _ = Graph().add("input", "x", "x")
    graph, _ = graph.add("dense", "first", "first", out_features=8)
    graph, last, port = graph.connect("x", "first"), "first", "out"
    for number, params in enumerate(places):
        node = f"p{number}"
        graph, _ = graph.add(NETWORK, f"place {number}", node, **{"network": "block", **params})
        graph = graph.connect(last, node, port, "i")
        last, port = node, "o"
    graph, _ = graph.add("dense", "head", "head", out_features=3)
    graph, _ = graph.add("cross_entropy", "loss", "loss")
    graph = graph.connect(last, "head", port)
    return graph.connect("head", "loss", target_port="prediction")


def project(*places: dict[str, Any], **settings: Any) -> Project:
    """Return a project with that chain and that block, laid out in a row."""
    made = Project(networks={"main": chain(*places), "block": block(**settings)})
    for key, graph in made.networks.items():
        made = made.place({n: (288.0 * i, 10.0 * i) for i, n in enumerate(graph.nodes)}, key)
    return made


def carried(held: Mapping[str, V], edited: networks.Edited) -> dict[str, V]:
    """Return what lives at each weight path after an edit."""
    copies = {new: held[old] for new, old in edited.copies.items() if old in held}
    moves = {new: held[old] for old, new in edited.moves.items() if old in held}
    rest = {path: value for path, value in held.items() if path not in edited.moves}
    return {**rest, **moves, **copies}


def paths(made: Project) -> dict[str, Any]:
    """Return the node at each weight path of all that is trained."""
    return {p: n for root in networks.roots(made) for p, n in networks.weight_paths(made, root)}


def check(made: Project) -> None:
    """Fail unless every rule of a sound project is kept."""
    networks.check_recursion(made)
    assert networks.mended(made) is made
    assert made.main in made.networks
    assert all(phase.network in made.networks for phase in made.training.phases)
    assert set(made.layout.positions) <= set(made.networks)
    titles = [made.title_of(key).casefold() for key in made.networks]
    assert len(set(titles)) == len(titles)
    for graph in made.networks.values():
        check_graph(graph, made)


def check_graph(graph: Graph, made: Project) -> None:
    """Fail unless ids and names are unique, wires end in ports and nothing flows in a circle."""
    assert all(key == node.id for key, node in graph.nodes.items())
    names = [slug(node.name) for node in graph.nodes.values()]
    assert len(set(names)) == len(names)
    graph.order()
    seen: set[tuple[str, ...]] = set()
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        outs = {p.name for p in outputs_of(source, made.networks)}
        ins = {p.name: p.many for p in inputs_of(target, made.networks)}
        assert edge.source_port in outs
        many = ins[edge.target_port]
        ends = (edge.target, edge.target_port, *((edge.source, edge.source_port) if many else ()))
        assert ends not in seen
        seen.add(ends)


FIELDS = {
    "x": Field(name="x", shape=(8,)),
    "y": Field(name="y", shape=(), dtype="int64", role="target", classes=("a", "b", "c")),
}


def compiled(made: Project) -> tuple[Any, dict[str, torch.Tensor]]:
    """Return the compiled networks of all phases, and their weights by weight path."""
    keys = dict.fromkeys(phase.network for phase in made.training.phases)
    bundle = compile_networks({k: made.networks[k] for k in keys}, made.scope(FIELDS))
    state = bundle.root.state_dict()
    return bundle, {path: state[key] for key, path in bundle.weight_paths.items()}


def by_parameter(edited: networks.Edited, held: Mapping[str, Any]) -> networks.Edited:
    """Return the edit with its moves and copies spelled out for each parameter."""
    ends = [path.rpartition("/")[::2] for path in held]
    moves = {
        f"{node}/{name}": f"{edited.moves[node]}/{name}"
        for node, name in ends
        if node in edited.moves
    }
    copies = {
        f"{new}/{name}": f"{old}/{name}"
        for new, old in edited.copies.items()
        for node, name in ends
        if node == old
    }
    return networks.Edited(edited.project, moves, copies=copies)


def same_figures(before: Project, edited: networks.Edited) -> None:
    """Fail unless both projects compute the same once weights went where the edit says."""
    check(edited.project)
    old, held = compiled(before)
    new, wanted = compiled(edited.project)
    held = carried(held, by_parameter(edited, held))
    assert set(wanted) <= set(held)
    with torch.no_grad():
        for path, tensor in wanted.items():
            tensor.copy_(held[path])
    x, y = torch.randn(5, 8), torch.tensor([0, 1, 2, 1, 0])
    for key, network in old.networks.items():
        mine, theirs = network.train_forward(x, y), new.networks[key].train_forward(x, y)
        assert torch.allclose(mine[0], theirs[0], atol=1e-6)
