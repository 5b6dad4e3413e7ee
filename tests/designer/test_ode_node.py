"""A differential equation in the window: its network is chosen, opened, watched and taken along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from designer.navigation import Spot
from engine import files
from engine.graph import Graph
from engine.project import Project
from tests.designer.conftest import settle
from tests.designer.test_live import norms, told

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

TEMPLATE = "neural-ode-spirals"


@pytest.fixture
def flowing(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with the template of the spirals and its equation selected."""
    window.document.new(files.template(TEMPLATE))
    settle(window, qtbot)
    window.canvas.select([ode(window.document.project)])
    settle(window, qtbot)
    return window


def ode(project: Project) -> str:
    return next(n.id for n in project.graph.nodes.values() if n.spec == "neural_ode")


def test_the_inspector_offers_the_networks(flowing: MainWindow) -> None:
    form = flowing.parts.node.form
    assert form is not None
    editor: Any = form.rows["network"].editor
    assert editor.combo.currentText() == "Flow"
    assert [editor.combo.itemText(i) for i in range(editor.combo.count())] == ["Flow"]
    assert flowing.document.analysis is not None
    assert flowing.document.analysis.ok


def test_its_network_opens_with_the_shapes_of_the_place(flowing: MainWindow, qtbot: QtBot) -> None:
    document = flowing.document
    assert document.enter(ode(document.project))
    settle(flowing, qtbot)
    assert document.graph.title == "Flow"
    assert document.analysis is not None
    first = next(n.id for n in document.graph.nodes.values() if n.spec == "input")
    assert str(document.analysis.nodes[first].outputs["out"]) == "N × 4"
    document.leave()
    settle(flowing, qtbot)
    assert ode(document.project) in document.graph.nodes


def test_it_is_copied_with_its_network(flowing: MainWindow, qtbot: QtBot) -> None:
    document = flowing.document
    before = set(document.project.networks)
    flowing.canvas.copy()
    document.new(document.project.but(networks={"main": Graph()}))
    settle(flowing, qtbot)
    flowing.canvas.paste()
    settle(flowing, qtbot)
    assert set(document.project.networks) == before


def test_the_node_shows_the_gradients_inside() -> None:
    graph, _ = Graph().add("input", node_id="x", field="pixels")
    graph, _ = graph.add("neural_ode", "ode", "o", network="slope")
    graph, _ = graph.add("dense", node_id="h", out_features=10)
    graph, _ = graph.add("cross_entropy", node_id="l")
    graph = graph.connect("x", "o").connect("o", "h", "out").connect("h", "l", "out", "prediction")
    inner, _ = Graph(title="Slope").add("input", node_id="i")
    inner, _ = inner.add("dense", node_id="d", out_features=64)
    inner, _ = inner.add("output", node_id="e")
    inner = inner.connect("i", "d").connect("d", "e")
    made = Project(networks={"main": graph, "slope": inner})
    found = told(made, Spot("main"), norms({"o/d": 3.0, "h": 1.0}))
    assert found["o"][0] == "∇ 3"
