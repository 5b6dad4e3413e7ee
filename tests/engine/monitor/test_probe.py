"""Samples against plain formulas, the budget, and the ring of losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.monitor.probe import CAP, Probe, Sample, owners, spread
from engine.monitor.ring import LossRing
from engine.monitor.sampler import BURST, Sampler


def sample(taps: list[torch.Tensor]) -> Sample:
    parameters = [torch.ones(3)]
    probe = Probe(len(taps), parameters, [0], 1)
    probe.capture(taps)
    probe.before([torch.ones(3)])
    found = probe.after()()
    assert found is not None
    return found


@pytest.mark.parametrize("shape", [(5, 7), (32, 32), (1, 1)])
def test_small_activations_are_measured_exactly(shape: tuple[int, ...]) -> None:
    values = torch.relu(torch.randn(shape))
    (mean,), (std,), (zeros,) = (getattr(sample([values]), n) for n in ("mean", "std", "zeros"))
    assert mean == pytest.approx(values.mean().item(), abs=1e-6)
    expected = values.std().item() if values.numel() > 1 else 0.0
    assert std == pytest.approx(expected, abs=1e-5)
    assert zeros == pytest.approx((values == 0).float().mean().item(), abs=1e-6)


def test_histogram_counts_every_value_once() -> None:
    values = torch.randn(300)
    found = sample([values, torch.randn(64, 100), torch.zeros(50)])
    assert found.histogram.shape == (3, 64)
    assert found.histogram.sum(1).tolist() == [300, CAP, 50]
    counts, _ = np.histogram(values.numpy(), 64)
    assert np.abs(found.histogram[0] - counts).sum() <= 6
    assert found.low[0] == values.min()
    assert found.high[0] == values.max()


def test_large_activations_are_seen_evenly() -> None:
    values = torch.linspace(0, 1, 123_457).reshape(1, -1)
    found = sample([values, values.expand(64, -1).t()])
    assert found.mean[0] == pytest.approx(0.5, abs=0.01)
    assert found.mean[1] == pytest.approx(0.5, abs=0.05)
    assert found.std[0] == pytest.approx(12**-0.5, abs=0.01)


def test_places_do_not_keep_step_with_rows() -> None:
    places = spread(1024 * 64, torch.device("cpu"))
    assert (places.diff() > 0).all()
    columns = torch.bincount(places % 64, minlength=64)
    assert columns.min() > 8


def test_values_that_are_not_finite_do_no_harm() -> None:
    found = sample([torch.tensor([1.0, float("nan"), float("inf")]), torch.ones(4)])
    assert found.mean[1] == 1
    assert found.histogram[1].sum() == 4


def test_whole_numbers_and_half_precision() -> None:
    found = sample([torch.arange(10), torch.ones(4, dtype=torch.bfloat16)])
    assert found.mean.tolist() == [4.5, 1.0]


def test_norms_are_gathered_by_node() -> None:
    weights = [torch.full((2, 2), 2.0), torch.full((4,), 1.0), torch.full((1,), 3.0)]
    by_node = {"a": [("w", weights[0]), ("b", weights[1])], "c": [("w", weights[2])]}
    names, rows = owners(weights, by_node)
    probe = Probe(0, weights, rows, len(names))
    probe.capture(())
    probe.before([torch.ones_like(w) for w in weights])
    for weight in weights:
        weight -= 0.5
    found = probe.after()()
    assert found is not None
    assert names == ("a", "c")
    assert found.grad.tolist() == pytest.approx([8**0.5, 1])
    assert found.weight.tolist() == pytest.approx([20**0.5, 3])
    assert found.update.tolist() == pytest.approx([2**0.5 / 20**0.5, 0.5 / 3])
    assert found.total_grad == pytest.approx(3)
    assert found.mean.shape == (0,)


def test_the_sampler_keeps_to_share_and_rate() -> None:
    sampler = Sampler(0.01)
    assert sampler.due == 0
    for number in range(BURST):
        sampler.sampled(0.02, float(number))
        assert sampler.due == pytest.approx(number + 1 / 30)
    sampler.spent = 0.0
    sampler.sampled(0.001, 15.0)
    assert sampler.due == pytest.approx(15.1)
    sampler.charge(0.002, 15.05)
    assert sampler.due == pytest.approx(15.3)
    sampler.sampled(0.0, 19.0)
    assert sampler.due == pytest.approx(19 + 1 / 30)
    assert sampler.spent == pytest.approx(0.003)
    sampler.on = False
    assert sampler.due == float("inf")
    sampler.charge(0.1, 20.0)
    assert sampler.due == float("inf")


@pytest.mark.parametrize("device", ["cpu", "meta-like"])
@pytest.mark.parametrize("losses", [1, 2])
def test_the_ring_gives_losses_back_in_order(device: str, losses: int) -> None:
    ring = LossRing(torch.device("cpu"), losses)
    shape = (4, 3) if losses > 1 else (4,)
    if device != "cpu":
        # The way of the other devices, run on the CPU.
        ring._tensor = torch.zeros(shape)
        ring._rows = ring._tensor.unbind()
        ring.put = ring._write
    for value in range(11):
        total = torch.tensor(float(value), requires_grad=True)
        ring.put(total, (total + 1, total + 2)[:losses])
    assert len(ring) == 11
    expected = [[v, v + 1, v + 2] if losses > 1 else v for v in range(11)]
    assert ring.take().tolist() == expected
    assert len(ring) == 0
    assert ring.take().tolist() == []
