"""Networks placed inside networks: shapes, counts, problems, modules, weights, against torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from engine.catalog.spec import BATCH, Field, TensorSpec
from engine.compile import CompileError, compile_graph, compile_networks, initialize
from engine.graph import Graph
from engine.project import Project
from engine.shapes import analyse

FIELDS = {
    "x": Field(name="x", shape=(8,)),
    "y": Field(name="y", shape=(), dtype="int64", role="target", classes=("a", "b", "c")),
}
ITEMS = {**FIELDS, "x": Field(name="x", shape=(5, 8))}


def block() -> Graph:
    """Return x -> relu(W x) + x with a setting for its width."""
    graph, _ = Graph(settings={"width": 8}, title="Block").add("input", node_id="in")
    graph, _ = graph.add("dense", node_id="d", out_features="=width")
    graph, _ = graph.add("relu", node_id="r")
    graph, _ = graph.add("add", node_id="a")
    graph, _ = graph.add("output", node_id="out")
    graph = graph.connect("in", "d").connect("d", "r").connect("in", "a").connect("r", "a")
    return graph.connect("a", "out")


def chain(*places: dict[str, Any], head: int = 3) -> Graph:
    """Return input, placed blocks, a Dense layer and a loss in a row."""
    graph, last = Graph().add("input", node_id="x")
    port = "out"
    for number, params in enumerate(places):
        graph, place = graph.add("network", f"block_{number}", f"p{number}", network="block")
        graph = graph.set_params(place, params).connect(last, place, port, "in")
        last, port = place, "out"
    graph, _ = graph.add("dense", node_id="head", out_features=head)
    graph, _ = graph.add("cross_entropy", node_id="loss")
    return graph.connect(last, "head", port).connect("head", "loss", target_port="prediction")


def project(*places: dict[str, Any]) -> Project:
    return Project(networks={"main": chain(*places), "block": block()})


def by_hand(x: torch.Tensor, layers: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    for weight, bias in layers:
        x = torch.relu(x @ weight.T + bias) + x
    return x


def weights(root: nn.Module, *names: str) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(root.get_parameter(f"{n}.weight"), root.get_parameter(f"{n}.bias")) for n in names]


PLACES = {
    "own": ({}, {}),
    "shared": ({"weights": "shared"}, {"weights": "shared"}),
    "repeat": ({"times": 2},),
    "tied": ({"times": 2, "tied": True},),
}
HOMES = {
    "own": ("block_0.dense", "block_1.dense"),
    "shared": ("block.dense", "block.dense"),
    "repeat": ("block_0.0.dense", "block_0.1.dense"),
    "tied": ("block_0.dense", "block_0.dense"),
}


@pytest.mark.parametrize("case", PLACES)
def test_what_it_computes_and_learns_is_what_the_formula_says(case: str) -> None:
    made = project(*PLACES[case])
    scope = made.scope(FIELDS)
    analysis = analyse(made.graph, scope)
    assert analysis.problems == ()
    torch.manual_seed(1)
    network = compile_graph(made.graph, scope, initializer="auto")
    different = len(set(HOMES[case]))
    assert analysis.parameters == different * 72 + 27
    assert sum(p.numel() for p in network.parameters()) == analysis.parameters
    assert analysis.flops == 2 * (2 * 8 * 8) + 2 * 8 * 3
    x, y = torch.randn(4, 8), torch.tensor([0, 1, 2, 1])
    (head,) = weights(network, "head" if "head" in dict(network.named_children()) else "dense")
    hidden = by_hand(x, weights(network, *HOMES[case]))
    expected = hidden @ head[0].T + head[1]
    assert torch.allclose(network(x), expected, atol=1e-6)
    total, losses, predictions = network.train_forward(x, y)
    assert total.item() == pytest.approx(nn.functional.cross_entropy(expected, y).item(), rel=1e-5)
    assert torch.allclose(predictions[0], expected, atol=1e-6)
    assert len(losses) == 1


def test_a_state_dict_names_every_weight_once() -> None:
    made = project({}, {"weights": "shared"}, {"weights": "shared"}, {"times": 2})
    network = compile_graph(made.graph, made.scope(FIELDS))
    stems = ["block_0", "block", "block_3.0", "block_3.1"]
    keys = {f"{s}.dense.{w}" for s in stems for w in ("weight", "bias")}
    assert set(network.state_dict()) == keys | {"dense.weight", "dense.bias"}
    assert network.weight_paths["block.dense.weight"] == "block:d/weight"
    assert network.weight_paths["block_3.1.dense.bias"] == "main:p3#1/d/bias"


def test_an_argument_of_a_place_sets_its_width_and_expressions_see_the_outer_names() -> None:
    wide = block().remove(["a"])
    wide = wide.connect("r", "out")
    made = Project(
        networks={"main": chain({}, {}), "block": wide}, variables={"size": 6}, main="main"
    )
    graph = made.graph.change("p0", arguments={"width": "=size * 2"})
    made = made.with_graph(graph)
    analysis = analyse(made.graph, made.scope(FIELDS))
    assert analysis.problems == ()
    assert analysis.nodes["p0"].outputs["out"] == TensorSpec((BATCH, 12))
    assert analysis.nodes["p1"].outputs["out"] == TensorSpec((BATCH, 8))
    other = analyse(made.graph, made.but(variables={"size": 7}).scope(FIELDS))
    assert other.nodes["p0"].outputs["out"] == TensorSpec((BATCH, 14))
    network = compile_graph(made.graph, made.scope(FIELDS))
    assert network.get_parameter("block_0.dense.weight").shape == (12, 8)


def test_each_item_passes_through_the_same_network() -> None:
    graph = chain({"each": True})
    graph, _ = graph.add("flatten", node_id="flat")
    graph = graph.connect("p0", "flat", "out").connect("flat", "head")
    made = Project(networks={"main": graph, "block": block()})
    analysis = analyse(graph, made.scope(ITEMS))
    assert analysis.problems == ()
    assert analysis.nodes["p0"].outputs["out"] == TensorSpec((BATCH, 5, 8))
    assert analysis.nodes["p0"].flops == 5 * 2 * 8 * 8
    network = compile_graph(graph, made.scope(ITEMS))
    x = torch.randn(3, 5, 8)
    (inner,) = weights(network, "block_0.dense")
    (head,) = weights(network, "dense")
    expected = by_hand(x, [inner]).flatten(1) @ head[0].T + head[1]
    assert torch.allclose(network(x), expected, atol=1e-5)


def test_phases_that_share_a_network_hold_the_same_tensors() -> None:
    one, other = chain({"weights": "shared"}), chain({"weights": "shared"}, {})
    made = Project(networks={"main": one, "second": other, "block": block()})
    bundle = compile_networks({"main": one, "second": other}, made.scope(FIELDS))
    mine, theirs = bundle.networks["main"], bundle.networks["second"]
    assert mine.get_parameter("block.dense.weight") is theirs.get_parameter("block.dense.weight")
    assert sorted({k.partition(".")[0] for k in bundle.root.state_dict()}) == [
        "block",
        "main",
        "second",
    ]
    before = bundle.root.state_dict()["block.dense.weight"].clone()
    torch.manual_seed(0)
    initialize(bundle.root, bundle.blueprint)
    assert not torch.equal(before, theirs.get_parameter("block.dense.weight"))


def test_shared_weights_that_would_need_other_shapes_are_refused() -> None:
    wide = block().remove(["a"]).connect("r", "out").set_params("d", {"out_features": 5})
    made = Project(
        networks={"main": chain({"weights": "shared"}, {"weights": "shared"}), "block": wide}
    )
    (problem,) = analyse(made.graph, made.scope(FIELDS)).problems
    assert problem.node == "p1"
    assert "shares the weights of “Block”" in problem.message


def test_a_network_inside_itself_is_refused_by_name() -> None:
    inner, _ = block().add("network", node_id="again", network="block")
    inner = inner.connect("a", "again", target_port="in").connect("again", "out", "out")
    made = Project(networks={"main": chain({}), "block": inner})
    problems = analyse(made.graph, made.scope(FIELDS)).problems
    assert problems[0].path == ("p0",)
    assert "Block → Block" in problems[0].message
    with pytest.raises(CompileError, match="inside itself") as error:
        compile_graph(made.graph, made.scope(FIELDS))
    assert error.value.node == "p0/again"


def test_a_problem_inside_names_the_network_and_its_fix_mends_that_network() -> None:
    inner, _ = Graph(title="Head").add("input", node_id="in")
    inner, _ = inner.add("dense", node_id="d", out_features=7)
    inner, _ = inner.add("cross_entropy", node_id="l")
    inner = inner.connect("in", "d").connect("d", "l", target_port="prediction")
    outer, _ = Graph().add("input", node_id="x")
    outer, _ = outer.add("network", node_id="p", network="head")
    outer = outer.connect("x", "p", target_port="in")
    made = Project(networks={"main": outer, "head": inner})
    (problem,) = analyse(outer, made.scope(FIELDS)).problems
    assert (problem.path, problem.node, problem.network, problem.here) == (("p",), "l", "head", "p")
    assert problem.fix is not None
    assert problem.fix.network == "head"
    mended = made.with_graph(problem.fix.edit(inner), "head")
    assert analyse(mended.graph, mended.scope(FIELDS)).problems == ()
    network = compile_graph(mended.graph, mended.scope(FIELDS))
    assert [(loss.node, loss.name) for loss in network.losses] == [
        ("p/l", "sub_network.cross_entropy")
    ]


def test_a_repeat_whose_output_cannot_go_in_again_says_so() -> None:
    wide = block().remove(["a"]).connect("r", "out").set_params("d", {"out_features": 5})
    made = Project(networks={"main": chain({"times": 3}), "block": wide})
    analysis = analyse(made.graph, made.scope(FIELDS))
    assert analysis.problems == ()
    assert [c.nodes["d"].inputs[0].shape[1] for c in analysis.nodes["p0"].copies] == [8, 5, 5]
    tied = made.with_graph(made.graph.set_params("p0", {"tied": True}))
    (problem,) = analyse(tied.graph, tied.scope(FIELDS)).problems
    assert "other shapes" in problem.message


def test_what_is_inside_is_worked_out_once() -> None:
    made = project(*[{}] * 20)
    scope = made.scope(FIELDS)
    first, second = analyse(made.graph, scope), analyse(made.graph, scope)
    inner = [first.nodes[f"p{n}"].copies[0] for n in range(20)]
    assert all(a is inner[0] for a in inner)
    assert second.nodes["p3"].copies[0] is inner[0]
    changed = made.with_graph(made.networks["block"].set_params("d", {"bias": False}), "block")
    third = analyse(changed.graph, changed.scope(FIELDS))
    assert third.parameters == first.parameters - 20 * 8


def test_noise_draws_for_as_many_samples_as_the_batch_has() -> None:
    graph, _ = Graph().add("noise", node_id="z", shape=(8,))
    graph, _ = graph.add("dense", node_id="d", out_features=3)
    graph, _ = graph.add("cross_entropy", node_id="l")
    graph = graph.connect("z", "d").connect("d", "l", target_port="prediction")
    network = compile_graph(graph, FIELDS)
    assert network.random
    assert network.fields == ("x", "y")
    _, _, (prediction,) = network.train_forward(torch.randn(6, 8), torch.zeros(6, dtype=torch.long))
    assert prediction.shape == (6, 3)
