"""The project's networks as a collection: places, names, recursion, blocks, loose ends, files."""

from __future__ import annotations

import time

import pytest

from engine import networks
from engine.files import FileError, dumps, loads
from engine.graph import Edge, Graph
from engine.networks import NetworkError
from engine.project import Claim, Phase, Project
from tests.engine.networks.samples import block, chain, check, project


def holding(*inner: str, title: str = "") -> Graph:
    """Return a network that places these."""
    graph = Graph(title=title)
    for number, key in enumerate(inner):
        graph, _ = graph.add("network", f"p{number}", f"p{number}", network=key)
    return graph


def test_ports_are_the_inner_inputs_and_outputs() -> None:
    made = project({})
    graph, _ = made.networks["block"].add("input", "side", "s")
    fielded = graph.set_params("s", {"field": "age"})
    place = made.graph.nodes["p0"]
    ports = networks.inputs_of(place, {**made.networks, "block": graph})
    assert [(p.name, p.title, p.dtype) for p in ports] == [("i", "x", "any"), ("s", "side", "any")]
    assert len(networks.inputs_of(place, {**made.networks, "block": fielded})) == 1
    assert [p.name for p in networks.outputs_of(place, made.networks)] == ["o"]
    assert networks.inputs_of(place, {}) == ()
    assert networks.inputs_of(made.graph.nodes["loss"], {})[0].name == "prediction"
    unknown, _ = Graph().add("layer-of-tomorrow", node_id="u")
    assert networks.outputs_of(unknown.nodes["u"], {}) == ()


def test_who_uses_what() -> None:
    made = project({}, {"weights": "shared", "times": 4}, {})
    made, spare = networks.new(made, "Spare")
    assert networks.uses(made, "block") == [("main", "p0"), ("main", "p1"), ("main", "p2")]
    assert networks.homes(made) == {"main": (0, 0), "block": (1, 2), spare: (0, 0)}
    assert networks.reaches(made, "main") == {"block"}
    assert networks.closure(made, [spare, "main"]) == {spare, "main", "block"}
    assert networks.unused(made) == [spare]


def test_new_networks_get_a_key_and_a_title_of_their_own() -> None:
    made, first = networks.new(Project(), "My block")
    made, second = networks.new(made, "my BLOCK ")
    made, third = networks.new(made, "")
    made, fourth = networks.new(made, "Block 1")
    assert (first, second, third, fourth) == ("my_block", "my_block_2", "block_1", "block_2")
    assert made.title_of(second) == "my BLOCK 2"
    assert made.title_of(fourth) == "Block 2"
    check(made)


def test_renaming_changes_what_people_read() -> None:
    made = networks.rename(project({}), "block", "  Residual   block ")
    assert made.title_of("block") == "Residual block"
    assert made.graph.nodes["p0"].params["network"] == "block"
    assert networks.rename(made, "block", "Residual block") is made
    for title, words in (("main", "already a network called “main”"), (" ", "must be called")):
        with pytest.raises(NetworkError, match=words):
            networks.rename(made, "block", title)


def test_duplicates_stand_beside_and_are_not_used() -> None:
    made = networks.duplicate(project({}), "block")
    assert made.networks["block_2"] == made.networks["block"].but(title="Block 2")
    assert made.layout.positions["block_2"] == made.layout.positions["block"]
    assert networks.unused(made) == ["block_2"]


def test_what_is_used_is_not_deleted() -> None:
    made = project({})
    with pytest.raises(NetworkError, match="“Block” is placed in “main”"):
        networks.delete(made, "block")
    with pytest.raises(NetworkError, match="“main” is what the phase “train” trains"):
        networks.delete(made, "main")
    two = made.but(networks={**made.networks, "other": holding("block", title="Other")})
    with pytest.raises(NetworkError, match="in “main” and “Other”"):
        networks.delete(two, "block")
    free = made.with_graph(made.graph.remove(["p0"]))
    assert set(networks.delete(free, "block").networks) == {"main"}
    gone = networks.delete(free.with_phase(network="block"), "main")
    assert (gone.main, set(gone.layout.positions)) == ("block", {"block"})
    with pytest.raises(NetworkError, match=r"no network 'nothing'\. It has: “main”, “Block”"):
        networks.delete(made, "nothing")


def test_a_network_is_placed_and_never_in_itself() -> None:
    made = networks.place(project({}), "main", "block", 10, 20, "shared")
    node = made.project.graph.nodes[made.node]
    assert node.params == {"network": "block", "weights": "shared"}
    assert node.name == "block"
    assert made.project.position(made.node) == (10, 20)
    with pytest.raises(NetworkError, match=r"“Block” cannot stand inside itself \(Block → Block\)"):
        networks.place(project({}), "block", "block", 0, 0)
    with pytest.raises(NetworkError, match="Block → main → Block"):
        networks.place(project({}), "block", "main", 0, 0)


def test_recursion_in_a_file_is_named() -> None:
    loop = Project(networks={"main": holding("a"), "a": holding("b"), "b": holding("a")})
    with pytest.raises(NetworkError, match="“a” cannot stand inside itself \\(a → b → a\\)"):
        networks.check_recursion(loop)
    assert networks.reaches(loop, "main") == {"a", "b"}
    assert [path for path, _ in networks.weight_paths(loop, "main")] == []
    assert loads(dumps(loop)) == loop


