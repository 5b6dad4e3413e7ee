"""Networks in networks on the canvas: in and out, making, sharing, unfolding, pointing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from designer.canvas import faces, words
from designer.canvas.compat import End
from designer.canvas.dropping import MIME
from engine.catalog.spec import Field
from engine.data import DataInfo
from tests.designer.canvas.conftest import FIELDS, LEFT, PLAIN
from tests.designer.nested import project

if TYPE_CHECKING:
    from conftest import Bench

    from designer.canvas.node_item import NodeItem

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def nest(bench: Bench) -> Bench:
    """A bench with towers and blocks on show."""

    pixels = Field(name="pixels", shape=(64,))
    bench.document.info = DataInfo({"pixels": pixels, "target": FIELDS["target"]})
    bench.document.new(project())
    bench.document.analyse_now()
    bench.view.zoom_to(1.0)
    bench.view.centerOn(600.0, 100.0)
    return bench


def item(bench: Bench, node_id: str) -> NodeItem:
    return bench.view.canvas.nodes[node_id]


def double_click(bench: Bench, at: QPoint) -> None:
    QTest.mouseDClick(bench.view.viewport(), LEFT, PLAIN, at)


def drop(bench: Bench, payload: str, at: QPoint, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    data = QMimeData()
    data.setData(MIME, payload.encode())
    target, copy = bench.view.viewport(), Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, copy, data, LEFT, modifiers))
    QApplication.sendEvent(target, QDragMoveEvent(at, copy, data, LEFT, modifiers))
    event = QDropEvent(QPointF(at), copy, data, LEFT, modifiers)
    QApplication.sendEvent(target, event)
    assert event.isAccepted()


def name_field(bench: Bench) -> QLineEdit:
    (field,) = (f for f in bench.view.findChildren(QLineEdit, "name.field") if f.isVisible())
    assert isinstance(field, QLineEdit)
    return field


# -- how a place looks


def test_a_place_shows_its_networks_ports_by_their_names(nest: Bench) -> None:
    face = item(nest, "t1").face
    assert face.name == "Tower"
    assert face.outputs == ("o", "q")
    assert face.titles == (("picture",), ("features", "raw"))
    assert (face.stack, face.times, face.shared) == (1, "", True)
    deep = item(nest, "b").face
    assert (deep.name, deep.settings, deep.times, deep.stack) == ("deep", "Block", "×6", 2)
    assert deep.parameters == "24,960 params"
    assert deep.cost == "49.2 k FLOPs"


def test_a_place_follows_the_network_it_shows(nest: Bench) -> None:
    tower = nest.document.project.networks["tower"]
    changed = tower.add("output", "third", "z")[0].connect("d", "z").change("o", name="best")
    before = nest.view.canvas.nodes["t1"].outline.height
    nest.document.push("x", nest.document.project.with_graph(changed, "tower"))
    assert item(nest, "t1").ports.output_titles == ("best", "raw", "third")
    assert item(nest, "t1").outline.height > before
    wire = next(w for w in item(nest, "t1").wires if w.edge.source == "t1")
    assert wire.path().pointAtPercent(0) == item(nest, "t1").port_point("o", output=True)


def test_a_wire_to_a_port_that_goes_goes_too(nest: Bench) -> None:
    tower = nest.document.project.networks["tower"]
    nest.document.push("x", nest.document.project.with_graph(tower.remove(["o"]), "tower"))
    assert not any(e.source in ("t1", "t2") for e in nest.graph.edges)
    nest.document.undo_stack.undo()
    assert sum(e.source in ("t1", "t2") for e in nest.graph.edges) == 2


def test_a_wire_is_drawn_from_a_port_of_a_place(nest: Bench) -> None:
    graph = nest.graph.disconnect([e for e in nest.graph.edges if e.source == "t2"])
    nest.document.push_graph("x", graph)
    nest.drag(nest.port("t2", ">o"), nest.port("s", "<in"))
    assert End("t2", "o", output=True) in {
        End(e.source, e.source_port, output=True) for e in nest.graph.edges if e.target == "s"
    }


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_kind_of_face_can_be_drawn(nest: Bench, look: str) -> None:
    from designer import theme

    before = theme.theme().name
    try:
        theme.use(look)
        nest.view.canvas.fold("b")
        nest.view.set_live({"b": ("x", 0.5), "b#2": ("∇ 1", 0.9), "t1": ("y", None)})
        nest.document.push_graph("x", nest.graph.remove(["s"]))
        nest.document.analyse_now()
        for zoom in (1.0, 0.4, 0.2):
            nest.view.zoom_to(zoom)
            nest.view.grab()
    finally:
        theme.use(before)


# -- in and out


def test_a_double_click_opens_a_place_and_backspace_goes_out(nest: Bench) -> None:
    double_click(nest, nest.body("t2"))
    assert nest.document.network == "tower"
    assert nest.document.trail == (("main", "t2"),)
    assert set(nest.view.canvas.nodes) == {"i", "p", "d", "o", "q"}
    assert item(nest, "d").face.shape.replace(words.THIN, " ") == "N × 64"
    nest.key(Qt.Key.Key_Backspace)
    assert nest.document.network == "main"
    assert nest.view.selected() == ["t2"]


def test_enter_opens_a_place_and_edits_a_layer(nest: Bench) -> None:
    heard: list[str] = []
    nest.view.nodeActivated.connect(heard.append)
    nest.view.select(["h"])
    nest.key(Qt.Key.Key_Return)
    assert heard == ["h"]
    nest.view.select(["b"])
    nest.key(Qt.Key.Key_Return)
    assert nest.document.network == "block"
    assert heard == ["h"]


def test_backspace_at_the_top_removes_nothing_and_says_so(nest: Bench) -> None:
    heard: list[str] = []
    nest.view.message.connect(heard.append)
    nest.view.select(["h"])
    nest.key(Qt.Key.Key_Backspace)
    assert "h" in nest.graph.nodes
    assert "Delete" in heard[0]


def test_each_network_is_looked_at_as_it_was_left(nest: Bench) -> None:
    nest.view.zoom_to(0.5)
    nest.view._framed = False
    nest.view.centerOn(320.0, 40.0)
    nest.document.enter("t1")
    assert nest.view.zoom <= 1.0
    nest.view.zoom_by(2.0)
    nest.view.leave()
    assert nest.view.zoom == 0.5
    assert (nest.view.seen().center() - QPointF(320.0, 40.0)).manhattanLength() < 4


def test_problems_inside_a_place_are_its_badge_and_stand_at_their_node_inside(
    nest: Bench,
) -> None:
    block = nest.document.project.networks["block"]
    broken = block.set_params("d", {"out_features": 3})
    nest.document.push("x", nest.document.project.with_graph(broken, "block"))
    nest.document.analyse_now()
    assert item(nest, "t1").badge == "error"
    nest.document.enter("t1")
    assert item(nest, "p").badge == "error"
    nest.document.enter("p")
    assert item(nest, "a").badge == "error"
    assert item(nest, "d").badge == ""


# -- making and taking apart


def test_a_selection_becomes_a_network_and_undo_takes_it_back(nest: Bench) -> None:
    before = nest.document.project
    nest.view.select(["b", "h"])
    nest.view.make_subnetwork()
    (place,) = nest.view.selected()
    assert item(nest, place).face.name == "Block 1"
    assert {"b", "h"}.isdisjoint(nest.graph.nodes)
    assert len(nest.document.project.networks) == 4
    nest.document.undo_stack.undo()
    assert nest.document.project == before


def test_ungrouping_brings_the_layers_back_selected(nest: Bench) -> None:
    nest.view.select(["b", "h"])
    nest.view.make_subnetwork()
    nest.view.dissolve()
    assert {nest.graph.nodes[i].spec for i in nest.view.selected()} == {"network", "dense"}
    assert len(nest.document.project.networks) == 3


def test_what_is_not_possible_is_refused_by_a_sentence(nest: Bench) -> None:
    heard: list[str] = []
    nest.view.refused.connect(heard.append)
    nest.view.select(["t1", "h"])
    nest.view.make_subnetwork()
    nest.view.select(["b"])
    nest.view.dissolve()
    nest.view.select([])
    nest.view.make_subnetwork()
    assert len(heard) == 3
    assert all(sentence.endswith(".") for sentence in heard)
    assert not nest.document.dirty


def test_a_network_inside_itself_is_refused_by_name(nest: Bench) -> None:
    heard: list[str] = []
    nest.view.refused.connect(heard.append)
    nest.document.show_network("block")
    assert nest.view.add_node("network:tower") is None
    assert nest.view.add_node("network:block") is None
    assert "Tower" in heard[0]
    assert "Block" in heard[1]


def test_detaching_gives_a_place_a_network_of_its_own(nest: Bench) -> None:
    nest.view.select(["t2"])
    nest.view.detach()
    assert nest.graph.nodes["t2"].params["network"] != "tower"
    assert nest.graph.nodes["t1"].params["network"] == "tower"
    assert len(nest.document.project.networks) == 4


def test_unrolling_puts_copies_in_a_row(nest: Bench) -> None:
    nest.view.select(["b"])
    nest.view.unroll()
    places = [n for n in nest.graph.nodes.values() if n.params.get("network") == "block"]
    assert len(places) == 6


def test_sharing_and_separating_move_weights(nest: Bench) -> None:
    heard: list[tuple[dict[str, str], dict[str, str]]] = []
    nest.document.moved.connect(lambda moves, copies: heard.append((dict(moves), dict(copies))))
    nest.view.select(["b"])
    assert nest.view.chosen_place() is not None
    nest.view.set_shared(True)
    assert nest.graph.nodes["b"].params["weights"] == "shared"
    nest.view.set_shared(False)
    assert nest.graph.nodes["b"].params["weights"] == "own"
    assert heard


def test_freezing_is_a_switch_of_the_selection(nest: Bench) -> None:
    nest.view.select(["b", "h"])
    assert not nest.view.all_frozen()
    nest.view.set_frozen(True)
    assert nest.view.all_frozen()
    assert "frozen" in item(nest, "b").face.settings


# -- placing


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


def test_places_that_share_are_marked_together(nest: Bench) -> None:
    nest.view.select(["t1"])
    assert item(nest, "t2").kin
    nest.view.select(["h"])
    assert not item(nest, "t2").kin
    nest.move(nest.body("t2"))
    assert item(nest, "t1").kin
    nest.move(nest.body("h"))
    assert not item(nest, "t1").kin


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
