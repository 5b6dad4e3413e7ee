"""The layered arrangement and the questions whether ports fit, without a window."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from designer.canvas import compat, edits, layout
from designer.canvas.compat import End, Ground
from designer.canvas.geometry import HEIGHT, WIDTH
from engine.graph import Graph


def build(count: int, pairs: list[tuple[int, int]]) -> Graph:
    graph = Graph()
    for number in range(count):
        graph, _ = graph.add("add", node_id=f"n{number}")
    for a, b in pairs:
        low, high = sorted((a % count, b % count))
        if low != high:
            graph = graph.connect(f"n{low}", f"n{high}")
    return graph


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 14), st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=24))
def test_an_arrangement_covers_nothing_and_flows_to_the_right(
    count: int, pairs: list[tuple[int, int]]
) -> None:
    graph = build(count, pairs)
    placed = layout.arrange(graph, list(graph.nodes))
    assert set(placed) == set(graph.nodes)
    spots = sorted(placed.values())
    for i, (x, y) in enumerate(spots):
        for px, py in spots[:i]:
            assert abs(x - px) >= WIDTH or abs(y - py) >= HEIGHT
    for edge in graph.edges:
        assert placed[edge.source][0] < placed[edge.target][0]


def test_nodes_of_many_ports_stand_apart() -> None:
    graph, source = Graph().add("input")
    for _ in range(3):
        graph, tall = graph.add("lstm")
        graph = graph.connect(source, tall)
        graph, flat = graph.add("relu")
        graph = graph.connect(source, flat)
    placed = layout.arrange(graph, list(graph.nodes))
    column = sorted((y, i) for i, (_, y) in placed.items() if i != source)
    for (y, node_id), (below, _) in itertools.pairwise(column):
        assert below >= y + layout.node_height(graph.nodes[node_id], {})


def test_the_same_graph_is_arranged_the_same() -> None:
    graph = build(12, [(0, 1), (1, 2), (0, 5), (5, 2), (2, 9), (3, 4)])
    assert layout.arrange(graph, list(graph.nodes)) == layout.arrange(graph, list(graph.nodes))


def test_free_place_goes_below() -> None:
    x, y = layout.free_place([(0.0, 0.0), (0.0, 130.0)], 0.0, 0.0)
    assert x == 0.0
    assert y >= 130 + HEIGHT


def test_what_a_fix_inserts_covers_no_high_node() -> None:
    """A node with rows of ports is higher than others; the new one goes below all of it."""
    graph, source = Graph().add("input")
    graph, lstm = graph.add("lstm")
    graph = graph.connect(source, lstm)
    known = {source: (0.0, 0.0), lstm: (layout.PITCH_X, 0.0)}
    graph, made = graph.add("dropout")
    graph = graph.disconnect(graph.edges).connect(source, made).connect(made, lstm)
    tall = layout.node_height(graph.nodes[lstm], {})
    assert tall > HEIGHT
    assert layout.places(graph, known)[made][1] >= tall
    placed = {**known, made: (0.0, 400.0)}
    assert layout.behind(graph, placed, source)[1] >= tall


def test_known_places_are_kept() -> None:
    graph = build(3, [(0, 1), (1, 2)])
    placed = layout.places(graph, {"n0": (8.0, 16.0), "n2": (640.0, 16.0)})
    assert placed["n0"] == (8.0, 16.0)
    assert placed["n2"] == (640.0, 16.0)
    assert placed["n1"][0] == 8.0 + layout.PITCH_X


def test_ends_of_the_same_sort_do_not_meet() -> None:
    graph = build(2, [])
    found = compat.verdict(Ground(graph, None, {}), End("n0", "out", True), End("n1", "out", True))
    assert not found.possible
    assert "output" in found.text


def test_a_node_cannot_feed_itself() -> None:
    graph = build(1, [])
    found = compat.verdict(Ground(graph, None, {}), End("n0", "out", True), End("n0", "in", False))
    assert not found.possible


def test_ranks_are_compared_before_shapes_are_known() -> None:
    graph, a = Graph().add("conv2d")
    graph, b = graph.add("conv1d")
    found = compat.verdict(Ground(graph, None, {}), End(a, "out", True), End(b, "in", False))
    assert found.possible
    assert not found.fits
    assert "N C L" in found.text


def test_deleting_leaves_no_wire_twice() -> None:
    graph = build(3, [(0, 1), (1, 2), (0, 2)])
    from engine.project import Project

    project = Project(networks={"main": graph})
    after = edits.delete(edits.Scope(project, "main", {}), ["n1"])
    assert len(after.graph.edges) == 1
