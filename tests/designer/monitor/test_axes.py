"""Ranges that rest while values stream, and ticks that read well."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.monitor.axes import Scale, ticks
from designer.words import figure


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6), most=st.integers(1, 12))
def test_ticks_lie_within_the_range_and_are_few(low, span, most):
    scale = Scale("Loss", low=low, high=low + span)
    values, words = ticks(scale, most)
    assert len(values) == len(words) <= most + 2
    slack = 1e-6 * max(abs(low), span)
    assert all(low - slack <= v <= low + span + slack for v in values)
    assert len(set(words)) == len(words) or span < 1e-4 * abs(low)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1e-6, 1.0, ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]),
        (1.0, 20.0, ["1", "2", "5", "10", "20"]),
    ],
)
def test_a_logarithmic_axis_has_ticks_at_powers(low, high, words):
    assert ticks(Scale("Norm", low=low, high=high, log=True), 8)[1] == words


def test_steps_have_whole_ticks():
    values, words = ticks(Scale("Step", low=0, high=3, whole=True), 10)
    assert values == [0, 1, 2, 3]
    assert words == ["0", "1", "2", "3"]
    assert ticks(Scale("Step", low=0, high=8000, whole=True), 4)[1] == [
        "0",
        "2 k",
        "4 k",
        "6 k",
        "8 k",
    ]


def test_a_range_rests_until_values_leave_it_or_shrink():
    scale = Scale("Loss")
    assert scale.fit(0.0, 10.0)
    assert not scale.fit(0.5, 10.5)
    assert scale.fit(0.0, 20.0)
    assert scale.fit(0.0, 2.0)
    scale.zoom(0.5, 0.5)
    assert not scale.fit(0.0, 100.0)


def test_a_logarithmic_range_ignores_nothing_it_can_show():
    scale = Scale("Norm", log=True)
    assert scale.fit(1e-8, 1e-2)
    assert scale.low < 1e-8
    assert scale.high > 1e-2
    share = scale.place(np.array([1e-8, 1e-2]))
    assert 0 < share[0] < share[1] < 1
    assert scale.value(float(share[0])) == pytest.approx(1e-8)


def test_constant_data_get_a_range():
    scale = Scale("Loss")
    assert scale.fit(2.0, 2.0)
    assert scale.low < 2.0 < scale.high


def test_zoom_and_pan_keep_the_place_under_the_cursor():
    scale = Scale("Step", low=0.0, high=100.0)
    before = scale.value(0.25)
    scale.zoom(0.5, 0.25)
    assert scale.value(0.25) == pytest.approx(before)
    scale.pan(1.0)
    assert scale.high - scale.low == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (0.12345, "0.1235"),
        (1e-5, "1.00e-05"),
        (12345, "12,345"),
        (math.nan, "not finite"),
    ],
)
def test_figures_read_well(value, words):
    assert figure(value) == words
