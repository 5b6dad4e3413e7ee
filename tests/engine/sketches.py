"""A short way to write small projects, on data that comes with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.graph import Graph
from engine.project import Choice, DataRecipe, Project

if TYPE_CHECKING:
    from collections.abc import Callable

FEATURES: dict[str, Callable[[], Project]] = {}

MOONS = DataRecipe(source=Choice(id="moons", params={"samples": 210}))
DIGITS = DataRecipe(source=Choice(id="digits"))


def feature(make: Callable[[], Project]) -> Callable[[], Project]:
    FEATURES[make.__name__] = make
    return make


def net(title: str, *nodes: tuple[str, str, Any, dict[str, Any]], **settings: Any) -> Graph:
    """Return a graph of (id, entry or network, what is wired to it, settings).

    `"a"` is the only output of the node a, `"a.p"` its port p; several in a list go to the ports
    in turn (or all to a port that takes many), a dictionary names the ports.
    """
    graph = Graph(title=title, settings=settings)
    for node_id, spec, wired, params in nodes:
        params = dict(params)
        arguments = params.pop("arguments", {})
        frozen = params.pop("frozen", False)
        if spec.startswith("@"):
            params = {"network": spec[1:], **params}
        graph, _ = graph.add("network" if spec[0] == "@" else spec, node_id, node_id)
        graph = graph.set_params(node_id, params)
        graph = graph.change(node_id, arguments=arguments, frozen=frozen)
        for port, source in _ports(spec, wired):
            start, _, out = source.partition(".")
            graph = graph.connect(start, node_id, out or _first(graph, start), port)
    return graph


def _first(graph: Graph, node_id: str) -> str:
    from engine.catalog import registry

    spec = registry.node(graph.nodes[node_id].spec)
    assert spec is not None
    return spec.outputs[0].name if spec.outputs else "out"


def _ports(spec: str, wired: Any) -> list[tuple[str, str]]:
    from engine.catalog import registry

    if isinstance(wired, dict):
        return list(wired.items())
    wired = [wired] if isinstance(wired, str) else list(wired or ())
    entry = None if spec[0] == "@" else registry.node(spec)
    if entry is None:
        return list(zip(("in", "in2"), wired, strict=False))
    names = [p.name for p in entry.inputs]
    return [(names[min(k, len(names) - 1)], source) for k, source in enumerate(wired)]


def made(main: Graph, data: DataRecipe = MOONS, **others: Any) -> Project:
    variables = others.pop("variables", {})
    project = Project(networks={"main": main, **others}, data=data, variables=variables)
    return project.with_training(epochs=2, batch_size=48)


def dense(node_id: str, wired: Any, units: Any, **params: Any) -> tuple[str, str, Any, dict]:
    return (node_id, "dense", wired, {"out_features": units, **params})


def block() -> Graph:
    return net(
        "Residual block",
        ("in", "input", (), {}),
        dense("widen", "in", "=width * 2"),
        ("drop", "dropout", "widen", {"p": 0.1}),
        ("act", "relu", "drop", {}),
        dense("narrow", "act", "=width"),
        ("sum", "add", ["in", "narrow"], {}),
        ("out", "output", "sum", {}),
        width=6,
    )


def layer() -> Graph:
    return net(
        "Layer",
        ("in", "input", (), {}),
        dense("lin", "in", "=units"),
        ("norm", "batch_norm1d", "lin", {}),
        ("act", "tanh", "norm", {}),
        ("out", "output", "act", {}),
        units=6,
    )


def around(*middle: Any, last: str = "m.out", **others: Any) -> Project:
    """Return input -> dense -> what is given -> dense -> loss."""
    main = net(
        "",
        ("point", "input", (), {}),
        dense("stem", "point", 6),
        *middle,
        dense("head", last, 2),
        ("loss", "cross_entropy", "head", {}),
    )
    return made(main, **others)
