"""Whatever the optimizer or the treatment: a run that is watched, paused or edited goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.catalog import registry
from engine.catalog.spec import OptimizerSpec, ScheduleSpec
from engine.monitor import sampler
from engine.project import Choice
from engine.train.control import Control
from engine.train.events import Done, Event, Failed, Finding
from engine.train.trainer import Trainer
from tests.engine.train.projects import NOISY, classes, project
from tests.engine.train.test_editing import Script

if TYPE_CHECKING:
    from engine.project import Project

TREATMENTS: dict[str, dict[str, Any]] = {
    "clipped": {"clip_each": 0.1, "clip_adaptive": 0.1, "l1": 0.01},
    "limited": {"max_norm": 0.5},
    "moving average": {"average": "ema"},
    "mean": {"average": "swa"},
    "warm-up": {"warmup_steps": 4},
    "spared": {"decay_biases": False, "optimizer": Choice(id="adamw")},
}
CASES = [
    *(pytest.param({"optimizer": Choice(id=i)}, id=i) for i in registry.of_kind(OptimizerSpec)),
    *(pytest.param({"schedule": Choice(id=i)}, id=i) for i in registry.of_kind(ScheduleSpec)),
    *(pytest.param(changes, id=name) for name, changes in TREATMENTS.items()),
]


def bits(made: Project) -> str:
    events: list[Event] = []
    Trainer(made, events.append, Control()).run(classes())
    assert [e for e in events if isinstance(e, Failed)] == []
    (done,) = [e for e in events if isinstance(e, Done)]
    return done.result["parameters_sha256"]


@pytest.mark.parametrize("changes", CASES)
def test_watching_changes_no_bit(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "RATE", 1e9)
    made = project(NOISY, tolerance=1e-9).with_phase(**changes)
    assert bits(made.with_training(watch_share=1.0)) == bits(made.with_training(watch=False))


def wider(made: Project) -> Project:
    graph, node = made.graph.add("dense", out_features=12)
    graph = graph.remove(["n4"], heal=True).connect("n3", node).connect(node, "n5")
    return made.with_graph(graph.set_params("n2", {"out_features": 20}))


@pytest.mark.parametrize("changes", CASES)
def test_another_network_under_way(changes: dict[str, Any]) -> None:
    made = project(NOISY, epochs=4).with_phase(**changes)
    script = Script(made, wider, data=classes())
    assert [e.message for e in script.of(Finding) if e.kind == "edit"] == []
    assert script.hash


@pytest.mark.parametrize("changes", CASES)
def test_an_edit_that_changes_nothing_changes_no_bit(changes: dict[str, Any]) -> None:
    if "average" in changes or changes.get("optimizer", Choice(id="")).id in ("lbfgs", "lookahead"):
        return  # what these remember begins anew
    made = project(NOISY, epochs=3).with_phase(**changes)
    same = Script(made, lambda now: now.with_phase(name="train"), data=classes())
    assert same.hash == Script(made, data=classes()).hash
