"""What rules say must be so: odd losses, odd data, long runs, runs that were gone on with."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from engine.catalog.spec import Field
from engine.data.dataset import Dataset
from engine.diagnose.doctor import Doctor, standing
from engine.doubts import of_losses
from engine.graph import Graph
from engine.project import Project
from engine.train import events as ev
from engine.train.inspection import Fault
from engine.train.seen import seen
from tests.engine.diagnose.telling import classes, data, epoch, field, started, told
from tests.engine.train.projects import chain, dense, project

MLP = project([dense(16), ("relu", {}), dense(10)])
LOSS = next(n.id for n in MLP.graph.nodes.values() if n.spec == "cross_entropy")


def with_loss(**params: Any) -> Any:
    return MLP.with_graph(MLP.graph.set_params(LOSS, params))


def found(kind: str, made: Any, events: list[Any]) -> ev.Finding:
    return next(f for f in told(made, events) if f.kind == kind)


def test_an_edit_leaves_what_was_found_of_the_data() -> None:
    doctor, wild = Doctor(MLP), field(low=0, high=4e3, spread=(0.1, 1.0, 600.0))
    doctor.take((data(wild, classes(70, 70)), started(MLP)))
    assert "input_scale" in {f.kind for f in doctor.findings}
    doctor.changed(MLP.with_graph(chain([dense(16), ("leaky_relu", {}), dense(10)])))
    phase = ev.PhaseStarted("train", "main", started(MLP).nodes, started(MLP).losses)
    doctor.take((ev.Edited(9, "swapped", (phase,)),))
    assert "input_scale" in {f.kind for f in doctor.findings}


@pytest.mark.parametrize(
    "params",
    [{"class_weights": (1.0,) * 10}, {"label_smoothing": 0.3}, {"weight": 2.0}],
)
def test_a_loss_whose_figures_are_moved_has_no_known_chance(params: dict[str, Any]) -> None:
    """A smoothed loss has a floor: having come down to it is no underfitting."""
    events = [data(field(), classes(900, 100)), *(epoch(i + 1, 0.3, 0.3) for i in range(30))]
    events[1] = epoch(1, 0.6, 0.6)
    assert "underfitting" in {f.kind for f in told(MLP, events)}
    assert "underfitting" not in {f.kind for f in told(with_loss(**params), events)}


def test_the_best_constant_answers_each_column_by_its_own_mean() -> None:
    values = torch.tensor([[0.0, 100.0], [2.0, 102.0]])
    fields = {"target": Field(name="target", shape=(2,), role="target")}
    (told_,) = seen(Dataset({"train": {"target": values}}, fields, "regression")).fields
    assert told_.noise == 1.0
    assert told_.std > 50


def test_without_a_validation_part_none_is_spoken_of() -> None:
    events = [data(field(), classes(500, 500)), epoch(1, 0.69, math.nan)]
    events += [epoch(i + 1, 0.6, math.nan) for i in range(1, 30)]
    one = found("underfitting", MLP, events)
    assert "NaN" not in one.evidence
    assert "validation" not in one.evidence


def test_epochs_are_named_as_the_run_counts_them() -> None:
    """Also where only the last are remembered, and where a run was gone on with."""
    falling = [(0.5 - 0.02 * i, 0.3 + 0.1 * i) for i in range(20)]
    events = [epoch(600 + i, *pair) for i, pair in enumerate(falling)]
    one = found("overfitting", MLP, [data(field(), classes(70, 70)), *events])
    assert "since epoch 601" in one.message
    flat = [epoch(600 + i, math.log(2), 0.7) for i in range(12)]
    doctor = Doctor(MLP)
    doctor.take((data(field(), classes(70, 70)), started(MLP), *flat))
    one = next(f for f in doctor.findings if f.kind == "no_learning")
    assert "after 611 epochs" in one.message


def test_losses_below_zero_have_no_ratio() -> None:
    events = [epoch(1, 2.0, 1.0), *(epoch(i + 1, 0.3, -0.3) for i in range(1, 12))]
    assert "validation_easier" not in {f.kind for f in told(MLP, [data(field()), *events])}
    events = [epoch(1, 2.0, 1.0), *(epoch(i + 1, 0.3, 0.1) for i in range(1, 12))]
    assert "validation_easier" in {f.kind for f in told(MLP, [data(field()), *events])}


def test_a_class_that_never_occurs_gets_no_giant_weight() -> None:
    one = found("class_imbalance", MLP, [data(field(), classes(900, 0, 30))])
    assert one.fix is not None
    assert one.fix.params["settings"][LOSS]["class_weights"] == [0.517, 1.0, 15.5]


def test_no_loss_is_named_where_none_was_told() -> None:
    fault = Fault("forward", "n2", "dense", (3,), (30,))
    failed = ev.Failed("The loss is not finite.", "n2", fault=fault)
    one = found("not_finite", MLP, [failed])
    assert "the last loss" not in one.evidence


def test_one_layer_of_zeros_begins_alike_but_need_not_stay_so() -> None:
    first = next(n.id for n in MLP.graph.nodes.values() if n.spec == "dense")
    (one,) = standing(MLP.with_graph(MLP.graph.change(first, initializer="zeros")))
    assert one.message.endswith("its units begin alike.")
    (one,) = standing(MLP.with_training(initializer="zeros"))
    assert one.message.endswith("its units stay alike for ever.")


def test_a_softmax_that_makes_the_right_answers_is_no_second_one() -> None:
    """Not even as long as the prediction is not wired yet; the fix would take it out."""
    graph, source = Graph().add("input")
    graph, teacher = graph.add("dense", out_features=10)
    graph, softmax = graph.add("softmax")
    graph, loss = graph.add("soft_cross_entropy")
    graph = graph.connect(source, teacher).connect(teacher, softmax)
    soft = graph.connect(softmax, loss, target_port="target")
    assert standing(Project().with_graph(soft)) == []
    assert not list(of_losses(soft, soft.wires_in()))
    twice = graph.connect(softmax, loss, target_port="prediction")
    assert [f.kind for f in standing(Project().with_graph(twice))] == ["softmax_twice"]
    assert len(list(of_losses(twice, twice.wires_in()))) == 1
