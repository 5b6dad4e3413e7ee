"""Drawing wires with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from designer.canvas.wire_item import WireItem
from engine.graph import Graph

if TYPE_CHECKING:
    from conftest import Bench


def test_from_an_output_to_an_input(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.drag(bench.port(a, ">out"), bench.port(b, "<in"))
    assert bench.wires() == {(a, b)}
    assert bench.undo_texts() == ["Wire"]
    bench.document.undo_stack.undo()
    assert not bench.graph.edges
    assert not bench.view.canvas.wires


def test_backwards_from_an_input(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.drag(bench.port(b, "<in"), bench.port(a, ">out"))
    assert bench.wires() == {(a, b)}


def test_a_port_takes_the_mouse_from_fourteen_pixels_away(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.drag(bench.port(a, ">out") + QPoint(9, 9), bench.port(b, "<in") - QPoint(9, 9))
    assert bench.wires() == {(a, b)}


def test_let_go_over_a_body_takes_its_port(bench: Bench) -> None:
    a, b = bench.loose("dense", "relu")
    bench.drag(bench.port(a, ">out"), bench.body(b))
    assert bench.wires() == {(a, b)}


def test_the_wire_is_seen_before_it_is_let_go(bench: Bench) -> None:
    a, _ = bench.loose("dense", "relu")
    before = len(bench.view.canvas.items())
    bench.press(bench.port(a, ">out"))
    bench.move(bench.port(a, ">out") + QPoint(40, 90))
    assert len(bench.view.canvas.items()) == before + 1
    bench.key(Qt.Key.Key_Escape)
    assert len(bench.view.canvas.items()) == before
    assert not bench.graph.edges


def test_ports_that_fit_are_offered_and_others_dimmed(bench: Bench) -> None:
    source, dense, conv, other = bench.loose("dense", "dense", "conv2d", "relu")
    graph, first = bench.graph.add("input")
    bench.show(graph.connect(first, source), {**bench.view.canvas.places, first: (-320.0, 0.0)})
    nodes = bench.view.canvas.nodes
    bench.press(bench.port(dense, ">out"))
    bench.move(bench.port(dense, ">out") + QPoint(20, 120))
    assert nodes[other].offered == {"<in"}
    assert not nodes[other].faded
    assert nodes[first].faded
    assert not nodes[conv].faded
    bench.key(Qt.Key.Key_Escape)
    assert not nodes[other].offered
    assert not nodes[first].faded


def test_the_verdict_stands_beside_the_pointer(bench: Bench) -> None:
    source, flat, conv = bench.loose("input", "flatten", "conv2d")
    bench.drag(bench.port(source, ">out"), bench.port(flat, "<in"))
    bench.document.analyse_now()
    bench.press(bench.port(flat, ">out"))
    bench.move(bench.port(flat, ">out") + QPoint(20, 20))
    bench.move(bench.port(conv, "<in"))
    label = bench.view._verdict
    assert label.isVisible()
    assert "N C H W" in label.text()
    bench.release(bench.port(conv, "<in"), modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert not label.isVisible()
    assert (flat, conv) in bench.wires(), "a wire that does not fit yet may be drawn"


def test_a_loop_is_refused_with_a_sentence(bench: Bench, qtbot: object) -> None:
    a, b = bench.chain("dense", "relu")
    said: list[str] = []
    bench.view.message.connect(said.append)
    bench.drag(bench.port(b, ">out"), bench.port(a, "<in"))
    assert bench.wires() == {(a, b)}
    assert "loop" in said[0]


def test_let_go_on_empty_ground_opens_a_filtered_search(bench: Bench) -> None:
    a, _ = bench.chain("input", "conv2d")
    bench.document.analyse_now()
    bench.drag(bench.port(a, ">out"), bench.port(a, ">out") + QPoint(60, 200))
    popup = bench.view._popup
    assert popup is not None
    assert "Conv 2D" in popup.titles()
    assert "Conv 1D" not in popup.titles(), "an image does not fit it"
    QTest.keyClicks(popup._field, "flatten")
    QTest.keyClick(popup._field, Qt.Key.Key_Return)
    flat = bench.view.selected()[0]
    assert bench.graph.nodes[flat].spec == "flatten"
    assert (a, flat) in bench.wires()


def test_escape_in_that_search_leaves_all_as_it_was(bench: Bench) -> None:
    a, _ = bench.loose("dense", "relu")
    bench.drag(bench.port(a, ">out"), bench.port(a, ">out") + QPoint(60, 200))
    assert bench.view._popup is not None
    QTest.keyClick(bench.view._popup._field, Qt.Key.Key_Escape)
    assert bench.view._popup is None
    assert len(bench.graph.nodes) == 2


def test_a_taken_input_gives_its_wire_back(bench: Bench) -> None:
    _, b = bench.chain("dense", "relu")
    bench.drag(bench.port(b, "<in"), bench.port(b, "<in") + QPoint(-40, 200))
    assert not bench.graph.edges
    assert bench.view._popup is None


def test_a_single_input_has_one_wire(bench: Bench) -> None:
    a, b = bench.chain("dense", "relu")
    graph, c = bench.graph.add("dense")
    bench.show(graph, {a: (0, 0), b: (320, 0), c: (0, 200)})
    bench.drag(bench.port(c, ">out"), bench.port(b, "<in"))
    assert bench.wires() == {(c, b)}


def test_a_port_for_many_keeps_its_wires(bench: Bench) -> None:
    a, b, c = bench.loose("dense", "dense", "add")
    bench.drag(bench.port(a, ">out"), bench.port(c, "<in"))
    bench.drag(bench.port(b, ">out"), bench.port(c, "<in"))
    assert bench.wires() == {(a, c), (b, c)}


def test_a_wire_is_hit_along_its_line_only(bench: Bench) -> None:
    graph, a = Graph().add("dense")
    graph, b = graph.add("relu")
    bench.show(graph.connect(a, b), {a: (0, 0), b: (600, 400)})
    wire = next(iter(bench.view.canvas.wires.values()))
    assert isinstance(wire, WireItem)
    middle = bench.view.mapFromScene(wire.middle)
    bench.click(middle)
    assert wire.selected
    bench.click(middle + QPoint(90, -90))
    assert not wire.selected
    bench.click(middle)
    bench.key(Qt.Key.Key_Delete)
    assert not bench.graph.edges


def test_the_tooltip_of_a_wire_states_its_tensor(bench: Bench) -> None:
    bench.chain("input", "conv2d", "relu")
    wires = list(bench.view.canvas.wires.values())
    text = bench.view.tooltip(bench.view.mapFromScene(wires[1].middle))
    assert "N\u2009×\u200932\u2009×\u20096\u2009×\u20096" in text
    assert "float32" in text


def test_the_shape_stands_beside_the_pointer(bench: Bench) -> None:
    first, second, third = bench.chain("input", "flatten", "dense")
    bench.press(bench.port(second, ">out"))
    bench.move(bench.port(second, ">out") + QPoint(40, 120))
    label = bench.view._verdict
    assert label.isVisible()
    assert "64" in label.text()
    bench.key(Qt.Key.Key_Escape)
    assert not label.isVisible()
    assert bench.wires() == {(first, second), (second, third)}
