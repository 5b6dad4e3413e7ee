"""What would come of it, told before it is done: wires with their fix, ghosts, shapes of hits."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.compat import End
from designer.canvas.dropping import MIME
from designer.canvas.trial import Spot, Trial

if TYPE_CHECKING:
    from conftest import Bench
    from pytestqt.qtbot import QtBot

COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
THIN = "\u2009"


def data(spec: str) -> QMimeData:
    made = QMimeData()
    made.setData(MIME, QByteArray(spec.encode()))
    return made


def carry(bench: Bench, spec: str, at: QPoint) -> QMimeData:
    """Bring a card over the canvas, not letting it go."""
    load, target = data(spec), bench.view.viewport()
    QApplication.sendEvent(target, QDragEnterEvent(at, COPY, load, LEFT, PLAIN))
    QApplication.sendEvent(target, QDragMoveEvent(at, COPY, load, LEFT, PLAIN))
    return load


def let_go(bench: Bench, load: QMimeData, at: QPoint) -> None:
    event = QDropEvent(QPointF(at), COPY, load, LEFT, PLAIN, QEvent.Type.Drop)
    QApplication.sendEvent(bench.view.viewport(), event)


def drag_wire(bench: Bench, start: str, end: str) -> str:
    """Draw a wire from an output to an input, not letting it go; return the verdict."""
    bench.press(bench.port(start, ">out"))
    bench.move(bench.port(start, ">out") + QPoint(20, 20))
    bench.move(bench.port(end, "<in"))
    return bench.view._verdict.text()


def misfit(bench: Bench) -> tuple[str, str, str]:
    """Show a layer of 128 units that shall go to an Add with 64 of another."""
    flat, wide, slim, joint = "n2", "n3", "n4", "n5"
    graph = bench.graph
    for spec, units in (("input", 0), ("flatten", 0), ("dense", 128), ("dense", 64), ("add", 0)):
        graph, _ = graph.add(spec, **({"out_features": units} if units else {}))
    graph = graph.connect("n1", flat).connect(flat, wide).connect(flat, slim).connect(slim, joint)
    rows = {"n1": (0, 0), flat: (0, 160), wide: (320, 0), slim: (320, 160), joint: (680, 80)}
    bench.show(graph, {key: (float(x), float(y)) for key, (x, y) in rows.items()})
    return wide, slim, joint


# -- wires


def test_what_a_wire_would_give_stands_beside_the_pointer(bench: Bench) -> None:
    _, flat, dense = bench.chain("input", "flatten", "dense", dense={"out_features": 7})
    bench.document.push_graph("cut", bench.graph.disconnect(bench.graph.incoming(dense)))
    bench.document.analyse_now()
    said = drag_wire(bench, flat, dense)
    assert said == f"N{THIN}×{THIN}64 → N{THIN}×{THIN}7"
    bench.key(Qt.Key.Key_Escape)


def test_a_wire_that_does_not_fit_names_its_fix_and_takes_it(bench: Bench) -> None:
    wide, slim, joint = misfit(bench)
    said = drag_wire(bench, wide, joint)
    assert "N × 64 and N × 128" in said.replace("\n", " ")
    assert "Let go: insert Dense 64" in said
    bench.release(bench.port(joint, "<in"))
    (fresh,) = bench.graph.nodes.keys() - {"n1", "n2", wide, slim, joint}
    assert bench.graph.nodes[fresh].params == {"out_features": 64}
    assert {(wide, fresh), (fresh, joint), (slim, joint)} <= bench.wires()
    assert bench.document.analyse_now().nodes[joint].outputs["out"].shape == (-1, 64)
    assert bench.undo_texts() == ["Wire, and insert Dense 64 in front of “add”"]
    bench.document.undo_stack.undo()
    assert len(bench.graph.nodes) == 5
    assert (wide, joint) not in bench.wires()


def test_with_shift_it_is_wired_as_it_is(bench: Bench) -> None:
    wide, _, joint = misfit(bench)
    drag_wire(bench, wide, joint)
    QTest.keyPress(bench.view, Qt.Key.Key_Shift)
    assert "Let go" not in bench.view._verdict.text()
    QTest.keyRelease(bench.view, Qt.Key.Key_Shift, SHIFT)
    assert "Let go" in bench.view._verdict.text()
    bench.release(bench.port(joint, "<in"), modifiers=SHIFT)
    assert (wide, joint) in bench.wires()
    assert bench.undo_texts() == ["Wire"]


def test_escape_takes_neither_the_wire_nor_its_fix(bench: Bench) -> None:
    wide, _, joint = misfit(bench)
    before = bench.graph
    drag_wire(bench, wide, joint)
    bench.key(Qt.Key.Key_Escape)
    bench.release(bench.port(joint, "<in"))
    assert bench.graph == before
    assert not bench.undo_texts()


def test_a_port_whose_node_would_not_run_is_not_lit(bench: Bench) -> None:
    wide, slim, joint = misfit(bench)
    nodes = bench.view.canvas.nodes
    bench.press(bench.port(wide, ">out"))
    bench.move(bench.port(wide, ">out") + QPoint(20, 120))
    assert nodes[joint].faded
    bench.key(Qt.Key.Key_Escape)
    bench.press(bench.port(slim, ">out"))
    bench.move(bench.port(slim, ">out") + QPoint(20, 120))
    assert not nodes[joint].faded
    bench.key(Qt.Key.Key_Escape)


# -- ghosts


def test_a_ghost_on_a_wire_shows_what_would_be_inserted(bench: Bench) -> None:
    a, _, _ = bench.chain("input", "conv2d", "relu")
    (wire,) = [w for w in bench.view.canvas.wires.values() if w.edge.source != a]
    at = bench.view.mapFromScene(wire.middle)
    before = len(bench.view.canvas.items())
    load = carry(bench, "max_pool2d", at)
    assert wire.marked
    assert len(bench.view.canvas.items()) == before + 4, "a face, a frame and two wires"
    said = bench.view._verdict.text()
    assert said.startswith("Insert on this wire")
    assert said.endswith(f"32{THIN}×{THIN}3{THIN}×{THIN}3")
    let_go(bench, load, at)
    assert len(bench.graph.edges) == 3
    assert not bench.view._verdict.isVisible()
    assert not wire.marked


def test_a_ghost_that_does_not_fit_says_why(bench: Bench) -> None:
    _, b, _ = bench.chain("input", "conv2d", "relu")
    wire = next(w for w in bench.view.canvas.wires.values() if w.edge.source == b)
    carry(bench, "lstm", bench.view.mapFromScene(wire.middle))
    assert "N L C" in bench.view._verdict.text()
    QApplication.sendEvent(bench.view.viewport(), QDragLeaveEvent())


def test_a_card_dropped_at_a_port_is_wired_there(bench: Bench) -> None:
    a, b = bench.chain("input", "flatten")
    at = bench.port(b, ">out")
    load = carry(bench, "dense", at)
    assert bench.view._verdict.text().startswith("Wire to “flatten”")
    let_go(bench, load, at)
    (fresh,) = bench.view.selected()
    assert bench.wires() == {(a, b), (b, fresh)}
    item, other = bench.view.canvas.nodes[fresh], bench.view.canvas.nodes[b]
    assert item.pos().x() > other.pos().x() + 224, "beside the node, not on it"
    at = bench.port(b, "<in")
    load = carry(bench, "relu", at)
    let_go(bench, load, at)
    (bend,) = bench.view.selected()
    assert {(a, bend), (bend, b)} <= bench.wires(), "a taken input: into its wire"


def test_a_ghost_shows_the_wire_from_the_selected_node(bench: Bench) -> None:
    _, b = bench.chain("input", "flatten")
    bench.view.select([b])
    at = bench.place(500, 300)
    load = carry(bench, "dense", at)
    said = bench.view._verdict.text()
    assert said == f"Wire behind “flatten”\nN{THIN}×{THIN}64 → N{THIN}×{THIN}64"
    let_go(bench, load, at)
    assert (b, bench.view.selected()[0]) in bench.wires()


def test_leaving_or_escape_takes_the_ghost_away(bench: Bench) -> None:
    _, b = bench.chain("input", "flatten")
    bench.view.select([b])
    before = len(bench.view.canvas.items())
    carry(bench, "dense", bench.place(500, 300))
    assert len(bench.view.canvas.items()) > before
    QApplication.sendEvent(bench.view.viewport(), QDragLeaveEvent())
    assert len(bench.view.canvas.items()) == before
    assert not bench.view._verdict.isVisible()
    assert not bench.undo_texts()


def test_a_network_has_a_ghost_with_its_shape(nest: Bench) -> None:
    key = next(k for k in nest.document.project.networks if k != nest.document.network)
    node = next(i for i, n in nest.graph.nodes.items() if n.spec == "input")
    trial = Trial(nest.view.scope())
    found = trial.of(f"network:{key}", Spot(behind=node))
    assert found.node is not None
    assert found.node.params["network"] == key
    assert found.shape or found.reason
    assert nest.document.project.networks.keys() == nest.view.scope().project.networks.keys()


# -- the search


def test_the_search_tells_the_shape_of_every_hit(bench: Bench, qtbot: QtBot) -> None:
    a, b = bench.chain("input", "flatten")
    bench.view.select([b])
    bench.key(Qt.Key.Key_Tab)
    popup = bench.view._popup
    assert popup is not None
    QTest.keyClicks(popup._field, "dense")
    qtbot.waitUntil(lambda: "→" in popup._foot.text())
    assert popup._foot.text() == f"N{THIN}×{THIN}64 → N{THIN}×{THIN}64"
    popup._field.clear()
    QTest.keyClicks(popup._field, "conv 2d")
    qtbot.waitUntil(lambda: "N C H W" in popup._foot.text())
    item = popup._list.item(0)
    assert item.text() == "Conv 2D"
    assert "does not fit" in item.data(Qt.ItemDataRole.AccessibleTextRole)
    QTest.keyClick(popup._field, Qt.Key.Key_Escape)
    assert a in bench.graph.nodes


def test_a_key_in_the_search_waits_for_no_shape(bench: Bench) -> None:
    _, b = bench.chain("input", "conv2d")
    bench.view.select([b])
    bench.key(Qt.Key.Key_Tab)
    popup = bench.view._popup
    assert popup is not None
    asked: list[str] = []
    popup._preview = lambda payload: asked.append(payload)
    took: list[float] = []
    for letter in "nor":
        start = perf_counter()
        QTest.keyClick(popup._field, letter)
        took.append(perf_counter() - start)
    assert len(asked) < 12, "a few at a time, not every hit"
    assert min(took) < 0.016
    QTest.keyClick(popup._field, Qt.Key.Key_Escape)


@pytest.mark.parametrize("backwards", [False, True])
def test_the_search_behind_a_dropped_wire_tells_shapes_too(bench: Bench, backwards: bool) -> None:
    _, _, conv = bench.chain("input", "relu", "conv2d")
    end = End(conv, "in", output=False) if backwards else End(conv, "out", output=True)
    trial = Trial(bench.view.scope())
    pool = trial.of("max_pool2d", Spot(end=end))
    assert pool.shape == ("" if backwards else f"N{THIN}×{THIN}32{THIN}×{THIN}3{THIN}×{THIN}3")
    assert not pool.reason
