"""Nodes that are passed over: the rest computes as if a plain wire stood there."""

from __future__ import annotations

from typing import Any

import torch

from engine import files
from engine.bypass import awake, can_bypass
from engine.catalog.spec import Field
from engine.compile import compile_graph
from engine.graph import Graph
from engine.listing import class_source
from engine.project import Project
from engine.shapes import analyse
from tests.engine.networks.samples import project

FIELDS = {
    "x": Field(name="x", shape=(6,)),
    "y": Field(name="y", shape=(), dtype="int64", role="target", classes=("a", "b", "c")),
}


def chain() -> tuple[Graph, dict[str, str]]:
    graph, x = Graph().add("input", field="x")
    graph, a = graph.add("dense", "a", out_features=6)
    graph, d = graph.add("dropout", "d", p=0.5)
    graph, b = graph.add("dense", "b", out_features=3)
    graph, loss = graph.add("cross_entropy", field="y")
    graph = graph.connect(x, a).connect(a, d).connect(d, b)
    graph = graph.connect(b, loss, target_port="prediction")
    return graph, {"a": a, "b": b, "d": d, "loss": loss, "x": x}


def test_a_graph_without_such_nodes_is_itself() -> None:
    graph, _ = chain()
    assert awake(graph) is graph


def test_the_same_graph_has_one_answer() -> None:
    graph, ids = chain()
    off = graph.change(ids["d"], bypassed=True)
    assert awake(off) is awake(off)
    assert awake(off) is not off


def test_what_is_passed_over_hands_its_input_on() -> None:
    graph, ids = chain()
    off = graph.change(ids["d"], bypassed=True).change(ids["a"], bypassed=True)
    assert analyse(off, FIELDS).ok
    torch.manual_seed(0)
    network = compile_graph(off, FIELDS)
    assert sorted(network.state_dict()) == ["b.bias", "b.weight"]
    x, y = torch.randn(5, 6), torch.randint(0, 3, (5,))
    total = network.train_forward(x, y)[0]
    expected = torch.nn.functional.cross_entropy(network.get_submodule("b")(x), y)
    torch.testing.assert_close(total, expected)


def test_the_written_class_does_the_same() -> None:
    graph, ids = chain()
    off = graph.change(ids["a"], bypassed=True)
    scope: dict[str, Any] = {"torch": torch, "nn": torch.nn}
    exec(class_source(off, FIELDS), scope)
    torch.manual_seed(0)
    written = scope["Network"]()
    torch.manual_seed(0)
    network = compile_graph(off, FIELDS)
    x = torch.randn(5, 6)
    assert torch.equal(written.eval()(x), network.eval()(x))


def test_a_loss_that_is_passed_over_does_not_count() -> None:
    graph, ids = chain()
    graph, second = graph.add("activity_penalty")
    graph = graph.connect(ids["a"], second)
    both = compile_graph(graph, FIELDS)
    one = compile_graph(graph.change(second, bypassed=True), FIELDS)
    assert len(both.losses) == 2
    assert [loss.node for loss in one.losses] == [ids["loss"]]


def test_of_several_inputs_the_first_port_goes_on() -> None:
    graph, ids = chain()
    graph, other = graph.add("dense", "other", out_features=6)
    graph, minus = graph.add("subtract", "minus")
    graph = graph.connect(ids["x"], other)
    graph = graph.connect(other, minus, target_port="second")
    graph = graph.connect(ids["x"], minus, target_port="first")
    made = awake(graph.change(minus, bypassed=True))
    assert [e.source for e in made.edges if e.target == minus] == [ids["x"]]


def test_a_placed_network_can_be_passed_over() -> None:
    made = project({"weights": "own"})
    graph = made.networks["main"]
    off = made.with_graph(graph.change("p0", bypassed=True), "main")
    fields = {
        "x": Field(name="x", shape=(8,)),
        "y": Field(name="y", shape=(), dtype="int64", role="target", classes=("a", "b", "c")),
    }
    network = compile_graph(off.networks["main"], off.scope(fields))
    assert not [name for name in network.state_dict() if "inner" in name]


def test_who_can_be_passed_over() -> None:
    graph, ids = chain()
    found = {name for name, i in ids.items() if can_bypass(graph, graph.nodes[i])}
    assert found == {"a", "b", "d", "loss"}


def test_it_is_saved_and_the_settings_stay() -> None:
    graph, ids = chain()
    off = Project(networks={"main": graph.change(ids["d"], bypassed=True)})
    again = files.loads(files.dumps(off)).graph.nodes[ids["d"]]
    assert again.bypassed
    assert again.params == {"p": 0.5}
    assert "bypassed" not in str(files.dumps(Project(networks={"main": graph})))
