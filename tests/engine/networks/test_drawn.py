"""A network that is copied, or taken apart, is drawn as before: its comments and dots go along."""

from __future__ import annotations

import pytest

from engine import files, networks
from engine.project import Bookmark, Layout, Note, Project
from tests.engine.networks.samples import project

NOTES = {"c1": Note(text="Why", x=300.0, y=-80.0), "c2": Note(x=10.0, group=True, color=2)}
BENDS = {"d.out>r.in": ((310.0, 55.0), (400.0, 60.0)), "i.out>a.in": ((5.0, 5.0),)}


def drawn(*places: dict[str, object]) -> Project:
    """Return the sample with notes and dots in its block, and a bookmark of each network."""
    made = project(*places)
    layout = made.layout.held("block", notes=NOTES, bends=BENDS)
    layout = layout.held("main", notes={"c1": Note(text="Outside")})
    marks = (Bookmark(name="a", network="main"), Bookmark(name="b", network="block"))
    return made.but(layout=layout.but(bookmarks=marks))


def looks(made: Project, key: str) -> tuple[object, ...]:
    layout = made.layout
    return layout.positions[key], layout.notes[key], layout.bends[key]


def only_new(before: Project, after: Project) -> str:
    (key,) = after.networks.keys() - before.networks.keys()
    return key


def test_a_duplicate_looks_like_its_model() -> None:
    before = drawn({})
    after = networks.duplicate(before, "block")
    assert looks(after, only_new(before, after)) == looks(before, "block")
    assert looks(files.loads(files.dumps(after)), "block") == looks(before, "block")


def test_a_detached_copy_looks_like_its_model() -> None:
    before = drawn({}, {})
    after = networks.detach(before, "main", "p1").project
    assert looks(after, only_new(before, after)) == looks(before, "block")


def test_a_network_taken_over_looks_as_it_did() -> None:
    block = drawn().but(main="block")
    after = networks.adopt(Project(), "main", block, 0.0, 0.0).project
    assert looks(after, only_new(Project(), after)) == looks(block, "block")


def test_nothing_is_left_of_a_deleted_network() -> None:
    after = networks.delete(drawn(), "block")
    layout = after.layout
    assert "block" not in {*layout.positions, *layout.notes, *layout.bends}
    assert [mark.name for mark in layout.bookmarks] == ["a"]
    assert layout.notes["main"]["c1"].text == "Outside"


@pytest.mark.parametrize("alone", [True, False])
def test_what_comes_out_of_a_place_keeps_its_comments_and_dots(alone: bool) -> None:
    before = (drawn({}) if alone else drawn({}, {})).place({"p0": (900.0, 400.0)})
    after = networks.dissolve(before, "main", "p0").project
    inside, outside = before.layout.positions["block"], after.layout.positions["main"]
    x, y = (outside["r"][k] - inside["r"][k] for k in (0, 1))
    assert (x, y) != (0.0, 0.0)
    assert all(outside[i] == (inside[i][0] + x, inside[i][1] + y) for i in "dra")
    notes = after.layout.notes["main"]
    assert notes["c1"].text == "Outside"
    came = [n.but(x=n.x - x, y=n.y - y) for key, n in notes.items() if key != "c1"]
    assert came == list(NOTES.values())
    # The wire from the block's input has another source now, and runs straight.
    moved = tuple((a + x, b + y) for a, b in BENDS["d.out>r.in"])
    assert after.layout.bends["main"] == {"d.out>r.in": moved}
    assert ("block" in after.layout.notes) is not alone


def test_dots_of_a_wire_that_goes_with_its_place_go_too() -> None:
    before = drawn({})
    dots = {"first.out>p0.i": ((1.0, 2.0),), "x.out>first.in": ((3.0, 4.0),)}
    before = before.but(layout=before.layout.held("main", bends=dots))
    after = networks.dissolve(before, "main", "p0").project
    assert after.layout.bends["main"].keys() == {"x.out>first.in", "d.out>r.in"}


def test_ids_that_are_taken_outside_take_their_dots_along() -> None:
    before = drawn({})
    graph, _ = before.graph.add("relu", "other", "d")
    before = before.with_graph(graph)
    after = networks.dissolve(before, "main", "p0").project
    (edge,) = (e for e in after.graph.edges if e.target == "r")
    assert edge.source not in ("d", "first")
    assert after.layout.bends["main"].keys() == {edge.key}


def test_an_empty_drawing_leaves_nothing_behind() -> None:
    assert Layout().held("main", notes={}, bends={}) == Layout()
    assert drawn().layout.without("main").without("block") == Layout()
