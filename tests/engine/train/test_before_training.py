"""What happens to a network, or to a copy of it, before the first step."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import pytest
import torch

from engine.compile import compile_graph
from engine.project import Choice
from engine.train import chance
from engine.train.control import Control
from engine.train.evaluate import evaluating
from engine.train.events import Event, Finding
from engine.train.finder import FACTOR, HIGHEST, LOWEST, STEPS, find_rate, read, smooth
from engine.train.setup import prepare
from engine.train.trainer import Trainer
from engine.train.variances import spreads
from tests.engine.train.projects import MLP, NOISY, classes, dense, project

if TYPE_CHECKING:
    from engine.project import Project

DEEP = (*[layer for _ in range(6) for layer in (dense(64), ("tanh", {}))], dense(10))


# -- the finder


def test_rates_go_from_the_smallest_to_the_largest_in_500_steps() -> None:
    assert math.exp(math.log(10**6) / 500) == FACTOR
    last = LOWEST * FACTOR**STEPS
    assert last == pytest.approx(HIGHEST)


def test_the_suggestion_is_a_tenth_of_the_turning_point() -> None:
    rates = [LOWEST * FACTOR**t for t in range(STEPS)]
    losses = [1.0 - 0.9 * math.exp(-(((t - 300) / 60) ** 2)) for t in range(STEPS)]
    found = read(rates, losses)
    assert found.turning is not None
    assert found.suggestion == found.turning / 10
    assert 300 <= rates.index(found.turning) <= 315
    assert found.note == ""
    assert smooth([2.0, 2.0, 2.0]) == pytest.approx([2.0, 2.0, 2.0])


def test_a_loss_that_never_falls_suggests_nothing() -> None:
    found = read([0.1, 0.2, 0.3], [1.0, 1.1, 1.5])
    assert (found.turning, found.suggestion) == (None, None)
    assert "never fell" in found.note


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_search_leaves_no_trace_and_ends_when_the_loss_diverges(optimizer: str) -> None:
    made = project(NOISY).with_phase(optimizer=Choice(id=optimizer), warmup_steps=9)
    data = classes()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    told: list[float] = []
    found = find_rate(made, data, told=lambda rate, _: told.append(rate))
    assert torch.equal(before, torch.get_rng_state())
    assert tuple(told) == found.rates
    assert found.rates[0] == LOWEST
    assert found.rates[10] == pytest.approx(LOWEST * FACTOR**10)
    assert len(found.rates) <= STEPS + 1
    assert all(map(math.isfinite, found.losses))
    again = find_rate(made, data)
    assert again.losses == found.losses


def test_a_search_can_be_given_up() -> None:
    count = iter(range(1000))
    found = find_rate(project(MLP), classes(), cancelled=lambda: next(count) >= 20)
    assert len(found.rates) == 20


def test_a_run_and_a_trial_do_not_share_random_numbers() -> None:
    with chance.running(), pytest.raises(ValueError, match="under way"):
        find_rate(project(MLP), classes())
    begun, seen = threading.Event(), list[int]()

    def search() -> None:
        seen.append(len(find_rate(project(MLP), classes(), told=lambda *_: begun.set()).rates))

    thread = threading.Thread(target=search)
    thread.start()
    assert begun.wait(30)
    with chance.running():
        thread.join(30)
    assert not thread.is_alive()
    assert seen[0] <= STEPS


# -- deviations


def test_deviations_are_those_of_the_first_batch() -> None:
    made, data = project(MLP), classes()
    before = torch.get_rng_state()
    found = spreads(made, data)
    assert torch.equal(before, torch.get_rng_state())
    assert [row.initializer for row in found.rows] == ["He normal", "Glorot uniform"]
    ready = prepare(made, data)
    run = ready.phases[0]
    total, _, _, taps = run.tapped(*run.batches.at(0, 0))
    names = [tap.node for tap in ready.network.taps]
    for row in found.rows:
        tap = taps[names.index(row.node)]
        (grad,) = torch.autograd.grad(total, tap, retain_graph=True)
        assert row.output == pytest.approx(tap.std().item())
        assert row.gradient == pytest.approx(grad.std().item())
    first = ready.network.get_parameter("dense.weight")
    assert found.rows[0].weight == pytest.approx(first.std().item())


def test_a_choice_against_the_table_is_warned_of() -> None:
    found = spreads(project(MLP, initializer="lecun_normal"), classes())
    assert "suits He normal; LeCun normal" in found.rows[0].warning
    assert "suits Glorot uniform" in found.rows[1].warning
    for quiet in ("auto", "orthogonal", "pytorch", "normal"):
        assert not any(r.warning for r in spreads(project(MLP, initializer=quiet), classes()).rows)


def test_fading_and_growing_are_told() -> None:
    small = project(DEEP, initializer="normal", initializer_params={"std": 0.02})
    assert "put out fade" in spreads(small, classes()).note
    assert "keep their size" in spreads(project(DEEP), classes()).note
    assert "one and the same" in spreads(project(DEEP, initializer="zeros"), classes()).note


# -- where weights and biases start


def outputs(made: Project) -> list[float]:
    """Return the variance of what each dense layer puts out on the first batch."""
    ready = prepare(made, classes())
    run = ready.phases[0]
    with evaluating(ready.network):
        taps = run.tapped(*run.batches.at(0, 0))[3]
    found = zip(ready.network.taps, taps, strict=True)
    return [tap.var(correction=0).item() for at, tap in found if "dense" in at.name]


@pytest.mark.parametrize("layers", [MLP, NOISY, DEEP])
def test_every_layer_puts_out_unit_variance_on_the_first_batch(layers: tuple[object, ...]) -> None:
    made = project(layers, initializer="lsuv")  # type: ignore[arg-type]
    assert outputs(made) == pytest.approx([1.0] * len(outputs(made)), abs=0.011)
    assert outputs(project(layers)) != pytest.approx([1.0], abs=0.1)  # type: ignore[arg-type]


def test_a_single_layer_can_be_scaled_by_the_first_batch() -> None:
    made = project(MLP)
    made = made.with_graph(made.graph.change("n4", initializer="lsuv"))
    first, last = outputs(made)
    assert last == pytest.approx(1.0, abs=0.011)
    assert first == pytest.approx(outputs(project(MLP))[0])


def test_a_layer_that_puts_out_nothing_is_left_as_it_was() -> None:
    made = project((dense(8), ("relu", {}), dense(10)), initializer="lsuv")
    graph = made.graph.change("n2", initializer="zeros")
    ready = prepare(made.with_graph(graph), classes())
    assert all(p.isfinite().all() for p in ready.network.parameters())


def test_settings_of_initializers_and_biases_are_used() -> None:
    made = project(MLP, initializer="constant", initializer_params={"val": 0.25})
    graph = made.graph.change("n2", initial_bias=0.5)
    graph = graph.change("n4", initializer="uniform", initializer_params={"a": 0.0, "b": 1e-3})
    ready = prepare(made.with_graph(graph), classes())
    first, bias, last, zero = ready.network.parameters()
    assert (first == 0.25).all()
    assert (bias == 0.5).all()
    assert 0 <= last.min().item() <= last.max().item() <= 1e-3
    assert (zero == 0).all()
    network = compile_graph(
        made.graph.change("n2", initial_bias=2.0), classes().fields, initializer="pytorch"
    )
    assert (network.get_parameter("dense.bias") == 2.0).all()


# -- advice


def told(made: Project) -> list[str]:
    events: list[Event] = []
    Trainer(made, events.append, Control()).run(classes())
    return [e.message for e in events if isinstance(e, Finding) and e.kind == "advice"]


def test_choices_that_work_against_each_other_are_told() -> None:
    small = project(MLP, epochs=1)
    (text,) = told(small.with_phase(optimizer=Choice(id="lbfgs")))
    assert "set batches to “all”" in text
    assert told(small.with_training(batch="all").with_phase(optimizer=Choice(id="lbfgs"))) == []
    (text,) = told(small.with_phase(warmup_steps=500))
    assert "never arrives" in text
    (text,) = told(small.with_phase(average="swa", average_from=5))
    assert "Begin earlier" in text
    assert told(small) == []
