"""Whether it learns, in a line: planted trends are named at their rate, noise is not a trend."""

from __future__ import annotations

import numpy as np
import pytest

from designer.monitor.history import History
from designer.monitor.verdict import trend, verdict
from engine.train import events as ev
from tests.designer.monitor import story


def told(train: list[float], held: list[float] | None = None) -> History:
    history = History()
    history.take([story.started(), story.steps(0, np.linspace(2, 1, 100))])
    for number, loss in enumerate(train):
        other = {} if held is None else {"loss": held[number]}
        history.take([ev.EpochEnd(number + 1, {"loss": loss}, other, 0.1)])
    return history


def falling(rate: float, count: int = 10, noise: float = 0.0) -> list[float]:
    rng = np.random.default_rng(3)
    return [(1 - rate) ** n * (1 + noise * rng.normal()) for n in range(count)]


def test_a_fall_is_told_at_its_rate() -> None:
    found = verdict(told(falling(0.05), falling(0.03)))
    assert found.text == "Learning: validation loss falls 3.0% per epoch"
    assert found.mood == "success"


def test_without_a_validation_part_the_training_loss_counts() -> None:
    found = verdict(told(falling(0.12)))
    assert found.text == "Learning: the training loss falls 12% per epoch"


def test_overfitting_names_the_best_epoch() -> None:
    held = [*falling(0.1, 6), *(falling(0.1, 6)[-1] * 1.04**n for n in range(1, 10))]
    found = verdict(told(falling(0.05, len(held)), held))
    assert found.text.startswith("Overfitting: validation loss rises 4.0% per epoch")
    assert found.text.endswith("best after epoch 6")
    assert found.mood == "warning"


@pytest.mark.parametrize("seed", range(6))
def test_noise_without_a_trend_is_not_learning(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    flat = (1 + 0.05 * rng.normal(size=10)).tolist()
    known = trend(np.array(flat[-8:]))
    found = verdict(told(flat, flat))
    # A chance trend of twice its error comes once in twenty: whatever is told must follow from it.
    assert known is not None
    assert found.text.startswith("Resting") == (not known.clear)


def test_noise_alone_seldom_looks_like_a_trend() -> None:
    rng = np.random.default_rng(0)
    clear = [trend(1 + 0.05 * rng.normal(size=8)) for _ in range(400)]
    assert np.mean([found is not None and found.clear for found in clear]) < 0.15


def test_losses_below_zero_have_a_trend_too() -> None:
    found = trend(np.array([-1.0, -1.5, -2.0, -2.5]))
    assert found is not None
    assert found.clear
    assert found.rate < 0


def test_a_loss_that_is_not_finite_has_diverged() -> None:
    history = told([])
    history.take([story.steps(100, [float("nan")])])
    assert verdict(history).mood == "error"


def test_the_first_steps_are_too_early() -> None:
    history = History()
    assert verdict(history).text == ""
    history.take([story.started(), story.steps(0, [1.0, 0.9])])
    assert verdict(history).text == "Too early to tell"
    loss = np.exp(-np.arange(400) / 200)
    history.take([story.steps(2, loss)])
    assert verdict(history).text.startswith("Learning: the training loss fell 6")


def test_a_fall_that_came_to_rest_is_told_as_one() -> None:
    rng = np.random.default_rng(5)
    loss = 0.5 + 3.5 * np.exp(-np.arange(94) / 6) + 0.08 * rng.normal(size=94)
    history = History()
    history.take([story.started(), story.steps(0, loss)])
    assert verdict(history).text.startswith("Learned: the training loss fell ")
    history = History()
    history.take([story.started(), story.steps(0, 1 + 0.08 * rng.normal(size=94))])
    assert verdict(history).text.startswith("Too early to tell")
    history = History()
    history.take([story.started(), story.steps(0, np.zeros(94))])
    assert verdict(history).text.startswith("Too early to tell")


def test_phases_that_play_against_each_other_are_not_judged() -> None:
    history = History()
    history.take([story.started_two(), *story.two_phases(4)])
    assert verdict(history).text == ""
