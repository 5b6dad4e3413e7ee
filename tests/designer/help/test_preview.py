"""The schedule's picture: the warm-up is in it, and a long run is drawn in few steps."""

from __future__ import annotations

import time

import pytest

from designer.preview import rates
from engine.project import Choice, Phase

PHASE = Phase(
    optimizer=Choice(id="adam", params={"lr": 0.1}),
    schedule=Choice(id="cosine"),
    warmup_steps=100,
    warmup_start=0.01,
)


def test_it_rises_over_the_warm_up_and_falls_then() -> None:
    found = rates(PHASE, 10, 50)
    top = found.index(max(found))
    assert found[0] == pytest.approx(0.001)
    assert max(found) == pytest.approx(0.1)
    assert top / len(found) == pytest.approx(0.2, abs=0.03)
    assert found[-1] < 0.02


def test_a_long_run_keeps_its_proportions_and_is_quick() -> None:
    start = time.perf_counter()
    found = rates(PHASE.but(warmup_steps=20_000), 100, 2000)
    assert time.perf_counter() - start < 5
    assert found.index(max(found)) / len(found) == pytest.approx(0.1, abs=0.03)
    assert len(found) < 600


def test_without_a_known_length_it_is_drawn_too() -> None:
    assert max(rates(PHASE.but(warmup_steps=0), 10)) == pytest.approx(0.1)
