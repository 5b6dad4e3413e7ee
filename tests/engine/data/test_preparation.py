"""Parts never overlap, keep their shares, and scaling knows the training part only."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.preparation import fit_scaler, prepare, split_counts, split_indices, take

SHARES = st.sampled_from(
    [(0.7, 0.15, 0.15), (0.9, 0.1, 0.0), (1.0, 0.0, 0.0), (0.5, 0.25, 0.25), (0.4, 0.1, 0.1)]
)
METHODS = st.sampled_from(["random", "stratified", "time"])


@given(st.integers(3, 500), SHARES)
def test_counts_use_every_sample_and_leave_no_part_empty(n, shares):
    counts = split_counts(n, shares)
    assert all((count > 0) == (share > 0) for count, share in zip(counts, shares, strict=True))
    assert sum(counts) <= n
    if sum(shares) > 0.999:
        assert sum(counts) == n
    for count, share in zip(counts, shares, strict=True):
        assert abs(count - n * share) <= 2


@given(st.integers(3, 400), SHARES, METHODS, st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=200)
def test_parts_are_disjoint_sorted_and_the_same_for_a_seed(n, shares, method, seed, data):
    labels = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    parts = split_indices(n, labels, *shares, method, seed)
    together = np.concatenate(parts)
    assert len(np.unique(together)) == len(together) == sum(split_counts(n, shares))
    assert together.min() >= 0
    assert together.max() < n
    for part, again in zip(parts, split_indices(n, labels, *shares, method, seed), strict=True):
        assert (np.diff(part) > 0).all()
        np.testing.assert_array_equal(part, again)


@given(st.lists(st.integers(1, 200), min_size=2, max_size=6), SHARES, st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_a_stratified_part_has_each_class_in_its_share(class_sizes, shares, seed):
    labels = np.repeat(np.arange(len(class_sizes)), class_sizes)
    np.random.default_rng(seed).shuffle(labels)
    if len(labels) < 3:
        return
    parts = split_indices(len(labels), labels, *shares, "stratified", seed)
    for part in parts:
        share = len(part) / len(labels)
        found = np.bincount(labels[part], minlength=len(class_sizes))
        assert (np.abs(found - share * np.array(class_sizes)) < 2).all()


def test_another_seed_makes_other_parts_of_whole_classes():
    labels = np.repeat([0, 1], 500)
    first = split_indices(1000, labels, 0.7, 0.15, 0.15, "stratified", 0)
    second = split_indices(1000, labels, 0.7, 0.15, 0.15, "stratified", 1)
    assert not np.array_equal(first[0], second[0])
    chosen = first[2]
    # A sample's chance to be picked does not depend on its place in the file.
    assert 0.3 < np.mean(chosen % 500 < 250) < 0.7


@given(st.integers(20, 300), SHARES, st.integers(0, 5))
def test_parts_in_time_follow_each_other_with_the_gap_between(n, shares, gap):
    parts = [p for p in split_indices(n, None, *shares, "time", 0, gap) if len(p)]
    assert parts[0][0] == 0
    for part in parts:
        np.testing.assert_array_equal(np.diff(part), 1)
    for before, after in pairwise(parts):
        assert after[0] - before[-1] == gap + 1


@given(st.integers(1, 12), st.integers(1, 5), st.integers(120, 200))
@settings(deadline=None)
def test_no_value_of_a_series_stands_in_two_parts(window, horizon, length):
    from engine.data.loaders import windows

    data = windows(np.arange(float(length)), window, horizon)
    parts, _ = prepare(data, 0.7, 0.15, 0.15, "time", 0, gap=window + horizon - 1)
    seen: list[set[float]] = []
    for part in parts.values():
        assert len(part["target"])
        np.testing.assert_array_equal(part["target"][:, 0], part["window"][:, -1, 0] + horizon)
        seen.append({*part["window"].ravel().tolist(), *part["target"].ravel().tolist()})
    assert max(seen[0]) < min(seen[1])
    assert max(seen[1]) < min(seen[2])


@pytest.mark.parametrize(
    ("n", "shares", "words"),
    [
        (2, (0.7, 0.15, 0.15), "The data has 2 samples, too few for 3 parts."),
        (100, (0.7, 0.3, 0.3), "The parts add up to 130 % of the data; lower them to 100 %."),
    ],
)
def test_impossible_parts_are_refused(n, shares, words):
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        split_indices(n, None, *shares, "random", 0)


def test_a_short_series_is_refused():
    with pytest.raises(ValueError, match="choose a smaller window"):
        split_indices(50, None, 0.7, 0.15, 0.15, "time", 0, gap=30)


@pytest.mark.parametrize("shape", [(700, 5), (300, 7, 2), (2500, 3, 4, 4)])
@pytest.mark.parametrize("kind", ["standardize", "minmax"])
def test_scaling_is_per_feature_or_channel(shape, kind):
    x = np.random.default_rng(0).normal(5, 3, shape)
    shift, scale = fit_scaler(x, kind)
    scaled = take(x, np.arange(len(x)), shift, scale)
    channel = 1 if len(shape) in (2, 4) else 2
    axes = tuple(a for a in range(len(shape)) if a != channel)
    assert shift.size == shape[channel]
    assert scaled.dtype == np.float32
    if kind == "standardize":
        np.testing.assert_allclose(scaled.mean(axes), 0, atol=1e-4)
        np.testing.assert_allclose(scaled.std(axes), 1, atol=1e-4)
    else:
        np.testing.assert_allclose(scaled.min(axes), 0, atol=1e-6)
        np.testing.assert_allclose(scaled.max(axes), 1, atol=1e-6)


def test_standardizing_is_what_scikit_learn_does():
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(1).normal(100, 0.01, (3000, 4))
    shift, scale = fit_scaler(x, "standardize")
    theirs = StandardScaler().fit(x)
    np.testing.assert_allclose(shift[0], theirs.mean_)
    np.testing.assert_allclose(scale[0], theirs.scale_)


@pytest.mark.parametrize("kind", ["standardize", "minmax"])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e9])
def test_a_constant_feature_becomes_zero(kind, value):
    x = np.full((1000, 1), value)
    shift, scale = fit_scaler(x, kind)
    np.testing.assert_allclose(take(x, np.arange(1000), shift, scale), 0, atol=1e-5)


@pytest.mark.parametrize("kind", ["standardize", "minmax"])
def test_bytes_are_shares_of_255(kind):
    x = np.random.default_rng(0).integers(0, 256, (600, 1, 5, 5), np.uint8)
    index = np.arange(0, 600, 3)
    np.testing.assert_allclose(take(x, index), x[index] / 255, rtol=1e-6)
    shift, scale = fit_scaler(x, kind)
    theirs = fit_scaler(x / 255, kind)
    np.testing.assert_allclose(shift, theirs[0])
    np.testing.assert_allclose(scale, theirs[1])
    expected = (x[index] / 255 - shift) / scale
    np.testing.assert_allclose(take(x, index, shift, scale), expected, atol=1e-5)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_scaling_does_not_see_the_held_out_parts(seed):
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(60, 3)), random.normal(size=(60, 1))
    split = (0.6, 0.2, 0.2, "random", seed)
    plain = {"fields": {"features": x, "target": y}, "test": None, "classes": {}}
    train = split_indices(60, None, *split)[0]
    held = np.setdiff1d(np.arange(60), train)
    spoiled_x, spoiled_y = x.copy(), y.copy()
    spoiled_x[held] *= 1e6
    spoiled_y[held] += 1e6
    spoiled = {"fields": {"features": spoiled_x, "target": spoiled_y}, "test": None, "classes": {}}
    parts, scales = prepare(plain, *split, scaling="standardize", scale_target=True)
    others, other_scales = prepare(spoiled, *split, scaling="standardize", scale_target=True)
    for name in ("features", "target"):
        np.testing.assert_array_equal(parts["train"][name], others["train"][name])
        np.testing.assert_array_equal(scales[name], other_scales[name])


def test_class_targets_are_never_scaled():
    data = {
        "fields": {"features": np.eye(30), "target": np.arange(30) % 3},
        "test": None,
        "classes": {"target": ["a", "b", "c"]},
    }
    parts, scales = prepare(
        data, 0.8, 0.2, 0.0, "stratified", 0, scaling="minmax", scale_target=True
    )
    assert set(scales) == {"features"}
    assert parts["train"]["target"].dtype == np.int64
    assert len(parts["test"]["target"]) == 0
