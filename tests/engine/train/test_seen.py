"""What a run tells of its data before the first step."""

from __future__ import annotations

import math

import pytest
import torch

from engine.session import run_headless
from engine.train import seen as module
from engine.train.events import DataSeen, Event, Started
from engine.train.seen import seen
from tests.engine.train.projects import classes, numbers, project


def test_fields_are_summed_up_as_they_go_in() -> None:
    data = classes(samples=500, features=3, count=4)
    values = data.parts["train"]["features"]
    values[:, 2] *= 100
    told = seen(data)
    features, target = told.fields
    assert told.samples == {"train": 500, "validation": 32, "test": 32}
    assert (features.low, features.high) == (float(values.min()), float(values.max()))
    assert features.mean == pytest.approx(float(values.mean()), rel=1e-4)
    deviation = sorted(values.std(0, correction=0).tolist())
    assert features.spread == pytest.approx(tuple(deviation), rel=1e-5)
    counted = torch.bincount(data.parts["train"]["target"], minlength=4).tolist()
    assert list(target.counts) == counted
    assert target.classes == ("0", "1", "2", "3")
    assert (target.whole, features.whole) == (True, False)


def test_yes_and_no_are_counted_and_other_numbers_are_not() -> None:
    data = numbers()
    assert seen(data).fields[1].counts == ()
    data.parts["train"]["target"] = (data.parts["train"]["target"] > 0).float()
    no, yes = seen(data).fields[1].counts
    assert no + yes == 96


def test_broken_values_are_told_and_spoil_no_figure() -> None:
    data = numbers()
    data.parts["train"]["features"][3, 2] = math.inf
    features = seen(data).fields[0]
    assert not features.finite
    assert math.isfinite(features.mean)


def test_much_data_is_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS", 800)
    data = classes(samples=2000)
    part = seen(data).fields[0]
    assert part.mean == pytest.approx(0, abs=0.15)
    assert part.std == pytest.approx(1, abs=0.1)


def test_a_run_tells_it_once_and_first() -> None:
    events: list[Event] = []
    run_headless(project(epochs=1), on_event=events.append)
    kinds = [type(event) for event in events]
    assert kinds.count(DataSeen) == 1
    assert kinds.index(DataSeen) < kinds.index(Started)
