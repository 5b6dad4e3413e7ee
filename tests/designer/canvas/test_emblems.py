"""What nodes bear beside their words: curves from real modules, kernels from real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from torch import nn

from designer import theme
from designer.canvas import emblems, faces
from engine.catalog import registry
from engine.catalog.spec import LayerSpec
from engine.graph import Graph
from engine.project import Project
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow
    from tests.designer.canvas.conftest import Bench

MODULES = {
    "relu": nn.ReLU(),
    "tanh": nn.Tanh(),
    "gelu": nn.GELU(),
    "elu": nn.ELU(alpha=2.0),
    "sigmoid": nn.Sigmoid(),
}


@pytest.mark.parametrize("spec", MODULES)
def test_the_curve_is_the_modules_own(bench: Bench, spec: str) -> None:
    (node_id,) = bench.loose(spec)
    node = bench.graph.nodes[node_id]
    entry = registry.node(spec)
    assert isinstance(entry, LayerSpec)
    values = entry.values({"alpha": 2.0} if spec == "elu" else {})
    curve = emblems.curve_of(node, values)
    x = torch.linspace(-emblems.REACH, emblems.REACH, len(curve))
    assert curve == pytest.approx(MODULES[spec](x).tolist(), abs=1e-6)


@pytest.mark.parametrize("spec", ["softmax", "prelu", "dense"])
def test_what_has_no_curve_shows_none(spec: str) -> None:
    entry = registry.node(spec)
    assert entry is not None
    graph, node_id = Graph().add(spec)
    assert emblems.curve_of(graph.nodes[node_id], entry.values({})) == ()


def test_a_curve_is_seen_on_the_node(bench: Bench) -> None:
    ids = bench.chain("input", "flatten", "relu", "dense")
    relu, dense = (bench.view.canvas.nodes[i] for i in (ids[2], ids[3]))
    assert relu.face.curve
    assert not dense.face.curve
    look = theme.theme()
    plain = faces.Face(**{**_fields(relu.face), "curve": ()})
    drawn = faces.render(relu.face, look, 1.0, 1.0).toImage()
    assert drawn != faces.render(plain, look, 1.0, 1.0).toImage()
    # From afar only the name stands there.
    far = faces.render(relu.face, look, 0.35, 1.0).toImage()
    assert far == faces.render(plain, look, 0.35, 1.0).toImage()


def _fields(face: faces.Face) -> dict[str, object]:
    return {name: getattr(face, name) for name in faces.Face.__dataclass_fields__}


def test_kernels_are_drawn_to_one_scale() -> None:
    weight = np.zeros((5, 1, 3, 3), np.float32)
    weight[1, 0, 0, 2], weight[4, 0, 2, 0] = 2.0, -2.0
    found = emblems.sheet(weight)
    assert found is not None
    pixels = np.frombuffer(found.pixels, np.uint8).reshape(found.height, found.width, 4)
    assert (found.width, found.height) == (4 * 4 - 1, 2 * 4 - 1)
    assert pixels[0, 4 + 2].tolist() == [255, 255, 255, 255]
    assert pixels[4 + 2, 0].tolist() == [0, 0, 0, 255]
    assert abs(int(pixels[0, 0, 0]) - 128) <= 1
    assert pixels[0, 3, 3] == 0
    assert emblems.sheet(np.ones((4, 2, 1, 1), np.float32)) is None
    assert emblems.sheet(np.ones((4, 2, 3), np.float32)) is None


def test_learned_kernels_stand_on_their_nodes(window: MainWindow, qtbot: QtBot) -> None:
    graph, image = Graph().add("input")
    graph, shaped = graph.add("reshape", shape=(1, 8, 8))
    graph, conv = graph.add("conv2d", out_channels=6, kernel_size=(3, 3))
    graph, flat = graph.add("flatten")
    graph, dense = graph.add("dense", out_features=10)
    graph, loss = graph.add("cross_entropy")
    for a, b in ((image, shaped), (shaped, conv), (conv, flat), (flat, dense)):
        graph = graph.connect(a, b)
    graph = graph.connect(dense, loss, target_port="prediction")
    project = Project().with_graph(graph).with_training(epochs=1, isolation="thread")
    window.document.new(project)
    settle(window, qtbot)
    window.show_work()
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.waitUntil(window.canvas.hasFocus)
    QTest.keyClick(window.canvas, Qt.Key.Key_K)
    node = window.canvas.canvas.nodes[conv]
    assert node.face.kernels is None
    window.commands.actions["run.train"].trigger()
    qtbot.waitUntil(lambda: window.parts.bridge.state == "finished", timeout=60_000)
    qtbot.waitUntil(lambda: node.face.kernels is not None)
    session = window.parts.bridge.session
    assert session is not None
    weight = next(v for v in session.state_dict.values() if tuple(v.shape) == (6, 1, 3, 3))
    assert node.face.kernels == emblems.sheet(weight.numpy())
    assert window.canvas.canvas.nodes[dense].face.kernels is None
    QTest.keyClick(window.canvas, Qt.Key.Key_K)
    assert node.face.kernels is None


@pytest.mark.parametrize(("count", "named"), [(6, True), (200, False)])
def test_from_afar_few_layers_bear_their_names(bench: Bench, count: int, named: bool) -> None:
    graph, ids = Graph(), []
    for _ in range(count):
        graph, node_id = graph.add("dense")
        ids.append(node_id)
    bench.show(graph, {i: (320.0 * (n % 20), 160.0 * (n // 20)) for n, i in enumerate(ids)})
    bench.view.zoom_to(0.25)
    bench.view.centerOn(bench.view.canvas.nodes[ids[0]].pos())
    assert bench.view.far
    before = bench.view.viewport().grab().toImage()
    bench.document.push_graph("Rename", bench.graph.change(ids[0], name="other"))
    assert (bench.view.viewport().grab().toImage() != before) is named
