"""Networks in networks on the canvas: in and out, making, sharing, unfolding, pointing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from designer.canvas import words
from designer.canvas.compat import End
from tests.designer.canvas.nesting import double_click, item

if TYPE_CHECKING:
    from conftest import Bench


SHIFT = Qt.KeyboardModifier.ShiftModifier


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
            picture, at = nest.view.grab().toImage(), nest.body("b")
            assert picture.pixelColor(at) != picture.pixelColor(at - QPoint(0, round(60 * zoom)))
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
