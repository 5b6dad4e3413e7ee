"""Every remedy changes what it says, can be written down, and does away with its finding."""

from __future__ import annotations

import json

import pytest

from engine import remedies
from engine.diagnose.doctor import standing
from engine.project import Choice
from engine.remedies import Remedy
from engine.session import run_headless
from tests.engine.diagnose.telling import told
from tests.engine.diagnose.test_rules import CASES
from tests.engine.train.projects import chain, dense, project

MLP = project([dense(16), ("relu", {}), dense(10)])


def remedy(kind: str) -> tuple[Remedy, object]:
    planted, events, *_ = CASES[kind]
    found = next(f for f in told(planted, events) if f.kind == kind)
    assert found.fix is not None
    return found.fix, planted


WITH_FIX = [kind for kind in CASES if kind not in ("no_gradient", "no_learning", "update_ratio")]


@pytest.mark.parametrize("kind", WITH_FIX)
def test_a_finding_offers_a_change_that_can_be_made_and_written(kind: str) -> None:
    fix, planted = remedy(kind)
    changed = remedies.apply(planted, fix)  # pyright: ignore[reportArgumentType]
    assert changed != planted
    read = json.loads(json.dumps(fix.json()))
    again = remedies.apply(planted, Remedy(**read))  # pyright: ignore[reportArgumentType]
    assert again.networks == changed.networks
    assert again.training.phases == changed.training.phases


@pytest.mark.parametrize(
    "kind",
    ["softmax_twice", "loss_pair", "missing_nonlinearity", "same_start", "batch_norm_of_one"],
)
def test_what_stands_wrong_is_right_afterwards_and_trains(kind: str) -> None:
    fix, planted = remedy(kind)
    changed = remedies.apply(planted, fix)  # pyright: ignore[reportArgumentType]
    assert standing(changed) == []
    assert run_headless(changed.with_training(epochs=1, threads=1))["steps"] > 0


def test_a_layer_comes_behind_another_for_all_that_read_it() -> None:
    graph = chain([dense(16), ("relu", {}), dense(10)])
    graph, other = graph.add("dense", out_features=4)
    graph = graph.connect("n3", other)
    given = {"network": "main", "nodes": ["n3"], "spec": "dropout", "params": {"p": 0.2}}
    after = remedies.apply(MLP.with_graph(graph), Remedy("behind", "", given)).graph
    made = next(n.id for n in after.nodes.values() if n.spec == "dropout")
    assert {e.target for e in after.edges if e.source == "n3"} == {made}
    assert {e.target for e in after.edges if e.source == made} == {"n4", other}


def test_layers_come_in_front_of_one_in_their_order() -> None:
    layers = [("dense", {"out_features": 64}), ("relu", {})]
    given = {"network": "main", "node": "n4", "layers": layers}
    after = remedies.apply(MLP, Remedy("front", "", given)).graph
    row = [after.nodes[i].spec for i in after.order()]
    assert row == ["input", "dense", "relu", "dense", "relu", "dense", "cross_entropy"]
    assert run_headless(MLP.with_graph(after).with_training(epochs=1))["steps"] > 0


def test_what_has_gone_cannot_be_mended() -> None:
    fix = Remedy("remove", "Remove “softmax”", {"network": "main", "nodes": ["n99"]})
    with pytest.raises(ValueError, match=r"Remove “softmax”.*has changed"):
        remedies.apply(MLP, fix)
    with pytest.raises(ValueError, match="no change of the kind"):
        remedies.apply(MLP, Remedy("magic", "", {}))


def test_a_run_takes_over_rates_and_clipping_only() -> None:
    rate = Remedy("optimizer", "", {"phase": 1, "values": {"lr": 0.01}})
    assert remedies.live(rate) == (("phases.1.optimizer.params.lr", 0.01),)
    clip = Remedy("phase", "", {"phase": 0, "values": {"clip_norm": 1.0, "schedule": "constant"}})
    assert remedies.live(clip) == (("phases.0.clip_norm", 1.0),)
    assert remedies.live(Remedy("data", "", {"values": {"scaling": "minmax"}})) == ()


def test_other_settings_stay_as_they_are() -> None:
    made = MLP.with_phase(0, optimizer=Choice(id="sgd", params={"momentum": 0.9}))
    after = remedies.apply(
        made, Remedy("optimizer", "", {"phase": 0, "values": {"lr": 0.5}})
    ).phase.optimizer
    assert after.params == {"momentum": 0.9, "lr": 0.5}
