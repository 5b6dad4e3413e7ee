"""Fixes of problems: each kind has one or a reason why not; each mends what it says it mends."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine import fixes, mends
from engine.analysis import NodeInfo
from engine.catalog import registry
from engine.catalog.spec import Field, TensorSpec
from engine.compile import compile_graph
from engine.graph import Edge, Graph
from engine.mending import chain as mend_all
from engine.project import Project
from engine.review import of_training
from engine.scope import Scope
from engine.shapes import analyse, revisit

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.analysis import Problem

ENGINE = Path(__file__).resolve().parents[2] / "engine"
CLASSES = tuple("0123456789")
IMAGES = {
    "image": Field(name="image", shape=(1, 8, 8)),
    "target": Field(name="target", shape=(), dtype="int64", role="target", classes=CLASSES),
}
ROWS = {
    "row": Field(name="row", shape=(6,)),
    "price": Field(name="price", shape=(1,), role="target"),
}
TOKENS = {
    "text": Field(name="text", shape=(12,), dtype="int64", classes=tuple("abcdefg")),
    "target": IMAGES["target"],
}


def chain(*specs: str, **params: dict[str, Any]) -> tuple[Graph, list[str]]:
    """Return layers in a row, wired whether they fit or not."""
    graph, ids = Graph(), []
    for spec in specs:
        graph, node = graph.add(spec, **params.get(spec, {}))
        if ids:
            loss = spec in ("cross_entropy", "mse")
            port = "prediction" if loss else "query" if "attention" in spec else "in"
            edge = Edge(source=ids[-1], target=node, target_port=port)
            graph = graph.but(edges=(*graph.edges, edge))
        ids.append(node)
    return graph, ids


def joined(kind: str, **conv: Any) -> Graph:
    """Return a convolution past which a shortcut runs to a node that joins both."""
    graph, (image, _, bend) = chain("input", "conv2d", "relu", conv2d=conv)
    graph, joint = graph.add(kind)
    return graph.connect(image, joint).connect(bend, joint)


def loop() -> Graph:
    graph, (_, a, b) = chain("input", "relu", "gelu")
    return graph.but(edges=(*graph.edges, Edge(source=b, target=a)))


def widths() -> Graph:
    graph, (_, flat, first) = chain("input", "flatten", "dense", dense={"out_features": 128})
    graph, second = graph.add("dense", out_features=64)
    graph, joint = graph.add("add")
    graph = graph.connect(flat, second)
    return graph.connect(second, joint).connect(first, joint)


CASES: dict[str, tuple[Callable[[], Graph], dict[str, Field], str, str]] = {
    # kind of problem: (graph, data, what the fix says, layers then)
    "shape: picture into dense": (
        lambda: chain("input", "dense", "cross_entropy", dense={"out_features": 10})[0],
        IMAGES,
        "Insert a Flatten in front of “dense”",
        "input dense cross_entropy flatten",
    ),
    "shape: row into a convolution": (
        lambda: chain("input", "flatten", "conv2d")[0],
        IMAGES,
        "Insert Reshape 1×8×8 in front of “conv_2d”",
        "input flatten conv2d reshape",
    ),
    "shape: row into a recurrent layer": (
        lambda: chain("input", "lstm")[0],
        ROWS,
        "Insert Unsqueeze -1 in front of “lstm”",
        "input lstm unsqueeze",
    ),
    "shape: words into dense": (
        lambda: chain("input", "dense")[0],
        TOKENS,
        "Insert Embedding in front of “dense”",
        "input dense embedding",
    ),
    "shape: 128 and 64": (
        widths,
        IMAGES,
        "Insert Dense 64 in front of “add”",
        "input flatten dense dense add dense",
    ),
    "shape: a shortcut with other channels and half the size": (
        lambda: joined("add", stride=2, padding=(1, 1)),
        IMAGES,
        "Insert Conv 2D 32, 1×1, stride 2 in front of “add”",
        "input conv2d relu add conv2d",
    ),
    "shape: joined along channels, another size": (
        lambda: joined("concatenate", stride=2, padding=(1, 1)),
        IMAGES,
        "Insert Adaptive average pool 2D 4×4 in front of “concatenate”",
        "input conv2d relu concatenate adaptive_avg_pool2d",
    ),
    "shape: groups": (
        lambda: chain("input", "conv2d", "group_norm", group_norm={"num_groups": 7})[0],
        IMAGES,
        "Set Groups of “group_norm” to 8",
        "input conv2d group_norm",
    ),
    "shape: kernel": (
        lambda: chain("input", "conv2d", conv2d={"kernel_size": (9, 9)})[0],
        IMAGES,
        "Set Kernel of “conv_2d” to 8×8",
        "input conv2d",
    ),
    "shape: scores": (
        lambda: chain("input", "flatten", "dense", "cross_entropy", dense={"out_features": 7})[0],
        IMAGES,
        "Set the units of “dense” to 10",
        "input flatten dense cross_entropy",
    ),
    "shape: scores without a dense": (
        lambda: chain("input", "conv2d", "cross_entropy")[0],
        IMAGES,
        "Insert Flatten, then Dense 10 in front of “cross_entropy”",
        "input conv2d cross_entropy flatten dense",
    ),
    "shape: regression": (
        lambda: chain("input", "relu", "mse")[0],
        ROWS,
        "Insert Dense 1 in front of “mean_squared_error”",
        "input relu mse dense",
    ),
    "unconnected": (
        lambda: chain("input", "dense")[0].add("relu")[0],
        ROWS,
        "Wire “dense” to “relu”",
        "input dense relu",
    ),
    "unconnected: no input at all": (
        lambda: chain("dense")[0],
        ROWS,
        "Add an Input in front of “dense”",
        "dense input",
    ),
    "cycle": (loop, ROWS, "Remove the wire from “gelu” to “relu”", "input relu gelu"),
    "param": (
        lambda: chain("input", "dense", dense={"out_features": -3})[0],
        ROWS,
        "Set Units of “dense” to 64, the default",
        "input dense",
    ),
    "field": (
        lambda: chain("input", "dense", input={"field": "gone"})[0],
        ROWS,
        "Let “input” read “row”",
        "input dense",
    ),
    "field: a target": (
        lambda: chain("input", "dense", "mse", dense={"out_features": 1}, mse={"field": "x"})[0],
        ROWS,
        "Let “mean_squared_error” read “price”",
        "input dense mse",
    ),
    "unknown": (
        lambda: chain("input", "nonsense", "dense")[0],
        ROWS,
        "Remove “nonsense”",
        "input dense",
    ),
    "structure": (
        lambda: chain("input", "dense")[0],
        ROWS,
        "Add a Mean squared error loss behind “dense”",
        "input dense mse",
    ),
}


def problem_of(kind: str, graph: Graph, fields: dict[str, Field]) -> Problem:
    found = [p for p in analyse(graph, fields).problems if p.kind == kind.partition(":")[0]]
    return found[0]


@pytest.mark.parametrize("case", CASES)
def test_a_fix_mends_what_it_says(case: str) -> None:
    make, fields, text, then = CASES[case]
    graph = make()
    problem = problem_of(case, graph, fields)
    assert problem.fix is not None
    assert problem.fix.text == text
    mended = problem.fix.edit(graph)
    assert [n.spec for n in mended.nodes.values()] == then.split()
    after = analyse(mended, fields)
    assert problem.message not in {p.message for p in after.problems}
    if problem.node in mended.nodes and problem.node:
        assert not any(p.node == problem.node for p in after.problems)


@pytest.mark.parametrize("case", CASES)
def test_all_that_is_left_is_mended_until_the_network_runs(case: str) -> None:
    make, fields, _, _ = CASES[case]
    done = mend_all(Project(networks={"main": make()}), fields, ["main"])
    assert done.steps
    assert not done.left
    assert compile_graph(done.project.graph, fields) is not None


def _kinds() -> set[str]:
    """Return every kind of problem that the engine's text names."""
    found: set[str] = set()
    for name in ("shapes", "places", "flows", "review", "doubts", "selfnormal", "trace"):
        for node in ast.walk(ast.parse((ENGINE / f"{name}.py").read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            word = getattr(called, "id", getattr(called, "attr", ""))
            if word in ("Problem", "problem", "ShapeError", "_unseen"):
                place = 0 if word == "ShapeError" else 1
                texts = [
                    a.value
                    for a in node.args[place + (word == "ShapeError") :][:1]
                    if isinstance(a, ast.Constant)
                ]
                found |= {t for t in texts if isinstance(t, str)}
    return found


def test_every_kind_of_problem_has_a_finder_or_a_reason() -> None:
    kinds = _kinds()
    assert {"cycle", "unconnected", "unknown", "param", "field", "structure", "network"} <= kinds
    assert {"custom", "trust", "waiting", "data"} <= kinds
    # Those of a placed network bring their fixes along: see test_fixes_of_places.
    assert kinds - {"network"} <= mends.FINDERS.keys() | mends.REASONS.keys()
    assert not mends.FINDERS.keys() & mends.REASONS.keys()
    tested = {case.partition(":")[0] for case in CASES}
    assert tested == mends.FINDERS.keys()


PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "places no network": ({"network": ""}, "Place “inner” at “sub_network”"),
    "does not have": ({"network": "gone"}, "Remove “sub_network”"),
    "inside itself": ({"network": "main"}, "Remove “sub_network”"),
    "which is not there": ({"file": "/no/such"}, "Clear “Weights from” of “sub_network”"),
    "for each item": ({"each": True}, "Run once, not for each item, at “sub_network”"),
}


@pytest.mark.parametrize("words", PLACES)
def test_fixes_of_places(words: str) -> None:
    settings, text = PLACES[words]
    inner, (inlet, _) = chain("input", "relu")
    inner, outlet = inner.add("output")
    inner = inner.connect("n2", outlet)
    graph, source = Graph().add("input", field="n")
    graph, place = graph.add("network", **{"network": "inner", **settings})
    graph = graph.but(edges=(Edge(source=source, target=place, target_port=inlet),))
    fields = {"n": Field(name="n", shape=()), "price": ROWS["price"]}
    scope = Scope(fields, {"main": graph, "inner": inner})
    problem = next(p for p in analyse(graph, scope).problems if p.node == place)
    if words != "for each item":
        assert words in problem.message
    assert problem.fix is not None
    assert problem.fix.text == text
    mended = problem.fix.edit(graph)
    again = Scope(fields, {"main": mended, "inner": inner})
    assert problem.message not in {p.message for p in analyse(mended, again).problems}


def test_fixes_of_the_training_change_the_project() -> None:
    project = Project().with_training(
        initializer="bogus", metrics=("accuracy", "beauty"), phases=(Project().phase,)
    )
    unknown = project.phase.optimizer.but(id="x")
    project = project.with_phase(network="gone", optimizer=unknown)
    for _ in range(6):
        problems = list(of_training(project))
        if not problems:
            break
        fix = problems[0].fix
        assert fix is not None, problems[0].message
        assert fix.whole is not None
        project = fix.whole(project)
    assert not list(of_training(project))
    assert project.training.metrics == ("accuracy",)
    assert project.training.initializer == "auto"
    assert (project.phase.network, project.phase.optimizer.id) == ("main", "adam")


def test_a_wrong_setting_of_an_optimizer_alone_goes_back_to_its_default() -> None:
    good = {"lr": 0.02, "weight_decay": -1}
    optimizer = Project().phase.optimizer.but(id="adamw", params=good)
    project = Project().with_phase(optimizer=optimizer)
    (problem,) = of_training(project)
    assert problem.fix is not None
    assert problem.fix.whole is not None
    assert problem.fix.whole(project).phase.optimizer.params == {"lr": 0.02}


def test_a_hundred_problems_alike_are_mended_in_one_look_each() -> None:
    graph, source = Graph().add("input")
    edges: list[Edge] = []
    for _ in range(40):
        graph, dense = graph.add("flatten")
        graph, conv = graph.add("conv2d")
        graph, out = graph.add("output")
        edges += [Edge(source=source, target=dense), Edge(source=dense, target=conv)]
        edges.append(Edge(source=conv, target=out))
    graph = graph.but(edges=tuple(edges))
    done = mend_all(Project(networks={"main": graph}), IMAGES, ["main"])
    reshapes = [n for n in done.project.graph.nodes.values() if n.spec == "reshape"]
    assert len(reshapes) == 40
    assert not [p for p in done.left if p.kind == "shape"]


def test_nodes_are_revisited_although_a_loss_is_passed_over() -> None:
    graph, image = Graph().add("input", field="image")
    graph, loss = graph.add("cross_entropy")
    scope = Scope(fields=IMAGES)
    known = analyse(graph, scope)
    wired = graph.connect(image, loss, "out", "prediction")
    found = revisit(wired, scope, known, [loss])
    assert [p.kind for p in found.problems if p.here == loss]
    passed = wired.nodes[loss].but(bypassed=True)
    asleep = wired.but(nodes={**wired.nodes, loss: passed})
    assert loss not in revisit(asleep, scope, known, [loss]).nodes


def test_no_flatten_is_offered_in_front_of_a_dense_without_a_wire() -> None:
    """What was known of the Dense may be older than its wires."""
    graph, (_, dense, loss) = chain("input", "dense", "cross_entropy")
    wide = TensorSpec((32, 5, 8))
    known = {dense: NodeInfo((wide,), {"out": wide})}
    node, spec = graph.nodes[loss], registry.node("cross_entropy")
    assert spec is not None
    found = fixes.flatten(graph, graph.wires_in(), node, spec, (wide,), known)
    assert found is not None
    assert graph.nodes[dense].name in found.text
    loose = graph.disconnect(graph.incoming(dense))
    assert fixes.flatten(loose, loose.wires_in(), node, spec, (wide,), known) is None
