"""Adding layers: by drag from the palette, by search, behind the selection, into a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.dropping import MIME

if TYPE_CHECKING:
    from conftest import Bench

COPY = Qt.DropAction.CopyAction
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def drop(bench: Bench, spec: str, at: QPoint, mime: str = MIME) -> bool:
    """Bring an entry over the canvas and let it go; return whether it was taken."""
    data = QMimeData()
    data.setData(mime, QByteArray(spec.encode()))
    target = bench.view.viewport()
    enter = QDragEnterEvent(at, COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(target, enter)
    over = QDragMoveEvent(at, COPY, data, LEFT, PLAIN)
    QApplication.sendEvent(target, over)
    if not over.isAccepted():
        return False
    event = QDropEvent(QPointF(at), COPY, data, LEFT, PLAIN, QEvent.Type.Drop)
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def test_drop_from_the_palette(bench: Bench) -> None:
    assert drop(bench, "dense", QPoint(400, 300))
    (node,) = bench.graph.nodes.values()
    assert node.spec == "dense"
    assert bench.view.selected() == [node.id]
    middle = bench.view.canvas.bounds([node.id]).center()
    assert (bench.view.mapFromScene(middle) - QPoint(400, 300)).manhattanLength() < 16
    assert bench.undo_texts() == ["Add Dense"]


def test_other_things_are_left_to_the_window(bench: Bench) -> None:
    assert not drop(bench, "file:///x.loom", QPoint(400, 300), "text/uri-list")
    assert not bench.graph.nodes


def test_an_unknown_entry_is_refused(bench: Bench) -> None:
    said: list[str] = []
    bench.view.message.connect(said.append)
    drop(bench, "nothing", QPoint(400, 300))
    assert not bench.graph.nodes
    assert "nothing" in said[0]


def test_drop_on_a_wire_inserts(bench: Bench) -> None:
    a, b = bench.chain("dense", "tanh")
    bench.show(bench.graph, {a: (0, 0), b: (640, 0)})
    drop(bench, "relu", bench.place(432, 40))
    new = bench.view.selected()[0]
    assert bench.wires() == {(a, new), (new, b)}
    bench.document.undo_stack.undo()
    assert bench.wires() == {(a, b)}


def test_a_moved_node_is_inserted_too(bench: Bench) -> None:
    a, b = bench.chain("dense", "tanh")
    graph, c = bench.graph.add("relu")
    bench.show(graph, {a: (0, 0), b: (640, 0), c: (320, 200)})
    bench.press(bench.body(c))
    bench.move(bench.body(c) - QPoint(0, 60))
    bench.move(bench.place(420, 20))
    wire = next(iter(bench.view.canvas.wires.values()))
    assert wire.marked
    bench.release(bench.place(420, 20))
    assert bench.wires() == {(a, c), (c, b)}
    assert bench.undo_texts() == ["Insert on a wire"]


def test_adding_wires_it_behind_the_selection(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    bench.click(bench.body(a))
    b = bench.view.add_node("relu")
    c = bench.view.add_node("tanh")
    assert bench.wires() == {(a, b), (b, c)}
    assert b is not None
    assert bench.document.project.position(b) == (320.0, 0.0)
    assert bench.undo_texts() == ["Add ReLU", "Add Tanh"]


def test_a_loss_takes_the_prediction(bench: Bench) -> None:
    (a,) = bench.loose("dense")
    bench.click(bench.body(a))
    loss = bench.view.add_node("cross_entropy")
    (wire,) = bench.graph.edges
    assert (wire.target, wire.target_port) == (loss, "prediction")


def test_new_nodes_never_cover_others(bench: Bench) -> None:
    for _ in range(4):
        bench.view.select([])
        bench.view.add_node("dense")
    boxes = [n.outline.body.translated(n.pos()) for n in bench.view.canvas.nodes.values()]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_tab_opens_the_search(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Tab)
    popup = bench.view._popup
    assert popup is not None
    assert popup.isVisible()
    QTest.keyClicks(popup._field, "conv 2")
    assert popup.titles()[0] == "Conv 2D"
    QTest.keyClick(popup._field, Qt.Key.Key_Return)
    assert [n.spec for n in bench.graph.nodes.values()] == ["conv2d"]
    assert bench.view._popup is None


def test_a_second_tab_at_the_same_place_adds_behind(bench: Bench) -> None:
    for words in ("dense", "relu"):
        popup = bench.view.open_search(QPoint(400, 300))
        popup.chosen.emit(words)
        popup.dismiss()
    first, second = (bench.view.canvas.bounds([i]) for i in bench.graph.nodes)
    assert not first.intersects(second)
    assert len(bench.graph.edges) == 1


def test_a_double_click_opens_the_search_there(bench: Bench) -> None:
    at = QPoint(500, 200)
    QTest.mouseDClick(bench.view.viewport(), LEFT, PLAIN, at)
    popup = bench.view._popup
    assert popup is not None
    QTest.keyClicks(popup._field, "relu")
    QTest.keyClick(popup._field, Qt.Key.Key_Down)
    QTest.keyClick(popup._field, Qt.Key.Key_Up)
    QTest.mouseClick(
        popup._list.viewport(),
        LEFT,
        PLAIN,
        popup._list.visualItemRect(popup._list.item(0)).center(),
    )
    (node,) = bench.graph.nodes.values()
    assert node.spec == "relu"
    middle = bench.view.canvas.bounds([node.id]).center()
    assert (bench.view.mapFromScene(middle) - at).manhattanLength() < 16


def test_search_without_a_match_adds_nothing(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Tab)
    popup = bench.view._popup
    assert popup is not None
    QTest.keyClicks(popup._field, "zzz")
    QTest.keyClick(popup._field, Qt.Key.Key_Return)
    assert not bench.graph.nodes
    QTest.keyClick(popup._field, Qt.Key.Key_Escape)


def test_the_empty_canvas_says_what_to_do(bench: Bench) -> None:
    assert bench.view._welcome.isVisible()
    bench.view.add_node("dense")
    assert not bench.view._welcome.isVisible()
    bench.view.delete_selection()
    assert bench.view._welcome.isVisible()
