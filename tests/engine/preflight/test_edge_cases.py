"""Checks and forecasts where something is odd: nothing comparable, no label, next to no memory."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine.preflight import forecast, slopes
from engine.preflight.data import class_balance
from engine.preflight.ground import Ground
from engine.preflight.slopes import Slope
from tests.engine.train.projects import classes, dense, project

MADE = project([dense(4), ("relu", {}), dense(10)])


@pytest.mark.parametrize("bytes_free", [0, 1, 3, 40])
def test_a_small_batch_is_found_below_a_far_too_large_one(
    monkeypatch: pytest.MonkeyPatch, bytes_free: int
) -> None:
    def rehearsed(_project: Any, _fields: Any, samples: int, **_: Any) -> SimpleNamespace:
        return SimpleNamespace(samples=samples, total=samples)

    monkeypatch.setattr(forecast, "rehearse", rehearsed)
    known: Any = rehearsed(None, None, 4096)
    found = forecast.largest_batch(MADE, {}, bytes_free, most=60_000, known=known)
    assert min(bytes_free, 1) <= found <= bytes_free


def test_what_cannot_be_compared_is_not_called_right(monkeypatch: pytest.MonkeyPatch) -> None:
    step = SimpleNamespace(spec=SimpleNamespace(own="text"), path="n3")
    ground: Any = SimpleNamespace(plans={"main": SimpleNamespace(every=[step])})
    row = Slope("n3", "mine", "main", "", "none", 0.0, note="It cannot be checked: no double.")
    monkeypatch.setattr(slopes, "slopes", lambda *_, **__: (row,))
    (outcome,) = slopes.own_layers_right(ground, tolerance=1e-4)
    assert (outcome.status, outcome.node) == ("skip", "n3")
    assert "It cannot be checked" in outcome.evidence
    sound = replace(row, status="right", error=1e-7)
    monkeypatch.setattr(slopes, "slopes", lambda *_, **__: (row, sound))
    (outcome,) = slopes.own_layers_right(ground, tolerance=1e-4)
    assert outcome.status == "pass"


def test_a_target_without_a_label_has_no_balance() -> None:
    data = classes()
    parts = {part: dict(held) for part, held in data.parts.items()}
    (name,) = [n for n, f in data.fields.items() if f.role == "target"]
    parts["train"][name] = torch.full_like(parts["train"][name], -1)
    fields = {**data.fields, name: replace(data.fields[name], classes=())}
    bare = replace(data, parts=parts, fields=fields)
    (outcome,) = class_balance(Ground(MADE, bare), ratio=10.0)
    assert outcome.status == "skip"
