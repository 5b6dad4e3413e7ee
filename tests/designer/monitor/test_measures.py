"""Figures of nodes at any moment: what scrubbing shows is what was live, and ramps span the run."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from designer.monitor.heatbar import HeatBar
from designer.monitor.history import History
from designer.monitor.measures import MEASURES, Measures, Reach
from engine.train import events as ev
from tests.designer.monitor import story

LIVE = ("grad", "update", "weight", "mean", "std", "dead")


def sample(history: History, step: int, rng: np.random.Generator) -> None:
    """Take one watched step with figures of its own."""
    grad, mean, std = (10 ** rng.uniform(-3, 1, 3) for _ in range(3))
    seen = replace(
        story.activations(step),
        mean=mean.astype(np.float32),
        std=std.astype(np.float32),
        dead=rng.random(3).astype(np.float32),
    )
    history.take([story.norms(step, grad), seen])


def test_looking_back_shows_what_was_live_then() -> None:
    history, rng = History(), np.random.default_rng(0)
    measures = Measures(history)
    history.take([story.started()])
    seen: dict[int, dict[str, dict[str, float]]] = {}
    for step in range(0, 3000, 7):
        sample(history, step, rng)
        seen[step + 1] = {name: measures.values(name) for name in LIVE}
    for step in (1, 8, 701, 1499 // 7 * 7 + 1, max(seen)):
        measures.look_back(step + 3)  # Between two samples the earlier one holds.
        assert {name: measures.values(name) for name in LIVE} == seen[step]
        assert measures.seen() == (step, step)
    measures.look_back(None)
    assert measures.values("grad") == seen[max(seen)]["grad"]


def test_an_old_step_of_a_long_run_shows_a_mean_and_says_of_what() -> None:
    history = History()
    measures = Measures(history)
    for step in range(6000):
        history.take([story.norms(step, [step + 1.0])])
    measures.look_back(100)
    low, high = measures.seen()
    assert low <= 100 <= high
    assert 1 < high - low + 1 <= 16
    assert measures.values("grad")["n1"] == pytest.approx((low + high) / 2)


def test_before_the_first_sample_there_is_nothing() -> None:
    history = History()
    history.take([story.norms(50)])
    measures = Measures(history)
    measures.look_back(20)
    assert measures.values("grad") == {}


def test_a_ramp_spans_the_run_and_rests_while_values_move_within() -> None:
    history = History()
    measures = Measures(history)
    history.take([story.norms(0, [0.02, 0.3, 5.0])])
    assert measures.reach("grad") == Reach(0.01, 10.0, log=True)
    history.take([story.norms(1, [0.05, 0.3, 0.4])])
    assert measures.reach("grad") == Reach(0.01, 10.0, log=True)
    assert measures.reach("grad").heat(math.sqrt(0.1)) == pytest.approx(0.5)
    history.take([story.norms(2, [0.0, math.nan, 1e-20])])
    assert measures.reach("grad").low == pytest.approx(1e-7)
    assert measures.reach("grad").heat(0.0) == 0.0
    assert measures.reach("grad").heat(math.nan) == 1.0


def test_shares_run_from_none_to_all_and_means_lie_around_zero() -> None:
    history = History()
    history.take([replace(story.activations(0), mean=np.array([-3.0, 0.5, 1.0], np.float32))])
    measures = Measures(history)
    assert measures.reach("dead") == Reach(0.0, 1.0)
    assert measures.reach("mean") == Reach(-5.0, 5.0)
    assert measures.reach("mean").heat(0.0) == pytest.approx(0.5)


def test_saturation_is_the_share_near_the_bounds() -> None:
    bounds = {"n2": (-1.0, 1.0)}
    history = History()
    history.take([replace(story.started(), bounds=bounds)])
    values = np.tanh(np.random.default_rng(1).normal(0, 2.0, 4096)).astype(np.float32)
    counts, _ = np.histogram(values, 64, (values.min(), values.max()))
    plain = story.activations(3)
    low, high = plain.low.copy(), plain.high.copy()
    low[1], high[1] = values.min(), values.max()
    table = plain.histogram.copy()
    table[1] = counts
    history.take([replace(plain, low=low, high=high, histogram=table)])
    found = Measures(history).values("saturated")
    assert found["n2"] == pytest.approx((np.abs(values) >= 0.9).mean(), abs=0.02)
    assert math.isnan(found["n1"])


def test_others_put_what_no_run_tells() -> None:
    measures = Measures(History())
    told: list[bool] = []
    measures.changed.connect(lambda: told.append(True))
    assert not measures.known("time")
    measures.put("time", {"n1": 0.25, "n2": 4.0})
    assert told
    assert measures.known("time")
    assert measures.values("time") == {"n1": 0.25, "n2": 4.0}
    assert measures.reach("time") == Reach(0.1, 10.0, log=True)
    assert MEASURES["time"].text(0.25) == "0.25 ms"
    measures.forget()
    assert not measures.known("time")


def test_the_bar_chooses_figures_and_moments(qtbot) -> None:
    history = History()
    measures = Measures(history)
    bar = HeatBar(measures)
    qtbot.addWidget(bar)
    bar.resize(700, 40)
    assert bar.isHidden()
    history.take([story.started()])
    for step in range(0, 100, 10):
        history.take([story.norms(step, [step + 1.0]), story.activations(step)])
    measures.refresh()
    assert not bar.isHidden()
    bar.show()
    assert (bar.slider.minimum(), bar.slider.maximum()) == (1, 91)
    assert bar.live.isChecked()
    bar.slider.setFocus()
    qtbot.keyClick(bar.slider, Qt.Key.Key_Home)
    assert measures.moment == 1
    assert measures.values("grad")["n1"] == 1.0
    assert bar.step.text() == "step 1"
    history.take([story.norms(100, [7.0])])
    measures.refresh()
    assert measures.values("grad")["n1"] == 1.0
    assert bar.slider.maximum() == 101
    qtbot.mouseClick(bar.live, Qt.MouseButton.LeftButton)
    assert measures.moment is None
    assert measures.values("grad")["n1"] == 7.0
    assert bar.step.text() == "step 101"
    bar.choice.setCurrentIndex(bar.choice.findData("dead"))
    bar.choice.activated.emit(bar.choice.currentIndex())
    assert measures.chosen == "dead"
    assert (bar.low.text(), bar.high.text()) == ("0%", "100%")
    model = bar.choice.model()
    assert not model.item(bar.choice.findData("time")).isEnabled()


def test_phases_keep_their_own_steps() -> None:
    history = History()
    history.take([story.started_two(), *story.two_phases(3)])
    measures = Measures(history)
    measures.look_back(21)
    assert set(measures.values("grad")) == {"n1", "n2", "gan:n1"}
    history.take([ev.Edited(60, "edit")])
    assert measures.values("grad")
