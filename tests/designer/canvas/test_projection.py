"""The scene follows the document and changes only what changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage

from designer import theme
from designer.canvas import words
from designer.canvas.blit import bucket
from engine.catalog import registry
from engine.graph import Edge, Graph, Node
from engine.project import Project

if TYPE_CHECKING:
    from conftest import Bench
    from pytestqt.qtbot import QtBot

    from designer.canvas.faces import Face


def face(bench: Bench, node_id: str) -> Face:
    return bench.view.canvas.nodes[node_id].face


def test_items_live_as_long_as_their_nodes(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    items = dict(bench.view.canvas.nodes)
    graph, c = bench.graph.add("tanh")
    bench.document.push_graph("x", graph)
    assert bench.view.canvas.nodes[a] is items[a]
    assert bench.view.canvas.nodes[b] is items[b]
    bench.document.undo_stack.undo()
    assert c not in bench.view.canvas.nodes
    assert set(bench.view.canvas.nodes) == {a, b}


def test_only_the_changed_node_is_drawn_anew(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.view.grab()
    before = bench.view.canvas.cache.rendered
    bench.document.push_graph("x", bench.graph.change(b, name="gate"))
    bench.view.grab()
    assert bench.view.canvas.cache.rendered == before + 1
    assert face(bench, b).name == "gate"
    assert a in bench.graph.nodes


def test_live_figures_draw_no_face(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    bench.view.grab()
    before = bench.view.canvas.cache.rendered
    bench.view.set_live({a: ("gradient 0.1", 0.7), b: ("gradient 0.2", None)})
    bench.view.grab()
    assert bench.view.canvas.cache.rendered == before
    assert bench.view.canvas.nodes[a].live == ("gradient 0.1", 0.7)
    bench.view.set_live({})
    assert bench.view.canvas.nodes[a].live is None


def test_equal_nodes_share_a_pixmap(bench: Bench) -> None:
    bench.loose(*["relu"] * 8)
    for number, item in enumerate(bench.view.canvas.nodes.values()):
        item.set_node(item.node.but(name="relu"), item.ports)
        assert number < 8
    bench.view.canvas.cache.clear()
    before = bench.view.canvas.cache.rendered
    bench.view.frame_all()
    bench.view.grab()
    assert bench.view.canvas.cache.rendered == before + 1


def test_a_face_tells_settings_shape_and_count(bench: Bench) -> None:
    a, b, *_ = bench.chain(
        "input", "conv2d", "relu", conv2d={"padding": "same", "out_channels": 32}
    )
    assert face(bench, a).settings == "reads “image”"
    assert face(bench, b).settings == "32 filters, 3×3, same"
    assert face(bench, b).shape.replace(words.THIN, " ") == "N × 32 × 8 × 8"
    assert face(bench, b).parameters == "320 params"
    assert words.count(1_234_567) == "1,234,567 params"
    assert words.count(1) == "1 param"


def test_every_layer_says_something(bench: Bench) -> None:
    for spec in registry.nodes().values():
        text = words.settings(spec, Node(id="n1", spec=spec.id, name=spec.id))
        assert text
        assert "{" not in text


def test_a_problem_is_a_badge_and_a_sentence(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    item = bench.view.canvas.nodes[a]
    assert item.badge in ("error", "warning")
    assert "nothing wired" in bench.view.tooltip(bench.body(a))
    assert face(bench, a).badge == item.badge


def test_an_unknown_layer_is_a_placeholder_with_its_ports(bench: Bench) -> None:
    graph, a = Graph().add("dense")
    graph = graph.but(
        nodes={**graph.nodes, "x": Node(id="x", spec="warp_field", name="warp")},
        edges=(Edge(source=a, target="x", target_port="left"),),
    )
    bench.show(graph, {a: (0, 0), "x": (320, 0)})
    assert not face(bench, "x").known
    assert face(bench, "x").inputs == ("left",)
    assert "warp_field" in face(bench, "x").settings
    assert face(bench, "x").badge == "error"
    bench.view.grab()


def test_a_project_without_a_layout_is_arranged_but_not_changed(bench: Bench) -> None:
    graph, a = Graph().add("dense")
    graph, b = graph.add("relu")
    bench.show(graph.connect(a, b))
    places = bench.view.canvas.places
    assert places[a][0] < places[b][0]
    assert not bench.document.dirty
    before = places[b]
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 80))
    assert bench.document.project.position(b) == before


def test_what_a_fix_inserts_finds_a_place(bench: Bench) -> None:
    a, b = bench.chain("input", "cross_entropy")
    graph, flat = bench.graph.add("flatten")
    graph = graph.disconnect(graph.edges).connect(a, flat)
    bench.document.push_graph("Fix", graph.connect(flat, b, target_port="prediction"))
    boxes = [n.outline.body.translated(n.pos()) for n in bench.view.canvas.nodes.values()]
    assert not any(x.intersects(y) for i, x in enumerate(boxes) for y in boxes[:i])


def test_another_network_can_be_shown(bench: Bench) -> None:
    main, a = Graph().add("dense")
    other, b = Graph().add("relu", node_id="z")
    bench.document.new(Project(networks={"main": main, "other": other}))
    assert set(bench.view.canvas.nodes) == {a}
    bench.document.show_network("other")
    assert set(bench.view.canvas.nodes) == {b}
    assert not bench.view.canvas.wires


def test_faces_are_drawn_for_the_zoom() -> None:
    assert bucket(1.0) == 1.0
    assert bucket(1.01) == 2**0.25
    assert bucket(0.5) == 0.5
    assert bucket(3.9) == 4.0


def test_a_theme_redraws_everything(bench: Bench) -> None:
    bench.chain("dense", "relu")
    before = theme.theme().name
    try:
        theme.use("light")
        assert corner(bench) == QColor(theme.LIGHT.canvas)
        theme.use("dark")
        assert corner(bench) == QColor(theme.DARK.canvas)
    finally:
        theme.use(before)


def corner(bench: Bench) -> QColor:
    image: QImage = bench.view.viewport().grab().toImage()
    colors = [image.pixelColor(x, 3) for x in range(0, 200, 7)]
    return max(colors, key=colors.count)


def test_a_thousand_nodes_are_built_in_a_moment(bench: Bench) -> None:
    specs = ("conv2d", "batch_norm2d", "relu", "add")
    nodes = {
        f"n{i}": Node(id=f"n{i}", spec=specs[i % 4], name=f"{specs[i % 4]}_{i}")
        for i in range(1000)
    }
    edges = tuple(Edge(source=f"n{i}", target=f"n{i + 1}") for i in range(999))
    project = Project(networks={"main": Graph(nodes=nodes, edges=edges)})
    project = project.place({f"n{i}": (i % 30 * 320.0, i // 30 * 144.0) for i in range(1000)})
    begin = time.process_time()
    bench.document.new(project)
    assert time.process_time() - begin < 1.0
    assert len(bench.view.canvas.wires) == 999
    bench.view.frame_all()
    bench.view.grab()
    bench.key(Qt.Key.Key_Home)


def test_the_wires_of_a_large_network_are_drawn_when_there_is_time_or_need(
    bench: Bench, qtbot: QtBot
) -> None:
    nodes = {f"n{i}": Node(id=f"n{i}", spec="relu", name=f"relu{i}") for i in range(451)}
    edges = tuple(Edge(source=f"n{i}", target=f"n{i + 1}") for i in range(450))
    made = Project(networks={"main": Graph(nodes=nodes, edges=edges)})
    made = made.place({f"n{i}": (i % 22 * 320.0, i // 22 * 144.0) for i in range(451)})
    canvas, view = bench.view.canvas, bench.view
    view.zoom_to(0.1)
    bench.document.new(made)
    first = canvas.wires["n0", "out", "n1", "in"]
    assert first.scene() is None
    # One that was never drawn can go again,
    bench.document.push_graph("Remove", bench.graph.remove(["n450"]))
    # the others come while nothing else goes on,
    qtbot.waitUntil(lambda: all(w.scene() is canvas for w in canvas.wires.values()))
    assert first.path().length() == 96
    # and at once where one is looked for,
    bench.document.new(made.place({"n0": (8.0, 8.0)}))
    start = canvas.nodes["n0"].port_point("out", output=True)
    end = canvas.nodes["n1"].port_point("in", output=False)
    assert canvas.wire_at((start + end) / 2, 6.0) is canvas.wires["n0", "out", "n1", "in"]
    # or where the network is seen from near.
    bench.document.new(made)
    view.zoom_to(1.0)
    view.viewport().repaint()
    assert {w.scene() for w in canvas.wires.values()} == {canvas}


def test_only_a_loss_with_a_target_names_one() -> None:
    for spec_id, told in (("mse", True), ("distillation", False)):
        spec = registry.node(spec_id)
        node = Node(id="n", spec=spec_id, name="loss")
        assert ("target" in words.settings(spec, node, "answers")) is told
