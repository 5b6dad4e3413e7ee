"""A network fits what the window has room for: rows, framing, sweeps of wires, names from afar."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from designer.canvas import faces, layout, words
from designer.canvas.detours import Detours
from designer.canvas.geometry import WIDTH, outline
from designer.theme import LIGHT
from engine.graph import Edge, Graph

if TYPE_CHECKING:
    from tests.designer.canvas.conftest import Bench


def chain(count: int) -> Graph:
    graph, last = Graph().add("input")
    for _ in range(count - 1):
        graph, node_id = graph.add("relu")
        graph, last = graph.connect(last, node_id), node_id
    return graph


@pytest.mark.parametrize("count", [8, 12])
def test_a_chain_too_long_to_be_read_in_one_line_goes_on_below(count: int) -> None:
    graph = chain(count)
    placed = layout.arrange(graph, list(graph.nodes))
    assert len({y for _, y in placed.values()}) > 1


def test_a_block_around_which_a_wire_runs_stays_in_one_piece() -> None:
    graph = chain(9)
    first, *_, end = graph.nodes
    graph, sum_ = graph.add("add")
    graph = graph.connect(end, sum_).connect(first, sum_)
    placed = layout.arrange(graph, list(graph.nodes))
    assert len({x for x, _ in placed.values()}) == len(graph.nodes)


def test_all_is_framed_as_large_as_there_is_room_for(bench: Bench) -> None:
    first, last = bench.loose("dense", "dense")
    bench.document.push("Place", bench.document.project.place({last: (9000.0, 0.0)}))
    bench.view.frame_all()
    assert bench.view.far
    left = bench.view.mapFromScene(bench.view.canvas.nodes[first].pos()).x()
    right = bench.view.mapFromScene(bench.view.canvas.nodes[last].pos()).x()
    assert (right - left) / bench.view.viewport().width() > 0.88 * 9000.0 / (9000.0 + WIDTH)


def test_a_wire_led_past_a_layer_comes_down_in_a_sweep() -> None:
    one, two = outline(("in",), ("out",)), outline(("prediction", "target"), ())
    places = {"a": (0.0, 0.0), "b": (320.0, 40.0), "c": (640.0, 0.0)}
    found = Detours(places, {"a": one, "b": one, "c": two}).dots(
        [Edge(source="a", target="c", target_port="prediction")]
    )
    (dots,) = found.values()
    assert 320.0 + WIDTH + 20.0 <= dots[-1][0] <= 640.0 - 60.0


def test_from_afar_a_repeat_still_says_how_often() -> None:
    face = faces.Face("network", "core", "stage", "", "N × 8", "")
    below = faces.PLAIN_BELOW - 0.05
    once, often = (
        faces.render(replace(face, times=times), LIGHT, below, 1.0).toImage()
        for times in ("", "×6")
    )
    assert once != often


def test_from_afar_a_node_says_which_shape_leaves_it() -> None:
    assert words.tight(f"N{words.THIN}×{words.THIN}64{words.THIN}×{words.THIN}7") == "64×7"
    assert words.tight("N") == "N"
    bare = faces.Face("dense", "core", "hidden", "", "", "")
    known = replace(bare, shape="N × 64")
    drawn = [
        [faces.render(face, LIGHT, scale, 1.0).toImage() for face in (bare, known)]
        for scale in (0.25, 0.5)
    ]
    assert drawn[0][0] == drawn[0][1]
    assert drawn[1][0] != drawn[1][1]
