"""What is done to gradients, weights and rates around a step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.optim import lr_scheduler

from engine.modules.schedules import WarmUp
from engine.modules.treatment import Average, clip_adaptively_, clip_each_, limit_norms_
from engine.project import Choice, Phase
from engine.session import Session
from engine.train.control import Control
from engine.train.events import Done, Event, Failed, Norms, StateChanged
from engine.train.schedules import Schedule, curve
from engine.train.setup import prepare
from engine.train.trainer import Trainer
from engine.train.traits import traits
from tests.engine.train.projects import MLP, classes, dense, project

if TYPE_CHECKING:
    from engine.project import Project
    from engine.train.phase import PhaseRun


def run(made: Project) -> tuple[list[Event], Trainer]:
    events: list[Event] = []
    trainer = Trainer(made, events.append, Control())
    trainer.run(classes())
    assert [e for e in events if isinstance(e, Failed)] == []
    return events, trainer


def phase_of(made: Project) -> PhaseRun:
    return prepare(made, classes()).phases[0]


def values(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for shape in shapes]


# -- gradients


def test_each_gradient_is_clipped_by_itself() -> None:
    large, small = torch.tensor([3.0, 4.0]), torch.tensor([0.3, 0.4])
    clip_each_([large, small], 1.0)
    torch.testing.assert_close(large, torch.tensor([0.6, 0.8]), rtol=1e-6, atol=0)
    torch.testing.assert_close(small, torch.tensor([0.3, 0.4]))


def test_clipping_by_norm_keeps_the_direction_and_by_value_does_not() -> None:
    phase = Phase(clip_norm=1.0)
    made = project(MLP)
    for changes, expected in (
        ({"clip_norm": 1.0}, (0.00899964, 0.9999595)),
        (
            {"clip_value": 1.0},
            (0.9, 1.0),
        ),
    ):
        ready = phase_of(made.with_phase(**changes))
        grads = [torch.zeros_like(p) for p in ready.parameters]
        grads[0].view(-1)[:2] = torch.tensor([0.9, 100.0])
        assert ready.adjust is not None
        ready.adjust(grads)
        assert grads[0].view(-1)[:2].tolist() == pytest.approx(expected, rel=1e-4)
    assert phase.clip_value is None


def test_adaptive_clipping_goes_by_the_norm_of_each_unit() -> None:
    weight, bias = torch.tensor([[3.0, 4.0], [0.3, 0.4]]), torch.zeros(2)
    gradient, slope = torch.tensor([[0.0, 1.0], [0.0, 1.0]]), torch.tensor([1.0, 0.0])
    clip_adaptively_([weight, bias], [gradient, slope], 0.1)
    torch.testing.assert_close(gradient, torch.tensor([[0.0, 0.5], [0.0, 0.05]]))
    torch.testing.assert_close(slope, torch.tensor([1e-4, 0.0]))


def test_penalties_of_layers_stand_in_for_those_of_the_phase() -> None:
    made = project(MLP).with_phase(l1=0.5, l2=0.25)
    graph = made.graph.change("n2", l1=0.0).change("n4", l2=1.0)
    ready = phase_of(made.with_graph(graph))
    grads = [torch.zeros_like(p) for p in ready.parameters]
    assert ready.adjust is not None
    ready.adjust(grads)
    first, bias, last, other = ready.parameters
    torch.testing.assert_close(grads[0], 0.5 * first)
    torch.testing.assert_close(grads[2], 0.5 * last.sign() + 2 * last)
    assert not grads[1].any()
    assert not grads[3].any()
    assert bias.dim() == other.dim() == 1


def test_penalties_reach_biases_if_that_is_wanted() -> None:
    graph = project(MLP).graph.change("n2", initial_bias=0.5)
    ready = phase_of(project(MLP).with_graph(graph).with_phase(l2=1.0, penalize_biases=True))
    grads = [torch.zeros_like(p) for p in ready.parameters]
    assert ready.adjust is not None
    ready.adjust(grads)
    assert grads[1].tolist() == [1.0] * 16


def test_the_norm_after_clipping_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project(MLP, watch_share=1.0)
    events, _ = run(made.with_phase(clip_norm=0.01))
    told = [e for e in events if isinstance(e, Norms)]
    assert told
    for event in told:
        assert event.treated == pytest.approx(0.01, rel=1e-3)
        assert event.total_grad > 0.01
    events, _ = run(made)
    assert {e.treated for e in events if isinstance(e, Norms)} == {None}


# -- weights


def test_norms_of_units_are_limited_after_every_step() -> None:
    made = project(MLP).with_phase(max_norm=0.5)
    _, trainer = run(made.with_graph(made.graph.change("n2", max_norm=0.1)))
    assert trainer.prepared is not None
    first, _, last, _ = trainer.prepared.phases[0].parameters
    assert first.norm(dim=1).max().item() == pytest.approx(0.1, rel=1e-4)
    assert last.norm(dim=1).max().item() <= 0.5001
    kernel = values((4, 3, 5, 5))[0]
    limit_norms_([kernel], 1.0)
    assert kernel.flatten(1).norm(dim=1).tolist() == pytest.approx([1.0] * 4, rel=1e-5)


def test_factors_of_places_multiply_and_the_innermost_limit_counts() -> None:
    inner = project(MLP).graph
    outer, place = inner.but(nodes={}, edges=()).add("network", network="inner")
    outer = outer.change(place, lr_factor=0.5, l1=0.1, max_norm=2.0)
    inner = inner.change("n2", lr_factor=0.2, max_norm=3.0)
    networks = {"main": outer, "inner": inner}
    found = traits(Phase(l2=0.7), networks, f"{place}#1/n2")
    assert (found.lr_factor, found.l1, found.l2, found.max_norm) == (0.1, 0.1, 0.7, 3.0)
    assert traits(Phase(), networks, f"{place}/n4").max_norm == 2.0


def test_a_moving_average_and_a_mean() -> None:
    tensor = torch.zeros(1)
    moving, mean = Average([tensor], 0.9), Average([tensor])
    for step in range(5):
        tensor.fill_(step)
        moving.update()
        mean.update()
    expected = 0.0
    for step in range(1, 5):
        expected = 0.9 * expected + 0.1 * step
    for average, value in ((moving, expected), (mean, 2.0)):
        average.put()
        average.put()
        assert tensor.item() == pytest.approx(value)
        average.back()
        assert tensor.item() == 4.0


@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_averaged_weights_are_evaluated_and_kept(kind: str) -> None:
    made = project(MLP, epochs=3)
    events, trainer = run(made.with_phase(average=kind))
    plain, other = run(made)
    assert trainer.prepared is not None
    assert other.prepared is not None
    average = trainer.prepared.phases[0].average
    assert average is not None
    assert average.count == (9 if kind == "ema" else 3)
    ours, theirs = trainer.prepared.phases[0].parameters, other.prepared.phases[0].parameters
    assert all(torch.equal(a, b) for a, b in zip(ours, average.mean, strict=False))
    assert all(torch.equal(a, b) for a, b in zip(theirs, average.raw, strict=False))
    done = [e for e in (*events, *plain) if isinstance(e, Done)]
    assert done[0].result["test"] != done[1].result["test"]


def test_an_average_takes_running_statistics_along() -> None:
    layers = (dense(8), ("batch_norm1d", {}), ("relu", {}), dense(10))
    _, trainer = run(project(layers).with_phase(average="ema"))
    assert trainer.prepared is not None
    average = trainer.prepared.phases[0].average
    assert average is not None
    buffers = dict(trainer.prepared.network.named_buffers())
    held = {id(t) for t in average.tensors}
    floating = [b for b in buffers.values() if b.is_floating_point()]
    pointers = {t.data_ptr() for t in average.tensors}
    assert len(floating) == 2
    assert all(b.data_ptr() in pointers for b in floating)
    assert len(held) == len(average.tensors)


# -- rates


class Plain:
    """An optimizer, and the rates of a schedule."""

    def __init__(self, **settings: Any) -> None:
        self.optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], **settings)

    def rates(self, scheduler: Any, steps: int) -> list[float]:
        found: list[float] = []
        for _ in range(steps):
            found.append(self.optimizer.param_groups[0]["lr"])
            self.optimizer.step()
            scheduler.step()
        return found


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_linear_warm_up_is_torchs_own_in_sequence() -> None:
    ours, theirs = Plain(lr=0.1), Plain(lr=0.1)
    phase = Phase(warmup_steps=5, warmup_start=0.2)
    schedule = Schedule(Choice(id="cyclical"), ours.optimizer, 20, 20, phase)
    assert schedule.per_step
    constant = Schedule(Choice(id="constant"), (plain := Plain(lr=0.1)).optimizer, 20, 20, phase)
    linear = lr_scheduler.LinearLR(theirs.optimizer, 0.2, 1.0, 5)

    class Stepping:
        def step(self) -> None:
            constant.after_step()

    found = plain.rates(Stepping(), 20)
    assert found == pytest.approx(theirs.rates(linear, 20), abs=1e-9)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_schedule_begins_when_the_warm_up_is_over() -> None:
    theirs = Plain(lr=0.1)
    first = lr_scheduler.LinearLR(theirs.optimizer, 0.5, 1.0, 6)
    second = lr_scheduler.CosineAnnealingLR(theirs.optimizer, T_max=14)
    both = lr_scheduler.SequentialLR(theirs.optimizer, [first, second], [6])
    expected = theirs.rates(both, 20)
    ours = Plain(lr=0.1)
    phase = Phase(warmup_steps=6, warmup_start=0.5)
    schedule = Schedule(Choice(id="cosine"), ours.optimizer, 20, 20, phase)

    class Stepping:
        def step(self) -> None:
            schedule.after_step()
            schedule.after_epoch(0.0)

    assert ours.rates(Stepping(), 20) == pytest.approx(expected, abs=1e-9)


def test_an_exponential_warm_up_multiplies_by_the_same_factor() -> None:
    ours = Plain(lr=0.1)
    found = ours.rates(WarmUp(ours.optimizer, 4, 0.0001, "exponential"), 6)
    assert found == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.1])


def test_epochs_within_the_warm_up_do_not_count() -> None:
    ours = Plain(lr=1.0)
    phase = Phase(warmup_steps=10)
    choice = Choice(id="step", params={"step_size": 1, "gamma": 0.5})
    schedule = Schedule(choice, ours.optimizer, 4, 20, phase)
    at_ends: list[float] = []
    for _ in range(4):
        for _ in range(5):
            ours.optimizer.step()
            schedule.after_step()
        schedule.after_epoch(0.0)
        at_ends.append(ours.optimizer.param_groups[0]["lr"])
    assert at_ends[1:] == pytest.approx([1.0, 0.5, 0.25])
    assert at_ends[0] < 1.0


def test_the_rate_set_while_warming_up_is_where_it_leads_to() -> None:
    ready = phase_of(project(MLP, epochs=9).with_phase(warmup_steps=4, warmup_start=0.5))
    ready.set("lr", 0.2)
    assert ready.lr == pytest.approx(0.1)
    for _ in range(4):
        ready.stepper.step([torch.zeros_like(p) for p in ready.parameters])
        ready.schedule.after_step()
    assert ready.lr == pytest.approx(0.2)


def test_layers_keep_their_factor_when_the_rate_is_set() -> None:
    made = project(MLP).with_phase(schedule=Choice(id="cosine"))
    made = made.with_graph(made.graph.change("n2", lr_factor=0.1))
    ready = phase_of(made)
    ready.set("lr", 0.5)
    assert ready.lr == 0.5
    rates = {id(p): g["lr"] for g in ready.stepper.groups for p in g["params"]}
    assert [rates[id(p)] for p in ready.parameters] == pytest.approx([0.05, 0.05, 0.5, 0.5])


def test_a_curve_shows_the_warm_up() -> None:
    found = curve(Phase(warmup_steps=10, schedule=Choice(id="polynomial")), 10, 10)
    assert len(found) == 100
    assert found[0] == pytest.approx(1e-5)
    assert max(found) == pytest.approx(1e-3)
    assert found[-1] == pytest.approx(1e-3 / 9, rel=1e-6)
    assert curve(Phase(), 1) == [1e-3, 1e-3]


# -- the end


def test_a_run_ends_when_gradients_are_tiny() -> None:
    events, _ = run(project(MLP, epochs=9, tolerance=1e9))
    assert [e.result["epochs"] for e in events if isinstance(e, Done)] == [1]
    events, _ = run(project(MLP, epochs=3, tolerance=1e-9))
    assert [e.result["epochs"] for e in events if isinstance(e, Done)] == [3]


def test_second_order_reaches_the_bottom_of_a_small_problem() -> None:
    made = project((dense(10),), batch="all", epochs=20)
    quick, _ = run(made.with_phase(optimizer=Choice(id="lbfgs"), l2=0.05))
    slow, _ = run(made.with_phase(optimizer=Choice(id="sgd"), l2=0.05))
    losses = [e.result["train"]["loss"] for e in (*quick, *slow) if isinstance(e, Done)]
    assert losses[0] < losses[1]
    assert math.isfinite(losses[0])


def test_a_run_takes_over_how_gradients_are_treated() -> None:
    ready = phase_of(project(MLP))
    assert ready.adjust is None
    ready.treat_anew({"clip_value": 0.001, "max_norm": 0.5})
    grads = [torch.ones_like(p) for p in ready.parameters]
    assert ready.adjust is not None
    ready.adjust(grads)
    assert all((g == 0.001).all() for g in grads)
    assert ready.after_step is not None
    ready.after_step()
    assert max(p.norm(dim=1).max().item() for p in ready.parameters if p.dim() > 1) <= 0.5001
    ready.treat_anew({"clip_value": None, "max_norm": None})
    assert ready.adjust is None
    assert ready.after_step is None


def test_a_run_hears_of_clipping_under_way() -> None:
    events: list[Event] = []
    control = Control()
    control.send("set", "phases.0.clip_norm", 0.001)
    Trainer(project(MLP, watch_share=1.0), events.append, control).run(classes())
    told = [e.treated for e in events if isinstance(e, Norms)]
    assert told[-1] == pytest.approx(0.001, rel=1e-3)


def test_steps_between_two_looks_are_treated_anew_too() -> None:
    held: list[dict[str, torch.Tensor]] = []
    control = Control()

    def hear(event: Event) -> None:
        if isinstance(event, StateChanged) and event.state == "paused":
            held.append({k: v.clone() for k, v in trainer.prepared.root.state_dict().items()})
            control.send("set", "phases.0.clip_norm", 1e-12)
            control.send("resume")

    made = project(MLP, epochs=2, batch_size=4, watch=False)
    made = made.with_phase(optimizer=Choice(id="sgd", params={"momentum": 0.0}))
    control.send("step", 3)
    trainer: Any = Trainer(made, hear, control)
    trainer.run(classes())
    assert trainer.result["steps"] == 48
    (before,) = held
    for name, value in trainer.prepared.root.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=1e-9)


def test_what_a_run_cannot_take_over_is_refused() -> None:
    session = Session(project(MLP))
    for path, value, words in (
        ("phases.0.clip_norm", -1.0, "Clip norm must be more than 0"),
        ("phases.0.average", 1.0, "cannot be changed"),
        ("phases.9.l1", 0.1, "cannot be changed"),
        ("lr", None, "must be a number"),
    ):
        with pytest.raises(ValueError, match=words):
            session.set(path, value)
