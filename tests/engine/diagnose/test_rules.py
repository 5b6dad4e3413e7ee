"""Every rule finds what it is for at the right node, and says nothing of a sound run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.catalog import registry
from engine.catalog.spec import FindingSpec
from engine.project import Choice
from engine.train import events as ev
from engine.train.inspection import Fault
from tests.engine.diagnose.telling import (
    classes,
    data,
    epoch,
    field,
    kinds,
    norms,
    outputs,
    started,
    steps,
    told,
    weighted,
)
from tests.engine.train.projects import chain, dense, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.project import Project

RULES = registry.of_kind(FindingSpec)
DEEP = project([layer for _ in range(6) for layer in (dense(8), ("sigmoid", {}))] + [dense(10)])
MLP = project([dense(16), ("relu", {}), dense(16), ("tanh", {}), dense(10)])
SMOOTH = project([dense(16), ("relu", {}), dense(1)], "mse", "diabetes")
DEEP_W, MLP_W, SMOOTH_W = weighted(DEEP), weighted(MLP), weighted(SMOOTH)
MLP_N = tuple(node for node, _ in started(MLP).nodes)
FALLING = [2.3 * 0.99**i for i in range(200)]
EVEN = classes(70, 70, 70, 70, 70, 70, 70, 70, 70, 70)


def run(*events: ev.Event) -> list[ev.Event]:
    return [steps(FALLING), *events]


def sampled(make: Callable[[int], ev.Event], count: int = 12) -> list[ev.Event]:
    return [make(10 * i) for i in range(count)]


def fault(node: str) -> Fault:
    return Fault("forward", node, "dense", (3, 5), (30, 50))


def vanished(norm: float) -> list[ev.Event]:
    grads = [norm * 6.0**i for i in range(len(DEEP_W))]
    return run(*sampled(lambda s: norms(DEEP_W, s, grads)))


def died(share: float) -> list[ev.Event]:
    return run(*sampled(lambda s: outputs(MLP_N, s, dead={"n3": share})))


def saturated(node: str) -> list[ev.Event]:
    beside = sampled(lambda s: norms(MLP_W, s))
    return run(*beside, *sampled(lambda s: outputs(MLP_N, s, ends={node: 1})))


def grown(size: float) -> list[ev.Event]:
    return run(*sampled(lambda s: outputs(MLP_N, s, high={"n4": size, "n5": size})))


def curves(train: list[float], held: list[float]) -> list[ev.Event]:
    told = [steps(FALLING), *sampled(lambda s: norms(MLP_W, s))]
    return [
        data(EVEN),
        *told,
        *(epoch(i + 1, t, h) for i, (t, h) in enumerate(zip(train, held, strict=True))),
    ]


def fall(start: float, end: float, count: int) -> list[float]:
    return [end + (start - end) * 0.7**i for i in range(count)]


TWENTY = [0.3 + 0.02 * i for i in range(20)]
CASES: dict[str, tuple[Project, list[ev.Event], str, Project, list[ev.Event]]] = {
    "vanishing_gradients": (DEEP, vanished(1e-8), "n2", DEEP, vanished(1e-4)),
    "exploding_gradients": (
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, [1e2, 5e3, 1e3]))),
        "n4",
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, [1e2, 5e3, 1e3], treated=1.0))),
    ),
    "no_gradient": (
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, [0.0, 0.0, 0.1]))),
        "n4",
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, [0.0 if s < 50 else 1e-3, 0.1, 0.1]))),
    ),
    "not_finite": (
        MLP,
        run(ev.Failed("The loss is no number.", "n4", "main", fault("n4"), 9)),
        "n4",
        MLP,
        run(ev.Failed("There is not enough memory.", "n4")),
    ),
    "dead_relu": (MLP, died(0.999), "n3", MLP, died(0.8)),
    "saturation": (MLP, saturated("n5"), "n5", MLP, saturated("n4")),
    "exploding_activations": (MLP, grown(1e5), "n4", MLP, grown(50.0)),
    "lr_too_high": (
        MLP,
        [
            *sampled(lambda s: norms(MLP_W, s, update=[0.5, 2.0, 0.5])),
            steps([2.3, *[40.0] * 60]),
        ],
        "n4",
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, update=0.15))),
    ),
    "lr_too_low": (
        MLP,
        [steps([2.3] * 90), *sampled(lambda s: norms(MLP_W, s, update=[2e-6, 1e-6, 2e-6]))],
        "n4",
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, update=1e-6))),
    ),
    "update_ratio": (
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, update=[1e-3, 1e-8, 1e-3]))),
        "n4",
        MLP,
        run(*sampled(lambda s: norms(MLP_W, s, update=[1e-3, 1e-5, 1e-3]))),
    ),
    "no_learning": (
        MLP,
        curves([math.log(10)] * 8, [math.log(10)] * 8),
        "n7",
        MLP,
        curves(fall(2.3, 1.0, 8), fall(2.3, 1.0, 8)),
    ),
    "underfitting": (
        MLP,
        curves(fall(2.3, 1.9, 30), fall(2.3, 1.9, 30)),
        "n7",
        MLP,
        curves(fall(2.3, 0.4, 30), fall(2.3, 0.5, 30)),
    ),
    "plateau": (
        MLP.with_phase(0, schedule=Choice(id="exponential")),
        [*curves([2.3, 1.5], [2.3, 1.5]), steps([1.0] * 20, 200, 1e-9)]
        + [epoch(i + 3, 1.0, 1.0) for i in range(12)],
        "n7",
        MLP,
        curves([2.3, 1.5, *[1.0] * 12], [2.3, 1.5, *[1.0] * 12]),
    ),
    "overfitting": (
        MLP,
        curves(fall(2.0, 0.01, 20), TWENTY),
        "n7",
        MLP,
        curves(fall(2.0, 0.2, 20), fall(2.0, 0.3, 20)),
    ),
    "validation_easier": (
        MLP,
        curves(fall(2.0, 1.0, 12), fall(1.0, 0.4, 12)),
        "n7",
        MLP,
        curves(fall(2.0, 1.0, 12), fall(1.8, 0.9, 12)),
    ),
    "input_scale": (
        MLP.with_data(scaling="none"),
        [data(field(low=0, high=4e3, spread=(0.1, 1.0, 600.0)), EVEN)],
        "n1",
        MLP,
        [data(field(), EVEN)],
    ),
    "target_scale": (
        SMOOTH,
        [data(field(), field("target", "target", mean=150, std=77, high=350))],
        "n5",
        SMOOTH,
        [data(field(), field("target", "target"))],
    ),
    "target_range": (
        SMOOTH.with_graph(chain([dense(4), ("tanh", {}), dense(1), ("sigmoid", {})], "mse")),
        [data(field(), field("target", "target"))],
        "n5",
        SMOOTH.with_graph(chain([dense(4), ("tanh", {}), dense(1), ("sigmoid", {})], "mse")),
        [data(field(), field("target", "target", low=0.0, high=1.0, std=0.3))],
    ),
    "class_imbalance": (MLP, [data(field(), classes(900, 40))], "n7", MLP, [data(field(), EVEN)]),
    "softmax_twice": (
        MLP.with_graph(chain([dense(10), ("softmax", {}), ("dropout", {})])),
        [],
        "n5",
        MLP.with_graph(chain([dense(10), ("log_softmax", {})])),
        [],
    ),
    "loss_pair": (
        MLP.with_graph(chain([dense(10), ("relu", {})])),
        [],
        "n4",
        MLP.with_graph(chain([dense(10), ("log_softmax", {})], "nll")),
        [],
    ),
    "missing_nonlinearity": (
        MLP.with_graph(chain([dense(64), ("dropout", {}), dense(10)])),
        [],
        "n4",
        MLP.with_graph(chain([dense(4), dense(10)])),
        [],
    ),
    "same_start": (
        MLP.with_graph(MLP.graph.change("n4", initializer="zeros")),
        [],
        "n4",
        MLP.with_graph(MLP.graph.change("n6", initializer="zeros")),
        [],
    ),
    "batch_norm_of_one": (
        project([dense(8), ("batch_norm1d", {}), ("relu", {}), dense(10)], batch="one"),
        [],
        "n3",
        project([dense(8), ("batch_norm1d", {}), ("relu", {}), dense(10)]),
        [],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_what_is_planted_is_found_at_its_node(kind: str) -> None:
    planted, events, node, _, _ = CASES[kind]
    found = [f for f in told(planted, events) if f.kind == kind]
    assert found, kinds(planted, events)
    assert (found[0].node, found[0].news) == (node, "new")
    assert found[0].evidence
    assert found[0].message.endswith((".", "?"))
    assert found[0].cause == RULES[kind].cause


@pytest.mark.parametrize("kind", CASES)
def test_what_is_sound_is_not_told(kind: str) -> None:
    _, _, _, sound, events = CASES[kind]
    assert kind not in kinds(sound, events)


CONTESTS = {"judge_wins", "mode_collapse"}


def test_every_rule_is_planted_here_or_as_a_contest() -> None:
    assert set(CASES) | CONTESTS == set(RULES)


def test_a_sound_run_hears_nothing() -> None:
    events: list[Any] = [data(field(), EVEN), *curves(fall(2.3, 0.2, 30), fall(2.3, 0.3, 30))]
    events += sampled(lambda s: outputs(MLP_N, s)) + sampled(lambda s: norms(MLP_W, s))
    assert told(MLP, events) == []


def test_a_penalty_on_activity_wants_zeros() -> None:
    graph = chain([dense(16), ("relu", {}), dense(10)])
    graph, penalty = graph.add("activity_penalty")
    graph = graph.connect("n3", penalty, target_port="in")
    sparse = MLP.with_graph(graph)
    nodes = tuple(node for node, _ in started(sparse).nodes)
    events = sampled(lambda s: outputs(nodes, s, dead={"n3": 0.999}))
    assert kinds(sparse, run(*events)) == []


def test_the_chance_of_rare_classes_is_lower() -> None:
    counts = np.array([900.0, 100.0])
    shares = counts / counts.sum()
    chance = -(shares * np.log(shares)).sum()
    flat = [epoch(i + 1, chance, chance) for i in range(12)]
    assert "no_learning" in kinds(MLP, [data(field(), classes(900, 100)), *flat])


def test_a_rate_that_came_down_is_not_too_low() -> None:
    samples = sampled(lambda s: norms(MLP_W, s, update=1e-7))
    assert kinds(MLP, [steps([2.3] * 50), steps([2.3] * 50, 50, 1e-7), *samples]) == []


def test_a_run_that_stops_early_deals_with_overfitting_itself() -> None:
    stopping = MLP.training.early_stopping.but(enabled=True)
    _, events, *_ = CASES["overfitting"]
    assert kinds(MLP.with_training(early_stopping=stopping), events) == []


def test_weights_against_rare_classes_are_taken_into_account() -> None:
    weighed = MLP.with_graph(MLP.graph.set_params("n7", {"class_weights": (0.5, 10.0)}))
    assert kinds(weighed, [data(field(), classes(900, 40))]) == []


def test_a_network_that_normalises_first_scales_for_itself() -> None:
    normed = project([("batch_norm1d", {}), dense(8), ("relu", {}), dense(10)])
    wild = field(low=0, high=4e3, spread=(0.1, 1.0, 600.0))
    assert kinds(normed, [data(wild, EVEN)]) == []


def test_thresholds_are_declared_numbers_with_words() -> None:
    for spec in RULES.values():
        assert spec.covers == ("MON-05",)
        assert spec.cause
        assert spec.notes
        assert spec.pitfalls
        assert all(isinstance(p.default, int | float) and p.doc for p in spec.params)
        assert set(spec.yields_to) <= set(RULES)
        assert spec.id not in spec.yields_to