def test_another_network_at_a_place_keeps_the_wires_in_order() -> None:
    made = project({})
    other, _ = Graph(title="Other").add("input", "in", "n1")
    other, _ = other.add("output", "out", "n2")
    made = made.but(networks={**made.networks, "other": other})
    after = networks.exchange(made, "main", "p0", "other").project
    wires = [e for e in after.graph.edges if "p0" in (e.source, e.target)]
    assert [(e.source_port, e.target_port) for e in wires] == [("out", "n1"), ("n2", "in")]
    empty = made.with_graph(Graph(title="Other"), "other")
    after = networks.exchange(empty, "main", "p0", "other").project
    assert not [e for e in after.graph.edges if "p0" in (e.source, e.target)]
    with pytest.raises(NetworkError, match="inside itself"):
        networks.exchange(made, "main", "p0", "main")
    with pytest.raises(NetworkError, match="“head” is a layer"):
        networks.exchange(made, "main", "head", "other")


def test_wires_to_ports_that_are_gone_go_with_them() -> None:
    made = project({}, {})
    assert networks.mended(made) is made
    inner = made.networks["block"]
    closed = made.with_graph(inner.remove(["o"]), "block")
    after = networks.mended(closed)
    assert not [e for e in after.graph.edges if e.source in ("p0", "p1")]
    assert networks.mended(after) is after
    read = made.with_graph(inner.set_params("i", {"field": "x"}), "block")
    assert not [e for e in networks.mended(read).graph.edges if e.target == "p0"]
    lost = made.but(networks={"main": made.graph})
    assert networks.mended(lost) is lost


def test_a_new_node_of_an_old_id_does_not_stand_where_the_old_one_stood() -> None:
    graph, first = Graph().add("input")
    graph, second = graph.add("dense")
    made = Project().with_graph(graph).place({first: (0.0, 0.0), second: (320.0, 0.0)})
    assert networks.mended(made) is made
    after = networks.mended(made.with_graph(graph.remove([second])))
    assert after.layout.positions == {after.main: {first: (0.0, 0.0)}}


def test_nodes_that_are_gone_are_no_longer_trained() -> None:
    phases = (Phase(trains=("first", "p0/d", "p0/x", "away", "head/x")), Phase(trains=("away",)))
    after = networks.mended(project({}).with_training(phases=phases))
    assert [phase.trains for phase in after.training.phases] == [("first", "p0/d"), ("away",)]


def test_a_block_brings_its_networks_once() -> None:
    bottom = block("Bottom")
    top, _ = holding("bottom", title="Top").add("dense", "d", "d", out_features="=k")
    ready = Project(networks={"main": top, "bottom": bottom}, variables={"k": 4})
    ready = ready.place({"d": (5, 6)})
    made = networks.adopt(project({}), "main", ready, 1, 2)
    check(made.project)
    assert set(made.project.networks) == {"main", "block", "top"}
    assert made.project.networks["top"].nodes["p0"].params["network"] == "block"
    assert made.project.variables == {"k": 4}
    assert made.project.position("d", "top") == (5, 6)
    again = networks.adopt(networks.rename(made.project, "top", "Mine"), "main", ready, 1, 2)
    assert set(again.project.networks) == {"main", "block", "top"}
    inside = networks.adopt(made.project, "top", ready, 1, 2)
    assert inside.project.title_of("top_2") == "Top 2"
    check(inside.project)
    changed = made.project.with_graph(made.project.networks["block"].remove(["r"]), "block")
    third = networks.adopt(changed, "main", ready, 1, 2).project
    assert third.networks["top_2"].nodes["p0"].params["network"] == "bottom"


def test_a_file_keeps_everything_that_networks_have() -> None:
    made = project({"weights": "shared", "times": 3}, width=8).but(
        variables={"width": 4, "rate": 0.5},
        claims=(Claim(figure="parameters", at_least=3.0, at_most=9.0, note="known"),),
    )
    made = made.with_graph(made.graph.change("p0", arguments={"width": "=width * 2", "depth": 3}))
    assert loads(dumps(made)) == made
    text = dumps(project({}))
    assert '"arguments"' not in text
    assert '"settings"' not in text
    assert '"title": "Block"' in text


def test_a_file_with_a_place_of_a_missing_network_opens() -> None:
    text = dumps(project({})).replace('"network": "block"', '"network": "gone"')
    made = loads(text)
    assert networks.mended(made) is made
    assert loads(dumps(made)) == made
    bad = project({})
    wire = Edge(source="first", target="p0", target_port="nowhere")
    graph = bad.graph.but(edges=(*bad.graph.edges, wire))
    with pytest.raises(FileError, match="'place 0' has no port 'nowhere'"):
        loads(dumps(bad.with_graph(graph)))
    twice = wire.but(source="x", target_port="i")
    with pytest.raises(FileError, match="takes only one wire at 'i'"):
        loads(dumps(bad.with_graph(graph.but(edges=(*bad.graph.edges, twice)))))


def test_a_large_project_is_mended_and_regrouped_within_a_frame() -> None:
    """1,000 nodes, 50 sub-networks: generous against a busy machine, tight against a square."""
    big, places = Project(), [{"network": f"b{i}"} for i in range(50)]
    graph = chain(*places)
    last = "head"
    for number in range(800):
        graph, node = graph.add("relu", f"relu_{number}")
        graph = graph.but(edges=(*graph.edges, Edge(source=last, target=node)))
        last = node
    big = Project(networks={"main": graph, **{f"b{i}": block(f"B{i}") for i in range(50)}})
    best: dict[str, float] = {}
    for _ in range(5):
        for name, work in (
            ("mended", lambda: networks.mended(big)),
            (
                "settled",
                lambda: networks.resettled(big, big.with_graph(graph.set_params("p3", {}))),
            ),
        ):
            start = time.perf_counter()
            work()
            best[name] = min(best.get(name, 1.0), time.perf_counter() - start)
    assert best["mended"] < 0.016
    assert best["settled"] < 0.016
