"""Figures of a run at the nodes on show, inside sub-networks and for all of one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from designer import navigation
from designer.live import LiveMap, Sight
from designer.monitor.history import History
from designer.monitor.measures import Measures
from designer.navigation import Spot
from designer.words import figure
from engine.catalog.spec import Field
from engine.graph import Graph
from engine.project import Phase, Project
from engine.shapes import analyse
from engine.train import events as ev
from tests.designer.nested import block, project

FIELDS = {
    "pixels": Field(name="pixels", shape=(64,)),
    "target": Field(
        name="target", shape=(), dtype="int64", role="target", classes=tuple("0123456789")
    ),
}


def row(values: list[float]) -> np.ndarray:
    return np.asarray(values, np.float32)


def norms(
    values: dict[str, float], phase: int = 0, update: float = 0.5, weight: float = 2.0
) -> ev.Norms:
    grad, count = row(list(values.values())), len(values)
    return ev.Norms(
        4, tuple(values), grad, row([weight] * count), row([update] * count), 1.0, phase
    )


def spread(values: dict[str, tuple[float, float]]) -> ev.Activations:
    """`values` are (standard deviation, share of zeros) by path id."""
    std, dead = (row([v[i] for v in values.values()]) for i in (0, 1))
    count = np.zeros((len(values), 64), np.float32)
    return ev.Activations(4, tuple(values), std * 0, std, dead, -std, std, count)


def sight(made: Project, spot: Spot) -> Sight:
    root = analyse(made.networks[spot.root], made.scope(FIELDS))
    analysis = navigation.inner(root, spot)
    assert analysis is not None
    return Sight(made, spot, navigation.copies_of(root, spot), analysis)


def told(made: Project, spot: Spot, *events: ev.Event) -> dict[str, tuple[str, float | None]]:
    history = History()
    history.take(events)
    return LiveMap().figures(Measures(history), sight(made, spot))


def test_a_layer_shows_its_own_gradient() -> None:
    found = told(project(), Spot("main"), norms({"h": 0.25}))
    # The ramp is from 0.1 to 1.
    assert found["h"] == ("∇ 0.25", pytest.approx(1 + math.log10(0.25)))


def test_a_repeat_shows_the_norm_of_all_and_each_copy_its_own() -> None:
    values = {f"b#{k}/d": float(k + 1) for k in range(6)}
    found = told(project(), Spot("main"), norms(values))
    whole = math.sqrt(sum(v * v for v in values.values()))
    assert found["b"][0] == f"∇ {figure(whole)}"
    assert found["b#2"][0] == "∇ 3   Δ 0.5"
    assert found["b#5"][1] > found["b#0"][1]
    assert set(found) == {"b", *(f"b#{k}" for k in range(6))}


def test_places_that_share_show_the_same_figure() -> None:
    values = {"t1/p#0/d": 3.0, "t1/p#1/d": 4.0, "t1/p#2/d": 0.0, "t1/d": 12.0}
    found = told(project(), Spot("main"), norms(values))
    assert found["t1"] == found["t2"]
    assert found["t1"][0] == "∇ 13"


def test_inside_a_place_its_own_layers_are_found_under_the_trail() -> None:
    made = project()
    spot = navigation.enter(Spot("main"), made, "b", 4)
    assert spot is not None
    values = {f"b#{k}/d": float(k + 1) for k in range(6)} | {"h": 9.0}
    outputs = {f"b#{k}/r": (0.1 * (k + 1), 0.0) for k in range(6)}
    found = told(made, spot, norms(values), spread(outputs))
    assert found["d"][0] == "∇ 5"
    assert found["r"] == ("σ 0.5", None)
    assert "h" not in found


def test_inside_the_second_of_two_that_share_the_weights_of_the_first_are_shown() -> None:
    made = project()
    spot = navigation.walk(made, "t2/p#1/d")
    assert spot is not None
    found = told(made, spot[0], norms({"t1/p#0/d": 1.0, "t1/p#1/d": 2.0, "t1/p#2/d": 3.0}))
    assert found["d"][0] == "∇ 2"


def test_tied_copies_show_the_one_weight_they_have() -> None:
    made = project()
    made = made.with_graph(made.graph.set_params("b", {"tied": True}))
    found = told(made, Spot("main"), norms({"b#0/d": 2.0}))
    assert found["b"][0] == "∇ 2"
    assert found["b#4"][0].startswith("∇ 2")
    spot = navigation.enter(Spot("main"), made, "b", 5)
    assert spot is not None
    assert told(made, spot, norms({"b#0/d": 2.0}))["d"][0] == "∇ 2"


def test_a_place_without_parameters_shows_what_leaves_its_last_copy() -> None:
    plain = Graph(title="Plain").add("input", node_id="i")[0]
    plain = plain.add("relu", node_id="r")[0].add("output", node_id="o")[0]
    plain = plain.connect("i", "r").connect("r", "o")
    graph = Graph().add("input", node_id="x", field="pixels")[0]
    graph = graph.add("network", "plain", "p", network="plain", times=2)[0]
    graph = graph.add("dense", node_id="h", out_features=10)[0]
    graph = graph.add("cross_entropy", node_id="l")[0]
    graph = graph.connect("x", "p", "out", "i").connect("p", "h", "o")
    graph = graph.connect("h", "l", target_port="prediction")
    made = Project(networks={"main": graph, "plain": plain})
    found = told(made, Spot("main"), spread({"p#0/r": (1.0, 0.25), "p#1/r": (2.0, 0.75)}))
    assert found["p"] == ("75% zero", None)
    assert found["p#0"] == ("25% zero", None)


def test_the_source_of_a_place_is_the_layer_that_feeds_its_first_output() -> None:
    made = project()
    seen = LiveMap()
    assert seen.source("b", sight(made, Spot("main"))) == "b#5/a"
    assert seen.source("t1", sight(made, Spot("main"))) == "t1/d"
    assert seen.source("h", sight(made, Spot("main"))) == "h"


def test_other_phases_speak_of_their_own_networks() -> None:
    made = project()
    judge = Graph().add("input", node_id="x", field="pixels")[0]
    judge = judge.add("network", "tower", "t", network="tower", weights="shared")[0]
    judge = judge.add("dense", node_id="h", out_features=10)[0]
    judge = judge.add("cross_entropy", node_id="l")[0]
    judge = judge.connect("x", "t", "out", "i").connect("t", "h", "o")
    judge = judge.connect("h", "l", target_port="prediction")
    phases = (Phase(), Phase(name="judge", network="judge"))
    made = made.with_graph(judge, "judge").with_training(phases=phases)
    started = ev.Started(
        (),
        (),
        1,
        1,
        1,
        "cpu",
        phases=tuple(ev.PhaseStarted(p.name, p.network, (), ()) for p in phases),
    )
    history = History()
    history.take([started, norms({"h": 1.0, "t1/d": 2.0}), norms({"h": 4.0}, phase=1)])
    measures = Measures(history)
    assert LiveMap().figures(measures, sight(made, Spot("main")))["h"][0] == "∇ 1"
    found = LiveMap().figures(measures, sight(made, Spot("judge")))
    assert found["h"][0] == "∇ 4"
    assert found["t"][0] == "∇ 2"


def test_update_ratios_come_together_by_the_size_of_the_weights() -> None:
    values = {f"b#{k}/d": 1.0 for k in range(6)}
    told = replace(
        norms(values), weight=row([3, 4, 0, 0, 0, 0]), update=row([0.1, 0.2, 1, 1, 1, 1])
    )
    measures = Measures(History())
    measures.history.take([told])
    found = LiveMap().values(measures, sight(project(), Spot("main")), "update")
    assert found["b"] == pytest.approx(math.hypot(0.3, 0.8) / 5.0)
    assert found["b#1"] == pytest.approx(0.2)
    assert found["b#2"] == 0.0


def test_where_to_look_is_remembered_until_something_changes() -> None:
    made, seen, history = project(), LiveMap(), History()
    history.take([norms({"h": 1.0})])
    measures = Measures(history)
    first = sight(made, Spot("main"))
    seen.figures(measures, first)
    before = seen._shown
    seen.figures(measures, Sight(made, Spot("main"), (), first.analysis))
    assert seen._shown is before
    other = made.with_graph(block().set_params("d", {"bias": False}), "block")
    seen.figures(measures, sight(other, Spot("main")))
    assert seen._shown is not before
