"""Shapes, problems and the compiled module, held against the same network written by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.catalog.spec import BATCH, Field
from engine.compile import CompileError, compile_graph
from engine.graph import Edge, Graph
from engine.listing import class_source, init_lines
from engine.shapes import analyse

CLASSES = tuple("0123456789")
IMAGES = {
    "image": Field(name="image", shape=(1, 28, 28)),
    "target": Field(name="target", shape=(), dtype="int64", role="target", classes=CLASSES),
}
ROWS = {
    "features": Field(name="features", shape=(4,)),
    "target": Field(name="target", shape=(), dtype="int64", role="target", classes=CLASSES[:3]),
}


def chain(*layers: tuple[str, dict[str, object]]) -> Graph:
    graph, last = Graph(), ""
    for spec, params in (("input", {}), *layers):
        graph, node = graph.add(spec, **params)
        if last:
            port = "prediction" if spec in {"cross_entropy", "mse"} else "in"
            graph = graph.connect(last, node, target_port=port)
        last = node
    return graph


def lenet() -> Graph:
    return chain(
        ("conv2d", {"out_channels": 6, "kernel_size": (5, 5), "padding": "same"}),
        ("relu", {}),
        ("max_pool2d", {"kernel_size": (2, 2)}),
        ("flatten", {}),
        ("dense", {"out_features": 32}),
        ("relu", {}),
        ("dense", {"out_features": 10}),
        ("cross_entropy", {}),
    )


class Hand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_2d = nn.Conv2d(1, 6, 5, padding="same")
        self.dense = nn.Linear(6 * 14 * 14, 32)
        self.dense_2 = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(self.conv_2d(x).relu(), 2).flatten(1)
        return self.dense_2(self.dense(x).relu())


def test_it_is_the_network_written_by_hand() -> None:
    torch.manual_seed(3)
    hand = Hand()
    torch.manual_seed(3)
    network = compile_graph(lenet(), IMAGES)
    assert list(network.state_dict()) == list(hand.state_dict())
    pairs = zip(network.parameters(), hand.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    x, y = torch.randn(7, 1, 28, 28), torch.randint(0, 10, (7,))
    assert torch.equal(network(x), hand(x))
    total, (loss,), (prediction,) = network.train_forward(x, y)
    assert torch.equal(total, F.cross_entropy(hand(x), y))
    assert torch.equal(total, loss)
    assert torch.equal(prediction, hand(x))
    assert torch.equal(network.predict_forward(x, y)[0], prediction)
    tapped = network.tapped_forward(x, y)
    assert torch.equal(tapped[0], total)
    assert [tuple(t.shape) for t in tapped[3]][:2] == [(7, 6, 28, 28), (7, 6, 28, 28)]
    assert len(tapped[3]) == len(network.taps)


def test_shapes_parameters_and_flops_are_those_of_the_hand_written_module() -> None:
    analysis = analyse(lenet(), IMAGES)
    assert analysis.ok
    shapes = [str(s) for n in analysis.nodes.values() for s in n.outputs.values()]
    assert shapes == [
        "N × 1 × 28 × 28",
        "N × 6 × 28 × 28",
        "N × 6 × 28 × 28",
        "N × 6 × 14 × 14",
        "N × 1176",
        "N × 32",
        "N × 32",
        "N × 10",
    ]
    assert analysis.parameters == sum(p.numel() for p in Hand().parameters())
    macs = 6 * 25 * 28 * 28 + 1176 * 32 + 32 * 10
    assert analysis.flops == 2 * macs


def test_weights_move_with_the_module() -> None:
    network = compile_graph(lenet(), IMAGES).to(torch.float64)
    x, y = torch.randn(2, 1, 28, 28, dtype=torch.float64), torch.tensor([1, 2])
    assert network.train_forward(x, y)[0].dtype == torch.float64


def test_exported_class_builds_the_same_network_with_the_same_start() -> None:
    graph = lenet()
    torch.manual_seed(5)
    network = compile_graph(graph, IMAGES, initializer="auto")
    scope: dict[str, object] = {"torch": torch, "nn": nn}
    exec(class_source(graph, IMAGES), scope)
    torch.manual_seed(5)
    made = scope["Network"]()  # type: ignore[operator]
    exec("\n".join(init_lines(graph, IMAGES, "auto")), scope | {"network": made})
    assert list(made.state_dict()) == list(network.state_dict())
    for a, b in zip(made.state_dict().values(), network.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    x, y = torch.randn(3, 1, 28, 28), torch.tensor([1, 2, 3])
    assert torch.equal(made(x), network(x))
    assert torch.equal(made.losses(x, y)[0], network.train_forward(x, y)[0])


def test_automatic_initialisation_follows_the_next_activation() -> None:
    graph = chain(
        ("dense", {"out_features": 2000}),
        ("batch_norm1d", {}),
        ("relu", {}),
        ("dense", {"out_features": 1000}),
        ("cross_entropy", {}),
    )
    fields = ROWS | {
        "features": Field(name="features", shape=(1000,)),
        "target": Field(name="target", shape=(), dtype="int64", role="target"),
    }
    torch.manual_seed(0)
    network = compile_graph(graph, fields, initializer="auto")
    assert network.dense.weight.var().item() == pytest.approx(2 / 1000, rel=0.02)
    assert network.dense_2.weight.var().item() == pytest.approx(1 / 1500, rel=0.02)
    assert not network.dense.bias.any()


def test_an_unconnected_layer_beside_the_path_is_left_out_with_a_warning() -> None:
    graph, _ = chain(("dense", {"out_features": 3}), ("cross_entropy", {})).add("dense")
    analysis = analyse(graph, ROWS)
    assert analysis.ok
    assert "nothing wired to its input" in analysis.problems[0].message
    assert len(list(compile_graph(graph, ROWS).parameters())) == 2


def test_an_unconnected_input_on_the_path_is_an_error() -> None:
    graph, _ = Graph().add("cross_entropy")
    graph, dense = graph.add("dense")
    graph = graph.connect(dense, "n1", target_port="prediction")
    with pytest.raises(CompileError, match="“dense” has nothing wired to its input “in”") as error:
        compile_graph(graph, ROWS)
    assert error.value.node == dense


def test_a_mismatch_in_the_middle_names_the_node_and_only_it() -> None:
    graph = chain(("dense", {}), ("conv2d", {}), ("flatten", {}), ("cross_entropy", {}))
    problems = [p for p in analyse(graph, ROWS).problems if p.severity == "error"]
    assert [graph.nodes[p.node].name for p in problems] == ["conv_2d"]
    assert "N C H W" in problems[0].message


def test_too_few_scores_have_a_fix_that_mends_it() -> None:
    graph = chain(("dense", {"out_features": 7}), ("relu", {}), ("cross_entropy", {}))
    problem = next(p for p in analyse(graph, IMAGES | ROWS).problems if p.severity == "error")
    assert problem.kind in {"shape", "field"}
    graph = chain(("flatten", {}), ("dense", {"out_features": 7}), ("cross_entropy", {}))
    (problem,) = analyse(graph, IMAGES).problems
    assert "7 scores per sample; the data has 10 classes" in problem.message
    assert problem.fix is not None
    assert analyse(problem.fix.edit(graph), IMAGES).ok


def test_a_forgotten_flatten_has_a_fix_that_mends_it() -> None:
    graph = chain(("dense", {"out_features": 10}), ("cross_entropy", {}))
    problem = next(p for p in analyse(graph, IMAGES).problems if p.severity == "error")
    assert problem.fix is not None
    assert "Flatten" in problem.fix.text
    assert analyse(problem.fix.edit(graph), IMAGES).ok


def test_softmax_in_front_of_cross_entropy_is_pointed_out() -> None:
    graph = chain(("dense", {"out_features": 3}), ("softmax", {}), ("cross_entropy", {}))
    (problem,) = analyse(graph, ROWS).problems
    assert problem.severity == "warning"
    assert problem.fix is not None
    assert not analyse(problem.fix.edit(graph), ROWS).problems


def test_a_loop_in_a_file_is_one_sentence() -> None:
    graph = chain(("dense", {}), ("relu", {}))
    graph = graph.but(edges=(*graph.edges, Edge(source="n3", target="n2")))
    (problem,) = analyse(graph, ROWS).problems
    assert problem.kind == "cycle"
    assert "dense" in problem.message


def test_an_unknown_layer_is_named_and_kept() -> None:
    graph, _ = chain(("dense", {"out_features": 3}), ("cross_entropy", {})).add("from_the_future")
    problem = next(p for p in analyse(graph, ROWS).problems if p.kind == "unknown")
    assert "'from_the_future'" in problem.message


def test_a_node_may_bear_any_name() -> None:
    graph = chain(("dense", {"out_features": 3}), ("cross_entropy", {}))
    for name in ("train", "lambda", "torch", "self", "forward", "features", "x'); import os #"):
        network = compile_graph(graph.change("n2", name=name), ROWS)
        total, _, _ = network.train_forward(torch.randn(2, 4), torch.tensor([0, 1]))
        assert torch.isfinite(total)


def test_a_batch_axis_that_is_mixed_in_is_refused() -> None:
    graph = chain(("reshape", {"shape": (-1,)}), ("dense", {"out_features": 3}))
    shape = next(iter(analyse(graph, ROWS).nodes["n1"].outputs.values()))
    assert shape.shape == (BATCH, 4)
