"""The canvas in the colours of a figure: nodes, wires, places, and the way back through the run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from designer import navigation
from designer.actions import ACTIONS
from designer.canvas.heat import STEPS
from designer.live import LiveMap
from designer.monitor.history import History
from designer.monitor.measures import MEASURES, Measures
from designer.navigation import Spot
from designer.theme import theme
from engine import files
from engine.train import events as ev
from tests.designer.nested import project
from tests.designer.test_live import norms, sight, spread

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def stepped(step: int, values: dict[str, float]) -> ev.Norms:
    row = np.asarray(list(values.values()), np.float32)
    return ev.Norms(step, tuple(values), row, row + 1, row * np.float32(0.1), 1.0)


def test_a_wire_shows_the_gradient_of_what_lies_behind_it() -> None:
    measures = Measures(History())
    measures.history.take([norms({"h": 0.5, "b#0/d": 3.0, "b#5/d": 4.0})])
    flows = LiveMap().flows(measures, sight(project(), Spot("main")))
    assert flows["h"] == 0.5
    assert flows["b"] == pytest.approx(5.0)
    assert "x" not in flows


def test_no_gradient_comes_back_from_a_display() -> None:
    made = files.template("autoencoder")
    graph = made.graph
    dry = LiveMap().dry(sight(made, Spot("main")))
    ends = {n.id for n in graph.nodes.values() if n.spec in ("output", "show_images")}
    assert ends
    assert dry == ends
    assert (
        LiveMap().dry(sight(project(), navigation.enter(Spot("main"), project(), "b", 0)))
        == frozenset()
    )


def test_time_and_memory_of_a_place_are_the_sum_of_all_in_it() -> None:
    made, measures = project(), Measures(History())
    values = {f"b#{k}/d": float(k) for k in range(6)} | {"b#0/r": 0.5, "h": 2.0}
    measures.put("time", values)
    measures.choose("time")
    found = LiveMap().figures(measures, sight(made, Spot("main")))
    assert found["b"][0] == "15.5 ms"
    assert found["b#0"][0] == "0.5 ms"
    assert found["b#3"][0] == "3 ms"
    assert found["h"][0] == "2 ms"


def test_what_leaves_a_place_is_what_its_last_layer_puts_out() -> None:
    made, measures = project(), Measures(History())
    measures.history.take([spread({"b#5/a": (0.25, 0.0), "h": (4.0, 0.5)})])
    measures.choose("std")
    found = LiveMap().figures(measures, sight(made, Spot("main")))
    assert found["b"][0] == "σ 0.25"
    assert found["h"] == ("σ 4", pytest.approx(math.log10(40) / 2))


def test_nodes_without_the_figure_lose_their_colour(small: MainWindow) -> None:
    scene, monitor = small.canvas.canvas, small.parts.monitor
    nodes = small.document.graph.nodes
    first = next(i for i, n in nodes.items() if n.spec == "dense")
    second = next(i for i in nodes if i != first)
    monitor.feed([ev.Started((), (), 10, 5, 1, "cpu"), stepped(0, {first: 1.0, second: 10.0})])
    monitor.measures.refresh()
    assert scene.nodes[first].live is not None
    monitor.measures.put("time", {first: 3.0})
    small.parts.heat.choose("time")
    assert scene.nodes[first].live == ("3 ms", pytest.approx(math.log10(3)))
    assert scene.nodes[second].live is None


def test_the_slider_takes_nodes_and_wires_back(small: MainWindow, qtbot: QtBot) -> None:
    scene, parts = small.canvas.canvas, small.parts
    node = next(i for i, n in small.document.graph.nodes.items() if n.spec == "dense")
    wire = next(w for w in scene.wires.values() if w.edge.source == node)
    parts.monitor.feed([ev.Started((), (), 10, 5, 1, "cpu")])
    live: dict[int, tuple[str, float | None]] = {}
    for step in range(0, 400, 20):
        parts.monitor.feed([stepped(step, {node: 10 ** (step / 200 - 2)})])
    parts.monitor.measures.refresh()
    for step in range(0, 400, 20):
        parts.monitor.measures.look_back(step + 1.0)
        found = scene.nodes[node].live
        assert found is not None
        live[step] = found
    assert live[0] == ("∇ 0.01", pytest.approx(0.0, abs=1e-6))
    assert live[200][1] == pytest.approx(0.5, abs=0.01)
    parts.monitor.measures.look_back(None)
    parts.heat.slider.setFocus()
    qtbot.keyClick(parts.heat.slider, Qt.Key.Key_Home)
    assert scene.nodes[node].live == live[0]
    assert wire.pen().color() == theme().heat_color(0.0)
    thin = wire.pen().widthF()
    parts.heat.slider.setValue(381)
    qtbot.mouseClick(parts.heat.live, Qt.MouseButton.LeftButton)
    assert scene.nodes[node].live == live[380]
    assert wire.pen().widthF() > thin
    heat = live[380][1]
    assert heat is not None
    assert wire.pen().color() == theme().heat_color(round(heat * STEPS) / STEPS)


def test_figures_and_moments_are_commands(small: MainWindow) -> None:
    parts = small.parts
    node = next(i for i, n in small.document.graph.nodes.items() if n.spec == "dense")
    figure, back = ACTIONS["watch.weight"], ACTIONS["watch.earlier"]
    assert figure.enabled is not None
    assert not figure.enabled(small)
    parts.monitor.feed([ev.Started((), (), 10, 5, 1, "cpu")])
    parts.monitor.feed([stepped(step, {node: 1.0}) for step in range(200)])
    parts.monitor.measures.refresh()
    assert figure.enabled(small)
    figure.run(small)
    live = parts.canvas.canvas.nodes[node].live
    assert live is not None
    assert live[0] == "‖w‖ 2"
    back.run(small)
    assert parts.monitor.measures.moment == 199
    ACTIONS["watch.live"].run(small)
    assert parts.monitor.measures.moment is None
    assert {f"watch.{name}" for name in MEASURES} <= set(ACTIONS)


def test_a_node_that_is_hot_is_painted_hot(small: MainWindow) -> None:
    node = next(i for i, n in small.document.graph.nodes.items() if n.spec == "dense")
    item, view = small.canvas.canvas.nodes[node], small.canvas
    view.set_live({node: ("x", 1.0)})
    edge = item.mapToScene(item.outline.body.topLeft()) + type(item.pos())(60, 0)
    spot = view.mapFromScene(edge)
    image = view.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    seen = image.pixelColor(round(spot.x() * ratio), round(spot.y() * ratio))
    hot = theme().heat_color(1.0)
    far = abs(seen.red() - hot.red()) + abs(seen.green() - hot.green())
    assert far < 60
