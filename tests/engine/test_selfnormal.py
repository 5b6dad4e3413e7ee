"""A SELU says which of its conditions do not hold, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.catalog.spec import Field
from engine.compile import compile_graph
from engine.project import Project
from engine.review import review
from engine.shapes import analyse

if TYPE_CHECKING:
    from engine.analysis import Problem
    from engine.graph import Graph

FIELDS = {"x": Field(name="x", shape=(8,)), "y": Field(name="y", shape=(3,), role="target")}


def chain(*specs: str, **nodes: Any) -> tuple[Graph, list[str]]:
    """Return a chain of layers from an input to a loss, and the ids."""
    graph, last = Project().graph.add("input", field="x")
    ids = [last]
    for spec in (*specs, "mse"):
        graph, node = graph.add(spec)
        graph = graph.connect(last, node, target_port="prediction" if spec == "mse" else "in")
        ids.append(node)
        last = node
    for spec, changes in nodes.items():
        found = next(n.id for n in graph.nodes.values() if n.spec == spec)
        graph = graph.change(found, **changes)
    return graph.set_params(graph_end(graph), {"field": "y"}), ids


def graph_end(graph: Graph) -> str:
    return next(n.id for n in graph.nodes.values() if n.spec == "mse")


def warnings(graph: Graph) -> list[Problem]:
    return [p for p in analyse(graph, FIELDS).problems if p.severity == "warning"]


def test_a_plain_chain_is_left_alone() -> None:
    graph, _ = chain("dense", "selu", "alpha_dropout", "dense", "selu", "dense")
    assert not warnings(graph.set_params("n7", {"out_features": 3}))


def test_without_a_selu_nobody_asks() -> None:
    graph, _ = chain("dense", "relu", "dropout", dense={"initializer": "zeros"})
    assert not warnings(graph)


@pytest.mark.parametrize("initializer", ["he_normal", "glorot_uniform", "pytorch"])
def test_other_weights_in_front_of_it_are_pointed_out(initializer: str) -> None:
    graph, ids = chain("dense", "selu", dense={"initializer": initializer})
    (found,) = warnings(graph)
    assert found.node == ids[1]
    assert "LeCun normal" in found.message
    assert initializer in found.message
    assert found.fix is not None
    assert not warnings(found.fix.edit(graph))


def test_a_plain_dropout_behind_it_is_pointed_out() -> None:
    graph, ids = chain("dense", "selu", "dropout", dropout={"params": {"p": 0.05}})
    (found,) = warnings(graph)
    assert found.node == ids[3]
    assert found.fix is not None
    mended = found.fix.edit(graph)
    assert not warnings(mended)
    assert mended.nodes[ids[3]].spec == "alpha_dropout"
    assert mended.nodes[ids[3]].params == {"p": 0.05}


def test_branches_that_meet_are_pointed_out() -> None:
    graph, ids = chain("dense", "selu", "dense")
    graph, add = graph.add("add")
    graph = graph.connect(ids[2], add).connect(ids[3], add)
    graph, end = graph.add("output")
    graph = graph.connect(add, end)
    (found,) = warnings(graph)
    assert found.node == add
    assert "joins 2 branches" in found.message


def test_the_project_says_what_its_data_and_choices_break() -> None:
    graph, _ = chain("dense", "selu")
    project = Project().with_graph(graph)

    def said(project: Project) -> list[str]:
        return [p["message"] for p in review(project)["problems"] if "normalises" in p["message"]]

    assert not said(project.with_data(scaling="standardize"))
    (found,) = said(project.with_data(scaling="minmax"))
    assert "mean 0 and deviation 1" in found
    (found,) = said(project.with_training(initializer="he_normal"))
    assert "LeCun normal" in found


def test_the_automatic_choice_keeps_deviation_one_over_many_layers() -> None:
    torch.manual_seed(0)
    graph, _ = chain(*["dense", "selu"] * 10, "dense")
    dense = [n.id for n in graph.nodes.values() if n.spec == "dense"]
    for node in dense:
        graph = graph.set_params(node, {"out_features": 3 if node == dense[-1] else 256})
    last = [n.id for n in graph.nodes.values() if n.spec == "selu"][-1]
    graph, end = graph.add("output")
    graph = graph.connect(last, end)
    network = compile_graph(graph, FIELDS, training=False, initializer="auto")
    found = network(torch.randn(2000, 8))
    assert found.std().item() == pytest.approx(1, abs=0.2)
    assert found.mean().item() == pytest.approx(0, abs=0.1)
