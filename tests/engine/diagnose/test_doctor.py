"""What is told of a finding over time: once when new, again when changed, and when it has gone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from engine import files
from engine.catalog import registry
from engine.catalog.spec import TemplateSpec
from engine.diagnose.doctor import Doctor, standing
from engine.diagnose.samples import BUCKETS, WINDOW, Curve, Samples
from engine.diagnose.structure import Body
from engine.networks import extract
from engine.train import events as ev
from engine.train.failure import Ended
from tests.engine.diagnose.telling import norms, outputs, started, steps, told, weighted
from tests.engine.train.projects import chain, dense, project

MLP = project([dense(16), ("relu", {}), dense(10)])
NODES = tuple(node for node, _ in started(MLP).nodes)


def silent(step: int, share: float = 0.999) -> ev.Activations:
    return outputs(NODES, step, dead={"n3": share})


def test_a_finding_is_told_once_and_says_when_it_has_gone() -> None:
    events: list[Any] = [steps([2.0] * 9)]
    events += [silent(i) for i in range(10)]
    events += [silent(10 + i, 0.4) for i in range(40)]
    found = told(MLP, events)
    assert [(f.kind, f.node, f.news) for f in found] == [
        ("dead_relu", "n3", "new"),
        ("dead_relu", "n3", "gone"),
    ]
    assert found[0].step == 8


def test_changed_figures_are_told_now_and_then() -> None:
    events = [silent(i, 0.98 + 0.0001 * i) for i in range(80)]
    news = [f.news for f in told(MLP, [steps([2.0]), *events])]
    assert news[0] == "new"
    assert set(news[1:]) == {"still"}
    assert 1 <= len(news[1:]) < 10


def test_the_same_events_give_the_same_findings() -> None:
    events = [steps([2.0]), *(silent(i) for i in range(20))]
    assert told(MLP, events) == told(MLP, events)


def test_one_that_is_explained_is_not_told() -> None:
    names = weighted(MLP)
    sick: list[Any] = [steps([2.0])]
    for i in range(12):
        sick += [silent(i), norms(names, i, [0.0, 0.1])]
    assert {f.kind for f in told(MLP, sick)} == {"dead_relu"}


def test_another_run_begins_from_nothing() -> None:
    doctor = Doctor(MLP)
    doctor.take((started(MLP), *(silent(i) for i in range(9))))
    assert [f.kind for f in doctor.findings] == ["dead_relu"]
    doctor.take((started(MLP),))
    assert doctor.findings == ()


def test_an_edit_lets_findings_go_and_looks_anew() -> None:
    doctor = Doctor(MLP)
    doctor.take((started(MLP), *(silent(i) for i in range(9))))
    doctor.changed(MLP.with_graph(chain([dense(16), ("leaky_relu", {}), dense(10)])))
    phase = ev.PhaseStarted("train", "main", started(MLP).nodes, (("n5", "loss"),))
    events = [ev.Edited(9, "swapped", (phase,)), *(silent(9 + i) for i in range(9))]
    assert [(f.kind, f.news) for f in doctor.take(events)] == [("dead_relu", "gone")]


def test_a_rule_that_fails_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise Ended("oops")

    monkeypatch.setattr("engine.diagnose.outputs.dead", broken)
    found = told(MLP, [silent(i) for i in range(20)])
    assert [f.kind for f in found] == ["rule"]
    assert "Dead ReLU" in found[0].message


def test_it_costs_little_on_a_small_network() -> None:
    doctor, names = Doctor(MLP), weighted(MLP)
    doctor.take((started(MLP),))
    begin = time.perf_counter()
    for i in range(200):
        doctor.take((steps([2.0] * 50, 50 * i), norms(names, i), silent(i, 0.5)))
    assert (time.perf_counter() - begin) / 200 < 2e-3


def test_figures_of_many_steps_stay_few() -> None:
    curve = Curve()
    values = np.linspace(4.0, 1.0, 100_000)
    for part in np.array_split(values, 700):
        curve.take(part)
    assert len(curve.means) <= BUCKETS
    assert curve.start == pytest.approx(4.0, abs=1e-3)
    assert curve.recent() == pytest.approx(1.15, abs=0.03)
    assert np.mean(curve.means) == pytest.approx(2.5, abs=0.02)
    assert curve.peak == pytest.approx(4.0, abs=1e-3)


def test_the_last_samples_come_oldest_first() -> None:
    held = Samples(("a", "b"), ("grad",))
    for i in range(WINDOW + 5):
        held.take(i, grad=[i, 2 * i])
    assert held.last("grad", 3)[:, 0].tolist() == [WINDOW + 2, WINDOW + 3, WINDOW + 4]
    assert held.typical("grad", 3).tolist() == [WINDOW + 3, 2 * (WINDOW + 3)]


@pytest.mark.parametrize("name", list(registry.of_kind(TemplateSpec)))
def test_no_rule_doubts_a_template_as_it_stands(name: str) -> None:
    assert standing(files.template(name)) == []


def test_parts_of_sub_networks_have_the_paths_that_events_name() -> None:
    made = project([dense(8), ("relu", {}), dense(8), ("relu", {}), dense(10)])
    inner = extract(made, "main", ["n2", "n3", "n4"]).project
    place = next(n for n in inner.graph.nodes.values() if n.spec == "network")
    tripled = inner.with_graph(inner.graph.set_params(place.id, {"times": 3}))
    parts = Body(tripled, "main").parts
    copies = [path for path in parts if path.startswith(f"{place.id}#1/")]
    assert len(copies) == 3
    first = next(p for p in copies if parts[p].spec.id == "dense")
    above = Body(tripled, "main").ahead(parts[first])
    assert above is not None
    assert above.path.startswith(f"{place.id}#0/")
    assert above.network == parts[first].network != "main"
