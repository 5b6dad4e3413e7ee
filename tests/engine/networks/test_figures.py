"""Random networks compute the same after regrouping, with the weights where the edit says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import networks
from engine.graph import Graph
from engine.networks import NetworkError
from engine.project import Project
from tests.engine.networks.samples import same_figures

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn


@st.composite
def tangles(draw: DrawFn) -> Project:
    """Draw layers of equal width, each fed by earlier ones, and places of a block among them."""
    inner, _ = Graph(title="Block").add("input", "x", "i")
    inner, _ = inner.add("dense", "inner", "d", out_features=8)
    inner, _ = inner.add("output", "y", "o")
    graph, _ = Graph().add("input", "x", "n1")
    ends = [("n1", "out")]
    for _ in range(draw(st.integers(2, 8))):
        spec = draw(st.sampled_from(["dense", "tanh", "add", "own", "shared"]))
        fed = draw(st.lists(st.sampled_from(ends), min_size=1, max_size=3, unique=True))
        if spec in ("own", "shared"):
            params: dict[str, Any] = {"network": "block", "weights": spec}
            graph, node = graph.add("network", times=draw(st.integers(1, 2)), **params)
            graph = graph.connect(fed[0][0], node, fed[0][1], "i")
            ends.append((node, "o"))
            continue
        graph, node = graph.add(spec, **({"out_features": 8} if spec == "dense" else {}))
        for source, port in fed if spec == "add" else fed[:1]:
            graph = graph.connect(source, node, port)
        ends.append((node, "out"))
    graph, last = graph.add("add", "all")
    for source, port in ends:
        graph = graph.connect(source, last, port)
    graph, loss = graph.add("cross_entropy", "loss")
    graph = graph.connect(last, loss, target_port="prediction")
    return Project(networks={"main": graph, "block": inner.connect("i", "d").connect("d", "o")})


@given(tangles(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_part_of_any_network(before: Project, data: st.DataObject) -> None:
    torch.manual_seed(0)
    trail = [before]
    for depth in range(data.draw(st.integers(1, 3))):
        made = trail[-1]
        key = data.draw(st.sampled_from(sorted(made.networks)))
        chosen = data.draw(st.lists(st.sampled_from(sorted(made.networks[key].nodes)), min_size=1))
        try:
            edited = networks.extract(made, key, chosen, f"Part {depth}")
        except NetworkError:
            continue
        same_figures(made, edited)
        trail.append(edited.project)
    for key, node in places(trail[-1]):
        for work in (networks.unroll, networks.dissolve, networks.detach):
            made = trail[-1]
            if node not in made.networks.get(key, Graph()).nodes:
                continue
            try:
                edited = work(made, key, node)
            except NetworkError:
                continue
            same_figures(made, edited)
            trail.append(edited.project)


def places(made: Project) -> list[tuple[str, str]]:
    return [
        (key, node.id)
        for key, graph in made.networks.items()
        for node in graph.nodes.values()
        if node.spec == "network"
    ]
