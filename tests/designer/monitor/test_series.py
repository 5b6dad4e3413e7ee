"""The multi-resolution history: extremes survive, memory is bounded, long runs stay fast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.monitor.series import Series, smooth, zigzag


def filled(values, pieces, capacity=64):
    series = Series(capacity=capacity)
    begin = 0
    for part in np.array_split(np.asarray(values, float), pieces):
        series.append(np.arange(begin, begin + len(part)), part)
        begin += len(part)
    return series


@settings(deadline=None, max_examples=150)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=3000),
    pieces=st.integers(1, 40),
    buckets=st.integers(1, 200),
    ends=st.tuples(st.integers(-10, 3010), st.integers(-10, 3010)),
)
def test_a_view_holds_the_extremes_of_what_it_shows(values, pieces, buckets, ends):
    series = filled(values, pieces)
    low, high = min(ends), max(ends)
    view = series.view(low, high, buckets)
    part = np.asarray(values, np.float32)[max(low, 0) : high + 1]
    assert len(view.x) <= 2 * buckets + 1
    if len(part) and low < len(values):
        assert view.low.min() <= part.min()
        assert view.high.max() >= part.max()
    assert (view.low <= view.high).all()
    assert (np.diff(view.x) > 0).all()


@settings(deadline=None, max_examples=60)
@given(count=st.integers(1, 5000), pieces=st.integers(1, 30), buckets=st.integers(1, 100))
def test_the_whole_run_is_there_exactly(count, pieces, buckets):
    values = np.random.default_rng(count).standard_normal(count)
    view = filled(values, pieces).view(0, count, buckets)
    single = values.astype(np.float32)
    assert view.low.min() == single.min()
    assert view.high.max() == single.max()
    assert view.weight.sum() == count
    mean = (view.mean[0] * view.weight).sum() / count
    assert mean == pytest.approx(float(single.mean()), abs=1e-4)


def test_recent_samples_are_exact_and_old_ones_are_joined():
    series = filled(np.arange(10_000), 100)
    recent = series.view(9_980, 9_999, 100)
    assert recent.exact
    assert recent.mean[0, -1] == 9_999
    assert not series.view(0, 9_999, 100).exact


def test_memory_is_bounded_and_reading_a_long_run_takes_few_buckets():
    series = Series()
    chunk = np.random.default_rng(0).random(50_000)
    sizes = []
    for turn in range(40):
        series.append(np.arange(50_000) + 50_000 * turn, chunk)
        sizes.append(series.nbytes)
    assert len(series) == 2_000_000
    assert series.nbytes < 4_000_000
    assert sizes[-1] - sizes[-20] < 400_000
    assert len(series.view(0, 2e6, 300).x) <= 601


def test_many_columns_share_their_steps():
    series = Series(columns=3, capacity=32)
    for step in range(500):
        series.append([step], [[step, -step, 7.0]])
    view = series.view(0, 500, 20)
    assert view.high[0].max() == 499
    assert view.low[1].min() == -499
    assert (view.mean[2] == 7).all()
    assert series.last.tolist() == [499, -499, 7]


def test_what_is_not_finite_leaves_gaps_and_hides_nothing_else():
    values = np.ones(400)
    values[100:200] = np.nan
    values[300] = 5
    view = filled(values, 7, capacity=32).view(0, 400, 20)
    assert np.nanmax(view.high) == 5
    assert np.isnan(view.high[0]).any()
    assert np.isfinite(smooth(view, 0, 10)).any()


def test_the_running_mean_of_a_constant_is_the_constant():
    view = filled(np.full(900, 3.0), 9).view(0, 900, 50)
    assert smooth(view, 0, 100) == pytest.approx(3.0)


def test_a_zigzag_goes_through_both_extremes_of_each_bucket():
    view = filled(np.arange(1000.0), 10).view(0, 1000, 25)
    x, y = zigzag(view)
    assert y.shape == (1, 2 * len(view.x)) == (1, len(x))
    assert y.min() == 0
    assert y.max() == 999


def test_an_empty_series_shows_nothing():
    series = Series()
    assert len(series.view(0, 1, 10).x) == 0
    assert series.span == (0.0, 0.0)
