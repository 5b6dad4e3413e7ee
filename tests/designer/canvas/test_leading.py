"""Dots that lead a wire: added, moved and removed with the mouse, and kept with the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas import bends
from designer.canvas.carrying import fragment
from engine import files
from engine.analysis import placed
from engine.project import Note

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

    from designer.canvas.wire_item import WireItem


def double(bench: Bench, at: QPoint) -> None:
    QTest.mouseDClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def wire(bench: Bench) -> WireItem:
    return next(iter(bench.view.canvas.wires.values()))


def led(bench: Bench) -> tuple[str, str]:
    """Show two layers whose wire runs through a dot below them."""
    a, b = bench.chain("dense", "relu")
    double(bench, bench.place(272, 40))
    bench.drag(bench.place(272, 40), bench.place(272, 200))
    return a, b


def test_a_double_click_adds_a_dot_and_a_drag_moves_it(bench: Bench) -> None:
    led(bench)
    assert wire(bench).bends == (QPointF(272, 200),)
    path = wire(bench).path()
    assert (
        min(
            (path.pointAtPercent(k / 200) - QPointF(272, 200)).manhattanLength() for k in range(201)
        )
        < 8
    )
    assert bench.undo_texts() == ["Add a dot to a wire", "Move a dot"]
    bench.document.undo_stack.undo()
    assert wire(bench).bends == (QPointF(272, 40),)
    bench.document.undo_stack.undo()
    assert not wire(bench).bends
    assert not wire(bench).childItems()


def test_a_double_click_on_a_dot_removes_it(bench: Bench) -> None:
    led(bench)
    double(bench, bench.place(272, 200))
    assert not wire(bench).bends
    assert not bench.document.project.layout.bends


def test_a_second_dot_comes_where_it_was_clicked(bench: Bench) -> None:
    led(bench)
    path = wire(bench).path()
    spot = path.pointAtPercent(0.25)
    double(bench, bench.place(spot.x(), spot.y()))
    assert len(wire(bench).bends) == 2
    assert wire(bench).bends[1] == QPointF(272, 200)


def test_escape_puts_a_dot_back(bench: Bench) -> None:
    led(bench)
    bench.press(bench.place(272, 200))
    bench.move(bench.place(300, 260))
    bench.key(Qt.Key.Key_Escape)
    assert wire(bench).bends == (QPointF(272, 200),)


def test_dots_follow_when_both_ends_move(bench: Bench) -> None:
    a, b = led(bench)
    bench.view.select([a, b])
    bench.drag(bench.body(a), bench.body(a) + QPoint(0, 80))
    assert wire(bench).bends == (QPointF(272, 280),)


def test_dots_stay_when_one_end_moves(bench: Bench) -> None:
    _, b = led(bench)
    bench.drag(bench.body(b), bench.body(b) + QPoint(40, 80))
    assert wire(bench).bends == (QPointF(272, 200),)


def test_a_wire_that_is_gone_leaves_no_dots(bench: Bench) -> None:
    a, _ = led(bench)
    bench.view.select([a])
    bench.key(Qt.Key.Key_Delete)
    assert not bench.document.project.layout.bends
    bench.document.undo_stack.undo()
    assert wire(bench).bends == (QPointF(272, 200),)


def test_dots_are_saved(bench: Bench, tmp_path: Path) -> None:
    led(bench)
    path = tmp_path / "a.loom"
    files.save(bench.document.project, path)
    again = files.load(path)
    (edge,) = again.graph.edges
    assert bends.of(again, "main")[edge.key] == ((272.0, 200.0),)


def dots(bench: Bench) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the dots of each wire of the network on show, by the names of its ends."""
    graph = bench.document.graph
    known = bends.of(bench.document.project, bench.document.network)
    assert known.keys() <= {e.key for e in graph.edges}
    return {
        f"{graph.nodes[e.source].name}>{graph.nodes[e.target].name}": known[e.key]
        for e in graph.edges
        if e.key in known
    }


def test_dots_go_along_with_a_copy(bench: Bench) -> None:
    a, b = led(bench)
    bench.view.canvas.select([a, b])
    bench.view.duplicate()
    places = bench.view.canvas.places
    x, y = (places[bench.view.selected()[0]][k] - places[a][k] for k in (0, 1))
    first, second = dots(bench).values()
    assert first == ((272.0, 200.0),)
    assert second == ((272.0 + x, 200.0 + y),)


def test_dots_go_over_the_clipboard_into_another_project(bench: Bench) -> None:
    led(bench)
    bench.view.canvas.select(list(bench.document.graph.nodes))
    bench.view.copy()
    bench.document.undo_stack.setClean()
    bench.document.new()
    bench.view.paste()
    ((dot,),) = dots(bench).values()
    node = bench.view.canvas.places[bench.document.graph.edges[0].source]
    assert (dot[0] - node[0], dot[1] - node[1]) == (272.0, 200.0)


def test_dots_go_along_in_a_file_of_nodes(bench: Bench, tmp_path: Path) -> None:
    led(bench)
    path = tmp_path / "part.loom"
    path.write_text(fragment(bench.view.scope(), list(bench.document.graph.nodes)))
    bench.view.insert_file(path, QPointF(300, 900))
    first, second = dots(bench).values()
    assert len(second) == len(first) == 1
    assert second != first


def test_dots_go_into_a_sub_network_with_their_wire(bench: Bench) -> None:
    a, b = led(bench)
    outer = bench.document.network
    bench.view.canvas.select([a, b])
    bench.view.make_subnetwork()
    assert not dots(bench)
    assert bench.view.open_place()
    assert bench.document.network != outer
    assert list(dots(bench).values()) == [((272.0, 200.0),)]
    bench.document.undo_stack.undo()
    assert list(bends.of(bench.document.project, outer).values()) == [((272.0, 200.0),)]


def test_dots_come_out_again_when_a_sub_network_is_taken_apart(bench: Bench) -> None:
    a, b = led(bench)
    bench.view.canvas.select([a, b])
    bench.view.make_subnetwork()
    bench.view.dissolve()
    ((dot,),) = dots(bench).values()
    start = bench.view.canvas.places[bench.document.graph.edges[0].source]
    assert (dot[0] - start[0], dot[1] - start[1]) == (272.0, 200.0)


def test_a_network_goes_over_the_clipboard_with_its_dots_and_comments(bench: Bench) -> None:
    a, b = led(bench)
    bench.view.canvas.select([a, b])
    bench.view.make_subnetwork()
    (place,) = bench.document.graph.nodes
    inner = placed(bench.document.graph.nodes[place])
    project = bench.document.project
    layout = project.layout.held(inner, notes={"c1": Note(text="Here", x=8.0)})
    bench.document.push("Comment", project.but(layout=layout))
    bench.view.canvas.select([place])
    bench.view.copy()
    bench.document.undo_stack.setClean()
    bench.document.new()
    bench.view.paste()
    assert bench.view.open_place()
    assert list(dots(bench).values()) == [((272.0, 200.0),)]
    assert [n.text for n in bench.document.project.layout.notes[inner].values()] == ["Here"]
