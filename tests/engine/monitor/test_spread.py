"""Histograms of parameters: those of numpy where all is seen, a fair part where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.monitor import spread
from engine.monitor.probe import Probe
from engine.monitor.spread import CAP, QUANTITIES, Spreads, stride


def test_small_layers_are_seen_whole() -> None:
    torch.manual_seed(0)
    held = [torch.randn(7, 5), torch.randn(7), torch.randn(3, 3)]
    grads, losses = ([torch.randn_like(p) for p in held] for _ in range(2))
    spreads = Spreads(held, [0, 0, 1], 2)
    assert spreads.before(grads, held)
    found = spreads.unpack(*spreads.after(losses))
    for name, tensors in zip(QUANTITIES, (grads, held, [-p for p in losses]), strict=True):
        low, high, counts = (part.numpy() for part in found[name])
        for row, places in enumerate(((0, 1), (2,))):
            values = torch.cat([tensors[i].flatten() for i in places]).numpy()
            assert (low[row], high[row]) == (values.min(), values.max())
            wanted, _ = np.histogram(values, 64, (values.min(), values.max()))
            assert counts[row].sum() == len(values)
            assert np.abs(counts[row] - wanted).sum() <= 2


@pytest.mark.parametrize("shape", [(512, 512), (64, 64, 3, 3), (1000, 30), (4096,)])
def test_a_step_through_a_tensor_meets_every_column(shape: tuple[int, ...]) -> None:
    count = math.prod(shape)
    step = stride(count, CAP, shape)
    met = np.arange(0, count, step)
    assert CAP * 0.4 <= len(met) <= CAP + 1
    columns = np.unique(met % shape[-1])
    assert len(columns) >= min(shape[-1], len(met)) * 0.9


def test_large_layers_are_seen_in_part_and_fairly() -> None:
    torch.manual_seed(1)
    wide = torch.randn(300, 200)
    spreads = Spreads([wide], [0], 1)
    spreads.before([wide], [wide])
    _, _, counts = spreads.unpack(*spreads.after([wide]))["weight"]
    assert 0.4 * CAP <= counts.sum() <= CAP
    assert counts.min() >= 0


def test_every_fourth_sample_takes_them() -> None:
    held = [torch.randn(4, 4)]
    probe = Probe(0, held, [0], 1)
    probe.warm()
    taken: list[bool] = []
    for _ in range(9):
        probe.capture([])
        probe.before([torch.ones(4, 4)])
        sample = probe.after()()
        assert sample is not None
        taken.append(bool(sample.spreads))
    assert taken == [n % spread.EVERY == 0 for n in range(9)]


def test_values_that_are_not_finite_do_no_harm() -> None:
    bad = torch.tensor([math.nan, math.inf, 1.0, -1.0])
    spreads = Spreads([bad], [0], 1)
    spreads.before([bad], [bad])
    _, _, counts = spreads.unpack(*spreads.after([bad]))["grad"]
    assert counts.sum() == 4
