"""Batches: every sample once, order from seed and epoch alone, faster than torch's own loader."""

from __future__ import annotations

import statistics
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.batches import Batches, epoch_seed


def make(n, batch_size, seed=0, **options):
    part = {"x": torch.arange(n * 3.0).view(n, 3), "y": torch.arange(n), "z": torch.zeros(n)}
    return Batches(part, ("x", "y"), batch_size, seed, **options)


@given(st.integers(1, 100), st.integers(1, 120), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_sample_comes_once_and_fields_stay_together(n, size, seed, shuffle):
    batches = make(n, size, seed, shuffle=shuffle)
    found = list(batches.epoch(5))
    assert len(found) == len(batches)
    x, y = (torch.cat(column) for column in zip(*found, strict=True))
    assert torch.equal(y.sort().values, torch.arange(n))
    assert torch.equal(x[:, 0], 3.0 * y)
    assert all(len(batch[0]) == size for batch in found[:-1])


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 50), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_batch_can_be_had_by_epoch_and_position(n, size, epoch, shuffle, drop_last):
    batches = make(n, size, 7, shuffle=shuffle, drop_last=drop_last)
    whole = list(batches.epoch(epoch))
    for position, batch in enumerate(whole):
        assert all(
            torch.equal(a, b) for a, b in zip(batch, batches.at(epoch, position), strict=True)
        )
    later = list(batches.epoch(epoch, start=1))
    assert len(later) == len(whole) - 1
    assert all(torch.equal(a[1], b[1]) for a, b in zip(later, whole[1:], strict=True))
    with pytest.raises(IndexError, match="there is no batch"):
        batches.at(epoch, len(whole))


def test_the_order_depends_on_seed_and_epoch_alone():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = make(50, 8, seed=3).order(2)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(first, make(50, 16, seed=3).order(2))
    assert not torch.equal(first, make(50, 8, seed=3).order(3))
    assert not torch.equal(first, make(50, 8, seed=4).order(2))


def test_the_seed_of_an_epoch_is_what_exported_code_computes():
    assert epoch_seed(3, 4) == 3_000_013
    assert 0 <= epoch_seed(2**32 - 1, 10**6) < 2**63
    expected = torch.randperm(20, generator=torch.Generator().manual_seed(3_000_013))
    assert torch.equal(make(20, 4, seed=3).order(4), expected)


def test_a_small_last_batch_can_be_left_out():
    assert [len(y) for _, y in make(10, 4, drop_last=True).epoch(0)] == [4, 4]
    assert [len(y) for _, y in make(3, 4, drop_last=True).epoch(0)] == [3]
    assert [len(y) for _, y in make(10, 4).epoch(0)] == [4, 4, 2]


def test_nothing_gives_no_batches():
    assert list(make(0, 4).epoch(0)) == []
    assert len(make(0, 4)) == 0


def test_unshuffled_batches_are_views():
    part = {"x": torch.zeros(10, 3)}
    (first, *_) = Batches(part, ("x",), 4, 0, shuffle=False).epoch(0)
    assert first[0].data_ptr() == part["x"].data_ptr()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="The data has no field 'w'; it has x"):
        Batches({"x": torch.zeros(3)}, ("w",), 2, 0)
    with pytest.raises(ValueError, match="at least 1 sample; received 0"):
        Batches({"x": torch.zeros(3)}, ("x",), 0, 0)


def test_batches_are_four_times_faster_than_a_dataloader():
    from torch.utils.data import DataLoader, TensorDataset

    part = {"x": torch.randn(4096, 784), "y": torch.zeros(4096, dtype=torch.int64)}
    ours = Batches(part, ("x", "y"), 32, 0)
    theirs = DataLoader(TensorDataset(part["x"], part["y"]), batch_size=32, shuffle=True)

    def seconds(batches):
        start = time.perf_counter()
        assert sum(1 for _ in batches) == 128
        return time.perf_counter() - start

    ratios = [seconds(theirs) / seconds(ours.epoch(n)) for n in range(9)]
    assert statistics.median(ratios) >= 4
