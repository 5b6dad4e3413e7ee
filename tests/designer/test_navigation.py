"""Going from network to network: trails, copies, addresses, first uses."""

from __future__ import annotations

import pytest

from designer import navigation
from designer.navigation import Spot
from engine.catalog.spec import Field
from engine.project import Phase, Project
from engine.shapes import analyse
from tests.designer.nested import project

FIELDS = {
    "pixels": Field(name="pixels", shape=(64,)),
    "target": Field(
        name="target", shape=(), dtype="int64", role="target", classes=tuple("0123456789")
    ),
}


def inside() -> Spot:
    """Return the second block of the first tower."""
    made = project()
    tower = navigation.enter(Spot("main"), made, "t1")
    assert tower is not None
    block = navigation.enter(tower, made, "p", 1)
    assert block is not None
    return block


def test_going_in_leaves_a_trail_and_going_out_takes_it_back() -> None:
    spot = inside()
    assert spot.network == "block"
    assert spot.trail == (("main", "t1"), ("tower", "p"))
    assert spot.copies == (0, 1)
    assert spot.root == "main"
    assert navigation.leave(spot) == Spot("tower", (("main", "t1"),), (0,))
    assert navigation.leave(spot, 2) == Spot("main")
    assert navigation.leave(Spot("main")) == Spot("main")


def test_a_layer_cannot_be_entered() -> None:
    assert navigation.enter(Spot("main"), project(), "h") is None
    assert navigation.enter(Spot("main"), project(), "gone") is None


def test_the_first_use_of_a_network_is_found_from_what_is_trained() -> None:
    made = project()
    assert navigation.find(made, "main") == Spot("main")
    found = navigation.find(made, "block")
    assert found.trail == (("main", "t1"), ("tower", "p"))
    assert found.inferred
    alone = made.but(training=made.training.but(phases=(Phase(network="block"),)))
    assert navigation.find(alone, "block") == Spot("block")
    assert navigation.find(alone, "tower") == Spot("tower")


def test_what_is_known_inside_is_that_of_the_copy() -> None:
    made = project()
    root = analyse(made.graph, made.scope(FIELDS))
    spot = inside()
    assert navigation.copies_of(root, spot) == (1, 3)
    known = navigation.inner(root, spot)
    assert known is not None
    assert known is root.nodes["t1"].copies[0].nodes["p"].copies[1]
    assert str(known.nodes["d"].outputs["out"]) == "N × 64"
    assert navigation.inner(root, Spot("block", (("main", "x"),), (0,))) is None


def test_addresses_are_path_ids_and_lead_back() -> None:
    made = project()
    root = analyse(made.graph, made.scope(FIELDS))
    spot = inside()
    path = navigation.prefix(spot, navigation.copies_of(root, spot)) + "d"
    assert path == "t1/p#1/d"
    assert navigation.walk(made, path) == (spot, "d")
    assert navigation.walk(made, "tower:p#2/r") == (Spot("block", (("tower", "p"),), (2,)), "r")
    assert navigation.address(made, "main", path) == path
    assert navigation.address(made, "tower", "d") == "tower:d"
    assert navigation.names(made, path) == "tower › block 2 › dense"


@pytest.mark.parametrize("address", ["gone", "t1/gone", "h/d", "nothing:h", "t1/p/d/x"])
def test_an_address_that_leads_nowhere_is_told(address: str) -> None:
    made = project()
    assert navigation.walk(made, address) is None
    assert navigation.names(made, address) == address


def test_a_spot_is_mended_when_its_places_go() -> None:
    made, spot = project(), inside()
    assert navigation.mend(spot, made) is spot
    gone = made.with_graph(made.graph.remove(["t1"]))
    assert navigation.mend(spot, gone).trail == (("main", "t2"), ("tower", "p"))
    nets = {k: g for k, g in made.networks.items() if k != "block"}
    assert navigation.mend(spot, made.but(networks=nets)) == navigation.leave(spot)
    assert navigation.mend(spot, Project()) == Spot("main")


def test_an_inferred_spot_follows_the_first_use() -> None:
    made = project()
    spot = navigation.find(made, "tower")
    other = made.with_graph(made.graph.remove(["t1"]))
    assert navigation.mend(spot, other).trail == (("main", "t2"),)
    unused = other.with_graph(other.graph.remove(["t2"]))
    assert navigation.mend(spot, unused) == Spot("tower")
