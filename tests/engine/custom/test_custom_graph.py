"""Custom layers in a graph: ports, shapes, problems, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import files
from engine.catalog import registry
from engine.catalog.layers.custom import CUSTOM
from engine.catalog.spec import TensorSpec
from engine.custom import source, trust
from engine.export.python import export
from engine.graph import Graph
from engine.networks import mended, own_layers
from engine.review import review
from engine.shapes import analyse
from engine.trace import ShapeError, trace
from tests.engine.custom.own_texts import around, digits, marking

if TYPE_CHECKING:
    from pathlib import Path


def test_ports_follow_the_settings() -> None:
    params = {"inputs": ["x: N C", "bad port", "m: N C int"], "outputs": ("a", "b")}
    spec = registry.node("custom", params)
    assert spec is not None
    assert [(p.name, p.axes, p.dtype) for p in spec.inputs] == [
        ("x", "N C", "float"),
        ("m", "N C", "int"),
    ]
    assert [p.name for p in spec.outputs] == ["a", "b"]
    assert registry.node("custom") is CUSTOM
    assert CUSTOM.at({}).inputs[0].axes == "N ... C"
    for broken in ({"inputs": 3}, {"outputs": None}, {"inputs": [1, 2]}, {"code": 3}):
        assert registry.node("custom", broken) is not None


def test_wires_to_ports_that_are_gone_go() -> None:
    project = around()
    changed = project.with_graph(project.graph.set_params("own", {"inputs": ("x",)}))
    assert not [e for e in mended(changed).graph.edges if e.target == "own"]


def test_an_untrusted_layer_has_its_declared_shape() -> None:
    project = around()
    fields = digits()
    found = analyse(project.graph, fields)
    assert [(p.node, p.kind) for p in found.problems] == [("own", "trust")]
    assert str(found.nodes["own"].outputs["out"]) == "N × 8"
    assert not found.nodes["own"].seen
    assert found.nodes["n4"].parameters == 90
    unknown = around(outputs=("out: N K",))
    found = analyse(unknown.graph, fields)
    assert [(p.node, p.kind) for p in found.problems] == [("own", "custom")]
    assert "n4" not in found.nodes


def test_a_trusted_layer_has_its_real_shape() -> None:
    code = source.TEMPLATE.replace("return x * self.scale", "return (x * self.scale)[:, :3]")
    trust.trust(code)
    fields = digits()
    found = analyse(around(code, outputs=("out: N K",)).graph, fields)
    assert found.ok
    assert str(found.nodes["own"].outputs["out"]) == "N × 3"
    assert found.nodes["n4"].parameters == 40
    found = analyse(around(code).graph, fields)
    assert "declared as N × 8" in found.problems[0].message


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"code": "class A(\n"}, "is no Python"),
        ({"class_name": "B"}, "no class 'B'"),
        ({"inputs": ()}, "no input"),
        ({"outputs": ("a", "a")}, "Two of its outputs"),
        ({"settings": ("x",)}, "written `name = value`"),
        ({"settings": ("x = K",)}, "axis K"),
        ({"settings": ("x = 1", "x = 2")}, "given twice"),
        ({"inputs": ("in: N 7",)}, "must be N × 7"),
        ({"inputs": ("in: N C H",)}, "must have the axes N C H"),
        ({"inputs": ("in: N C int",)}, "whole numbers"),
    ],
)
def test_a_wrong_setting_is_a_sentence_at_the_node(params: dict[str, Any], words: str) -> None:
    fields = digits()
    graph = around().graph.set_params("own", params)
    found = [p for p in analyse(graph, fields).problems if p.node == "own"]
    assert words in found[0].message


def test_trace_refuses_by_kind() -> None:
    with pytest.raises(ShapeError) as caught:
        trace(CUSTOM, CUSTOM.values({}), [TensorSpec((-1, 8), "int64")], (1,))
    assert caught.value.kind == "shape"


def test_inside_a_placed_network_trust_counts_at_once() -> None:
    project = around()
    inner, port = Graph().add("input", node_id="p")
    inner, own = inner.add("custom", code=source.TEMPLATE + "# placed\n")
    inner, end = inner.add("output", node_id="e")
    inner = inner.connect(port, own).connect(own, end)
    graph = project.graph.remove(["own"])
    graph, place = graph.add("network", network="block")
    project = project.but(networks={"main": graph, "block": inner})
    graph = graph.connect("n2", place, target_port="p").connect(place, "n4", source_port="e")
    project = project.with_graph(graph)
    fields = digits()
    assert not analyse(project.graph, project.scope(fields)).ok
    trust.trust(source.TEMPLATE + "# placed\n")
    assert analyse(project.graph, project.scope(fields)).ok
    trust.distrust(source.TEMPLATE + "# placed\n")
    assert not analyse(project.graph, project.scope(fields)).ok


@pytest.mark.parametrize("text", ["\r\n", "\t é 😀 \u202e\n", "x = '\\n'\n", " \n\n "])
def test_a_file_keeps_the_text_to_the_byte(tmp_path: Path, text: str) -> None:
    project = around(source.TEMPLATE + text)
    files.save(project, tmp_path / "p.loom")
    again = files.load(tmp_path / "p.loom")
    assert again.graph.nodes["own"].params["code"] == source.TEMPLATE + text
    assert again == project


def test_loading_saving_and_checking_run_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    project = around(marking(marker))
    files.save(project, tmp_path / "p.loom")
    again = files.load(tmp_path / "p.loom")
    report = review(again)
    assert [p["kind"] for p in report["problems"]] == ["trust"]
    export(again)
    assert len(list(own_layers(again))) == 1
    assert not marker.exists()
