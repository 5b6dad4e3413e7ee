"""Sub-networks from selections and back: the same figures come out, with the same weights."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from engine import networks
from engine.graph import Graph
from engine.networks import NetworkError
from engine.project import Phase, Project
from tests.engine.networks.samples import (
    block,
    chain,
    check,
    compiled,
    paths,
    project,
    same_figures,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_paths_are_those_of_the_compiled_networks() -> None:
    made = project({}, {"weights": "shared"}, {"times": 3}, {"times": 2, "tied": True})
    _, held = compiled(made)
    assert {path.rpartition("/")[0] for path in held} == {
        path for path, node in paths(made).items() if node.spec == "dense"
    }
    assert "main:p2#1/d/weight" in held
    assert "block:d/weight" in held


SELECTIONS = [["first"], ["first", "p0"], ["p1", "head", "loss"], ["head"], ["p0", "p1"]]


@pytest.mark.parametrize("chosen", SELECTIONS, ids=" ".join)
def test_a_selection_becomes_a_network_and_comes_back(chosen: list[str]) -> None:
    before = project({"times": 2}, {"weights": "shared"})
    made = networks.extract(before, "main", chosen, "Part")
    same_figures(before, made)
    (key,) = made.project.networks.keys() - before.networks.keys()
    assert made.project.title_of(key) == "Part"
    assert made.project.graph.nodes[made.node].params == {"network": key}
    assert set(made.moves) >= {f"main:{c}" for c in chosen if c in ("first", "head")}
    back = networks.dissolve(made.project, "main", made.node)
    same_figures(made.project, back)
    assert back.moves == {new: old for old, new in made.moves.items()}
    after = back.project
    assert after.graph.nodes == before.graph.nodes
    assert list(after.graph.nodes) == list(before.graph.nodes)
    assert set(after.graph.edges) == set(before.graph.edges)
    assert after.layout == before.layout
    assert set(after.networks) == set(before.networks)


def test_ports_follow_from_the_wires_in_their_order() -> None:
    graph = Graph()
    for name in ("a", "b"):
        graph, _ = graph.add("input", name, name, field=name)
    for name in ("join", "other"):
        graph, _ = graph.add("concatenate", name, name)
    for name in ("one", "two"):
        graph, _ = graph.add("dense", name, name)
    graph = graph.connect("b", "join").connect("a", "join").connect("join", "one")
    graph = graph.connect("join", "two").connect("b", "other").connect("a", "other")
    made = networks.extract(Project(networks={"main": graph}), "main", ["join", "other"], "Joined")
    place = made.project.graph.nodes[made.node]
    inner = made.project.networks["joined"]
    assert [p.title for p in networks.inputs_of(place, made.project.networks)] == ["b", "a"]
    (out,) = networks.outputs_of(place, made.project.networks)
    assert out.title == "join_out"
    feeding = {e.target_port: e.source for e in made.project.graph.incoming(made.node)}
    titles = {p.name: p.title for p in networks.inputs_of(place, made.project.networks)}
    assert {titles[port]: source for port, source in feeding.items()} == {"a": "a", "b": "b"}
    assert [inner.nodes[e.source].name for e in inner.incoming("join")] == ["b", "a"]
    assert {e.target for e in made.project.graph.edges if e.source == made.node} == {"one", "two"}
    assert [n.spec for n in inner.nodes.values()] == ["input"] * 2 + ["concatenate"] * 2 + [
        "output"
    ]


def test_inputs_without_a_field_and_outputs_stay_outside() -> None:
    before = project()
    graph, _ = before.graph.add("output", "result", "result")
    graph = graph.connect("head", "result")
    before = before.with_graph(graph)
    made = networks.extract(before, "main", before.graph.nodes, "All")
    same_figures(before, made)
    assert {n.spec for n in made.project.graph.nodes.values()} == {"input", "network", "output"}
    fielded = before.with_graph(graph.set_params("x", {"field": "x"}))
    made = networks.extract(fielded, "main", fielded.graph.nodes, "All")
    assert "x" in made.project.networks["all"].nodes
    with pytest.raises(NetworkError, match="select at least one"):
        networks.extract(before, "main", ["x", "result"], "None")


def test_a_selection_with_something_between_is_refused_by_name() -> None:
    with pytest.raises(NetworkError, match="“place 0” takes from the selection and feeds it"):
        networks.extract(project({}), "main", ["first", "head"])


def test_a_place_stands_at_the_centre_and_ports_beside_their_nodes() -> None:
    before = project().place({"first": (0, 0), "head": (288, 100), "loss": (576, 50)})
    made = networks.extract(before, "main", ["first", "head"], "Part")
    assert made.project.position(made.node) == (144, 50)
    spots = made.project.layout.positions["part"]
    assert spots["first"] == (0, 0)
    inner = made.project.networks["part"]
    ports = {n.spec: spots[n.id] for n in inner.nodes.values() if n.spec != "dense"}
    assert ports == {"input": (-288, 0), "output": (576, 100)}
    assert "first" not in made.project.layout.positions["main"]


def test_numbers_of_the_network_go_along_and_come_back() -> None:
    before = Project(networks={"main": chain({}), "block": block(width=8)}, variables={"n": 3})
    made = networks.extract(before, "block", ["d"], "Dense part")
    inner = made.project.networks["dense_part"]
    assert inner.settings == {"width": 8}
    assert made.project.networks["block"].nodes[made.node].arguments == {"width": "=width"}
    same_figures(before, made)
    back = networks.dissolve(made.project, "block", made.node)
    assert back.project.networks["block"].nodes == before.networks["block"].nodes
    graph = before.graph.change("p0", arguments={"width": "=n + 5"})
    outer = networks.dissolve(before.with_graph(graph), "main", "p0")
    assert outer.project.graph.nodes["d"].params == {"out_features": "=n + 5"}
    plain = networks.dissolve(before, "main", "p0")
    assert plain.project.graph.nodes["d"].params == {"out_features": 8}
    inner = before.networks["block"].set_params("d", {"out_features": "=width * 2 - n"})
    half = before.with_graph(inner, "block")
    half = half.with_graph(half.graph.change("p0", arguments={"width": "=n+1"}))
    made = networks.dissolve(half, "main", "p0")
    assert made.project.graph.nodes["d"].params == {"out_features": "=(n+1) * 2 - n"}


def test_a_number_that_would_come_to_mean_another_is_refused() -> None:
    inner = block().set_params("d", {"out_features": "=n"})
    made = Project(networks={"main": chain({}).but(settings={"n": 4}), "block": inner})
    with pytest.raises(NetworkError, match="a setting of that name"):
        networks.dissolve(made.but(variables={"n": 8}), "main", "p0")


def test_ids_and_names_that_clash_get_new_ones() -> None:
    graph = chain({}).change("head", name="inner")
    graph, _ = graph.add("tanh", "bend", "d")
    before = Project(networks={"main": graph, "block": block()})
    made = networks.dissolve(before, "main", "p0")
    check(made.project)
    new = made.moves["main:p0/d"].partition(":")[2]
    assert new not in graph.nodes
    assert made.project.graph.nodes[new].name == "inner_2"
    assert made.project.graph.nodes["d"] == graph.nodes["d"]


def test_a_frozen_place_leaves_frozen_layers() -> None:
    before = project({})
    before = before.with_graph(before.graph.change("p0", frozen=True))
    made = networks.dissolve(before, "main", "p0").project
    assert [n.id for n in made.graph.nodes.values() if n.frozen] == ["d", "r", "a"]


def test_dissolving_takes_the_network_along_only_if_nothing_uses_it() -> None:
    assert "block" in networks.dissolve(project({}, {}), "main", "p0").project.networks
    made = networks.dissolve(project({}), "main", "p0").project
    assert set(made.networks) == {"main"}
    assert set(made.layout.positions) == {"main"}


def test_a_lone_shared_place_can_be_dissolved() -> None:
    before = project({"weights": "shared"}, {})
    made = networks.dissolve(before, "main", "p0")
    assert made.moves["block:d"] == "main:d"
    same_figures(before, made)


REFUSED: dict[str, tuple[tuple[dict[str, Any], ...], str]] = {
    "shared": (({"weights": "shared"}, {"weights": "shared"}), "with other places"),
    "repeat": (({"times": 2},), "2 copies in a row. Unroll it first"),
    "each": (({"each": True},), "Turn off Apply to each item"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_dissolved_says_what_to_do_first(case: str) -> None:
    places, words = REFUSED[case]
    with pytest.raises(NetworkError, match=words):
        networks.dissolve(project(*places), "main", "p0")


def test_a_place_in_a_network_that_stands_twice_shares_with_its_twin() -> None:
    before = project({}, {})
    outer, _ = Graph(title="Outer").add("input", "x", "i")
    outer, _ = outer.add("network", "inside", "q", network="deep", weights="shared")
    outer, _ = outer.add("output", "y", "o")
    outer = outer.connect("i", "q", target_port="i").connect("q", "o", "o")
    before = before.but(networks={**before.networks, "block": outer, "deep": block("Deep")})
    with pytest.raises(NetworkError, match="with other places"):
        networks.dissolve(before, "block", "q")


def test_a_network_placed_twice_moves_the_weights_of_both() -> None:
    before = project({}, {"times": 2})
    made = networks.extract(before, "block", ["d", "r"], "Core")
    assert {(o, n) for o, n in made.moves.items() if o.endswith("/d")} == {
        (f"main:{p}/d", f"main:{p}/{made.node}/d") for p in ("p0", "p1#0", "p1#1")
    }
    same_figures(before, made)


def test_a_port_wired_straight_through_and_one_left_open() -> None:
    graph, _ = Graph(title="Wires").add("input", "a", "i1")
    graph, _ = graph.add("input", "b", "i2")
    graph, _ = graph.add("dense", "d", "d", out_features=8)
    graph, _ = graph.add("output", "through", "o1")
    graph, _ = graph.add("output", "other", "o2")
    graph = graph.connect("i1", "o1").connect("i2", "d").connect("d", "o2")
    main, _ = Graph().add("input", "x", "x")
    main, _ = main.add("network", "p", "p", network="w")
    main, _ = main.add("dense", "after", "after")
    main = main.connect("x", "p", target_port="i1").connect("p", "after", "o1")
    made = networks.dissolve(Project(networks={"main": main, "w": graph}), "main", "p").project
    assert [(e.source, e.target) for e in made.graph.edges] == [("x", "after")]


def test_a_wire_that_would_be_there_twice_is_refused() -> None:
    inner, _ = Graph(title="Twins").add("input", "a", "i")
    inner, _ = inner.add("dense", "d", "d")
    for node in ("o1", "o2"):
        inner, _ = inner.add("output", node, node)
    inner = inner.connect("i", "d").connect("d", "o1").connect("d", "o2")
    main, _ = Graph().add("input", "x", "x")
    main, _ = main.add("network", "p", "p", network="w")
    main, _ = main.add("add", "plus", "plus")
    main = main.connect("x", "p", target_port="i")
    main = main.connect("p", "plus", "o1").connect("p", "plus", "o2")
    with pytest.raises(NetworkError, match="“d” would be wired twice to “plus”"):
        networks.dissolve(Project(networks={"main": main, "w": inner}), "main", "p")


def test_a_repeat_is_unrolled_into_a_row() -> None:
    before = project({"times": 3})
    made = networks.unroll(before, "main", "p0")
    same_figures(before, made)
    row = [n for n in made.project.graph.nodes.values() if n.spec == "network"]
    assert [n.params for n in row] == [{"network": "block"}] * 3
    assert row[0].id == "p0"
    assert made.moves["main:p0#2/d"] == f"main:{row[2].id}/d"
    xs = [made.project.position(n.id)[0] for n in row]
    assert [b - a for a, b in pairwise(xs)] == [288, 288]
    assert made.project.position("head")[0] == before.position("head")[0] + 2 * 288


def test_a_shared_repeat_is_unrolled_into_places_that_share() -> None:
    before = project({"times": 2, "weights": "shared"})
    made = networks.unroll(before, "main", "p0")
    assert (made.moves, made.copies) == ({}, {})
    same_figures(before, made)


def test_inputs_beyond_the_outputs_stay_the_same_for_every_copy() -> None:
    inner, _ = block().add("input", "again", "j")
    inner = inner.connect("j", "a")
    main = chain({"times": 3}).connect("first", "p0", target_port="j")
    before = Project(networks={"main": main, "block": inner})
    same_figures(before, networks.unroll(before, "main", "p0"))


def test_what_cannot_be_unrolled_says_why() -> None:
    cases: list[tuple[Callable[[], Project], str]] = [
        (lambda: project({}), "only once"),
        (lambda: project({"times": 2, "tied": True}), "one and the same network"),
    ]
    for make, words in cases:
        with pytest.raises(NetworkError, match=words):
            networks.unroll(make(), "main", "p0")
    odd = project({"times": 2})
    odd = odd.with_graph(odd.networks["block"].remove(["o"]), "block")
    with pytest.raises(NetworkError, match="1 inputs and 0 outputs"):
        networks.unroll(odd, "main", "p0")


def test_phases_keep_training_the_same_nodes() -> None:
    def trains(made: Project) -> list[set[str]]:
        return [set(phase.trains) for phase in made.training.phases]

    before = project({"times": 2}, {})
    phases = (
        Phase(trains=("first", "p0#1/d", "p1")),
        Phase(name="other", network="block", trains=("d",)),
    )
    before = before.with_training(phases=phases)
    made = networks.extract(before, "main", ["first", "p0"], "Part")
    p = made.node
    assert trains(made.project) == [{f"{p}/first", f"{p}/p0#1/d", "p1"}, {"d"}]
    back = networks.dissolve(made.project, "main", p)
    assert back.project.training == before.training
    row = networks.unroll(before, "main", "p0")
    second = row.moves["main:p0#1/d"].partition(":")[2]
    assert trains(row.project)[0] == {"first", second, "p1"}
    flat = networks.dissolve(row.project, "main", "p1")
    assert trains(flat.project)[0] == {"first", second, "d", "r"}
    deep = networks.extract(before, "block", ["d"], "Core")
    q = deep.node
    assert trains(deep.project) == [{"first", f"p0#1/{q}/d", "p1"}, {f"{q}/d"}]


def test_weights_made_shared_and_own_again() -> None:
    before = project({}, {})
    first = networks.set_weights(before, "main", "p0", "shared")
    assert first.moves["main:p0/d"] == "block:d"
    same_figures(before, first)
    second = networks.set_weights(first.project, "main", "p1", "shared")
    assert (second.moves, second.copies) == ({}, {})
    apart = networks.set_weights(second.project, "main", "p0", "own")
    assert apart.copies["main:p0/d"] == "block:d"
    assert not apart.moves
    same_figures(second.project, apart)
    alone = networks.set_weights(first.project, "main", "p0", "own")
    assert alone.moves == {new: old for old, new in first.moves.items()}


def test_a_detached_copy_starts_with_the_weights_it_had() -> None:
    before = project({"weights": "shared"}, {"weights": "shared"})
    made = networks.detach(before, "main", "p1")
    assert made.project.graph.nodes["p1"].params["network"] == "block_2"
    assert made.project.title_of("block_2") == "Block 2"
    assert made.copies["block_2:d"] == "block:d"
    same_figures(before, made)
    own = networks.detach(project({}, {}), "main", "p1")
    assert (own.moves, own.copies) == ({}, {})
    with pytest.raises(NetworkError, match="stands nowhere else"):
        networks.detach(project({}), "main", "p0")


def test_a_place_that_repeats_or_ties_otherwise_keeps_what_matches() -> None:
    def with_params(made: Project, **params: Any) -> Project:
        return made.with_graph(made.graph.set_params("p0", params))

    one = project({})
    three = networks.resettled(one, with_params(one, times=3))
    assert three.moves["main:p0/d"] == "main:p0#0/d"
    assert not three.copies
    tied = networks.resettled(three.project, with_params(three.project, tied=True))
    assert tied.moves["main:p0#0/d"] == "main:p0/d"
    loose = networks.resettled(tied.project, with_params(tied.project, tied=False))
    assert loose.moves["main:p0/d"] == "main:p0#0/d"
    assert {loose.copies[f"main:p0#{k}/d"] for k in (1, 2)} == {"main:p0/d"}
    same_figures(tied.project, loose)
    assert networks.resettled(one, one.with_graph(one.graph.remove(["head"]))).moves == {}
    counted = project({"times": "=depth"}).but(variables={"depth": 1})
    more = networks.resettled(counted, counted.but(variables={"depth": 2}))
    assert more.moves["main:p0/d"] == "main:p0#0/d"
