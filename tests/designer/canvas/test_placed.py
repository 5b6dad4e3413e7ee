"""Placing networks: dropped, searched for, unfolded, lit, named, pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas import faces, words
from designer.canvas.compat import End
from tests.designer.canvas.nesting import double_click, drop, item, name_field

if TYPE_CHECKING:
    from conftest import Bench
    from pytestqt.qtbot import QtBot


SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_network_is_dropped_with_its_own_weights_and_with_shift_shared(nest: Bench) -> None:
    drop(nest, "network:block", nest.place(640, 320))
    (own,) = nest.view.selected()
    assert nest.graph.nodes[own].params.get("weights", "own") == "own"
    assert abs(nest.view.canvas.places[own][0] + 112 - 640) <= 8
    nest.view.select([])
    drop(nest, "network:block", nest.place(960, 320), SHIFT)
    (shared,) = nest.view.selected()
    assert nest.graph.nodes[shared].params["weights"] == "shared"


def test_a_network_dropped_on_a_wire_is_inserted(nest: Bench) -> None:
    wire = next(w for w in nest.view.canvas.wires.values() if w.edge.target == "h")
    drop(nest, "network:block", nest.view.mapFromScene(wire.middle))
    (made,) = nest.view.selected()
    assert ("b", made) in nest.wires()
    assert (made, "h") in nest.wires()


def test_the_search_offers_the_projects_networks(nest: Bench) -> None:
    nest.view.select([])
    popup = nest.view.open_search(QPoint(400, 400))
    QTest.keyClicks(popup._field, "tower")
    assert popup.titles() == ["Tower"]
    QTest.keyClick(popup._field, Qt.Key.Key_Return)
    (made,) = nest.view.selected()
    assert nest.graph.nodes[made].params["network"] == "tower"


def test_the_search_behind_a_port_offers_only_networks_with_inputs(nest: Bench) -> None:
    popup = nest.view.open_search(QPoint(400, 400), End("s", "out", output=True))
    titles = popup.titles()
    assert "Tower" in titles
    assert "main" not in titles


# -- repeats


def test_a_click_on_the_switch_unfolds_a_repeat(nest: Bench) -> None:
    deep = item(nest, "b")
    folded = deep.outline.height
    switch = nest.view.mapFromScene(deep.pos() + faces.fold_switch("").center())
    nest.click(switch)
    assert deep.unfolded
    assert deep.outline.copies == 6
    assert deep.outline.height > folded
    assert nest.view.selected() == []
    nest.view.set_live({"b#1": ("∇ 1", 0.4)})
    assert deep.copies_live == {1: ("∇ 1", 0.4)}
    assert deep.copy_words()[0].replace(words.THIN, " ") == "N × 64"
    nest.click(switch)
    assert deep.outline.height == folded


def test_a_double_click_on_a_copy_opens_that_copy(nest: Bench) -> None:
    deep = item(nest, "b")
    nest.view.canvas.fold("b")
    double_click(nest, nest.view.mapFromScene(deep.pos() + deep.outline.copy_room(3).center()))
    assert nest.document.network == "block"
    assert nest.document.spot.copies == (3,)
    assert nest.document.address("d") == "b#3/d"


def test_many_copies_stand_in_small_fields(nest: Bench) -> None:
    nest.document.push_graph("x", nest.graph.set_params("b", {"times": 40}))
    nest.document.analyse_now()
    nest.view.canvas.fold("b")
    outline = item(nest, "b").outline
    assert outline.copies == 40
    assert outline.height < 200
    assert outline.body.contains(outline.copy_room(39))
    assert outline.copy_at(outline.copy_room(17).center()) == 17
    nest.document.push_graph("x", nest.graph.set_params("b", {"times": 2}))
    nest.document.analyse_now()
    assert item(nest, "b").outline.copies == 2


# -- marks


def test_places_that_share_are_marked_together(nest: Bench, qtbot: QtBot) -> None:
    nest.view.select(["t1"])
    assert item(nest, "t2").kin
    nest.view.select(["h"])
    assert not item(nest, "t2").kin
    nest.move(nest.body("t2"))
    qtbot.waitUntil(lambda: item(nest, "t1").kin)
    nest.move(nest.body("s"))
    qtbot.waitUntil(lambda: not item(nest, "t1").kin)


def test_lit_nodes_stand_out_and_clicks_choose_them(nest: Bench) -> None:
    heard: list[tuple[str, ...]] = []
    ended: list[bool] = []
    nest.view.pickEnded.connect(lambda: ended.append(True))
    nest.view.set_lit(["b"])
    assert item(nest, "h").dimmed
    assert not item(nest, "b").dimmed
    nest.view.pick(["b"], heard.append)
    assert nest.view._banner.isVisible()
    nest.click(nest.body("t1"))
    nest.click(nest.body("b"))
    assert heard == [("t1", "b"), ("t1",)]
    assert item(nest, "b").dimmed
    assert nest.view.selected() == []
    double_click(nest, nest.body("t1"))
    assert nest.document.network == "main"
    nest.key(Qt.Key.Key_Escape)
    assert ended == [True]
    assert not nest.view._banner.isVisible()
    nest.view.set_lit(None)
    assert not item(nest, "h").dimmed
    nest.click(nest.body("t1"))
    assert nest.view.selected() == ["t1"]


def test_picking_ends_where_another_network_is_shown(nest: Bench) -> None:
    nest.view.pick([], lambda ids: None)
    nest.document.show_network("tower")
    assert nest.view.picking is None
    assert not any(i.dimmed for i in nest.view.canvas.nodes.values())


# -- names


def test_a_networks_name_is_written_over_where_it_stands(nest: Bench) -> None:
    nest.view.select(["t1"])
    nest.view.rename_chosen()
    field = name_field(nest)
    QTest.keyClicks(field, "Encoder")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert nest.document.project.title_of("tower") == "Encoder"
    assert item(nest, "t1").face.name == "Encoder"
    assert item(nest, "t2").face.name == "Encoder 2"
    assert nest.undo_texts() == ["Rename to Encoder"]


def test_escape_leaves_a_name_as_it_was(nest: Bench) -> None:
    nest.view.select(["h"])
    nest.view.rename_chosen()
    field = name_field(nest)
    QTest.keyClicks(field, "other")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not nest.document.dirty
    nest.view.rename_chosen()
    field = name_field(nest)
    QTest.keyClicks(field, "head")
    nest.view.setFocus()
    assert nest.graph.nodes["h"].name == "head"


# -- blocks and the clipboard


def test_a_block_brings_its_networks_once(nest: Bench) -> None:
    first = nest.view.add_node("block:residual_basic", QPointF(640, 400))
    count = len(nest.document.project.networks)
    second = nest.view.add_node("block:residual_basic", QPointF(960, 400))
    assert first is not None
    assert second is not None
    assert count > 3
    assert len(nest.document.project.networks) == count
    nodes = nest.graph.nodes
    assert nodes[first].params["network"] == nodes[second].params["network"]


def test_pasting_a_place_means_the_network_as_it_is_now(nest: Bench) -> None:
    nest.view.select(["b"])
    nest.view.copy()
    block = nest.document.project.networks["block"].set_params("d", {"bias": False})
    nest.document.push("x", nest.document.project.with_graph(block, "block"))
    nest.view.paste()
    (made,) = nest.view.selected()
    assert nest.graph.nodes[made].params == {"network": "block", "times": 6}
    assert len(nest.document.project.networks) == 3


def test_pasting_into_another_project_brings_the_networks(nest: Bench) -> None:
    tower = nest.document.project.networks["tower"]
    nest.view.select(["t1"])
    nest.view.copy()
    nest.document.new()
    nest.view.paste()
    (made,) = nest.view.selected()
    key = nest.graph.nodes[made].params["network"]
    assert nest.document.project.networks[key] == tower
    assert set(nest.document.project.networks) == {"main", "block", "tower"}
    nest.view.paste()
    assert set(nest.document.project.networks) == {"main", "block", "tower"}
    assert nest.document.project.layout.positions["main"].keys() == set(nest.graph.nodes)


def test_pasting_a_place_inside_its_own_network_is_refused(nest: Bench) -> None:
    heard: list[str] = []
    nest.view.message.connect(heard.append)
    nest.view.select(["t1"])
    nest.view.copy()
    nest.document.show_network("block")
    nest.view.paste()
    assert "Block" in heard[0]
    assert len(nest.graph.nodes) == 5
