"""Figures where classes stand on another axis, or where some samples do not count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.train import tally
from engine.train.chance import aside
from engine.train.control import Control
from engine.train.events import Done, Event, Failed, Finding
from engine.train.tally import Measure
from engine.train.trainer import Trainer
from tests.engine.feature_projects import DIGITS, dense, made, net
from tests.engine.train.projects import classes, project

if TYPE_CHECKING:
    from engine.data.dataset import Dataset


def run(what: Any, data: Dataset) -> list[Event]:
    events: list[Event] = []
    Trainer(what.with_training(threads=1), events.append, Control()).run(data)
    return events


def shares(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (prediction.argmax(1) == target).float().mean()


def test_classes_on_the_last_axis() -> None:
    measure = Measure("accuracy", 0, "next", 1, shares, {}, None, -1)
    scores = torch.nn.functional.one_hot(torch.tensor([[0, 1, 2], [2, 2, 2]]), 4).float()
    assert measure(scores, torch.tensor([[0, 1, 2], [0, 2, 2]])) == pytest.approx(5 / 6)
    assert measure(scores, torch.tensor([[0, 1, 2], [-100, -100, 2]])) == 1.0
    assert measure(
        scores.movedim(-1, 1).movedim(1, -1), torch.tensor([[0, 1, 2], [-100, 0, 0]])
    ) == (pytest.approx(3 / 5))


def with_ignored(data: Dataset, label: int = -100) -> Dataset:
    parts = {part: dict(held) for part, held in data.parts.items()}
    for held in parts.values():
        held["target"] = held["target"].clone()
        held["target"][::3] = label
    return replace(data, parts=parts)


def test_ignored_labels_are_in_range_and_in_no_figure() -> None:
    data = with_ignored(classes())
    events = run(project(), data)
    assert [e for e in events if isinstance(e, Failed)] == []
    (done,) = [e for e in events if isinstance(e, Done)]
    counted = (data.parts["test"]["target"] >= 0).sum().item()
    right = done.result["test"]["accuracy"] * counted
    assert right == pytest.approx(round(right), abs=1e-4)


def test_another_number_may_be_ignored_and_then_others_may_not() -> None:
    what = project()
    graph = what.graph.set_params("n5", {"ignore_index": 99})
    assert not [
        e for e in run(what.with_graph(graph), with_ignored(classes(), 99)) if isinstance(e, Failed)
    ]
    (failed,) = [
        e for e in run(what.with_graph(graph), with_ignored(classes())) if isinstance(e, Failed)
    ]
    assert "label -100" in failed.message


def test_figures_in_pieces_are_the_same_or_say_that_they_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what = project(metrics=("accuracy", "top_k", "f1_macro"), epochs=1)
    data = with_ignored(classes(samples=600))
    (whole,) = [e for e in run(what, data) if isinstance(e, Done)]
    monkeypatch.setattr(tally, "HOLD", 3000)
    events = run(what, data)
    (pieces,) = [e for e in events if isinstance(e, Done)]
    before, after = whole.result["train"], pieces.result["train"]
    for key in ("loss", "accuracy", "top_k"):
        assert after[key] == pytest.approx(before[key], abs=1e-6)
    assert after["f1_macro"] != before["f1_macro"]
    (finding,) = [e for e in events if isinstance(e, Finding)]
    assert "f1_macro is taken" in finding.message
    assert pieces.result["test"] == whole.result["test"]


def test_losses_without_a_right_answer_have_no_metric() -> None:
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        dense("code", "pixels", 4),
        ("calm", "activity_penalty", "code", {}),
    )
    what = made(main, DIGITS)
    events: list[Event] = []
    Trainer(what.with_training(threads=1), events.append, Control()).run()
    (done,) = [e for e in events if isinstance(e, Done)]
    assert set(done.result["test"]) == {"loss"}


def test_drawing_aside_is_not_missed() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with aside(torch.device("cpu")):
        one = torch.rand(2)
    with aside(torch.device("cpu")):
        other = torch.rand(2)
    assert torch.equal(one, other)
    assert torch.equal(torch.rand(2), expected)
