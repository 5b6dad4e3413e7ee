"""The slice through the loss: its middle is the loss of the weights, its directions are fair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from engine import files
from engine.judge.landscape import SAMPLES, Landscape, directions, landscape
from engine.train.failure import Ended
from engine.train.setup import build, load_data

if TYPE_CHECKING:
    from pathlib import Path

    from engine.data.dataset import Dataset
    from engine.project import Project


@pytest.fixture(scope="module")
def project(root: Path) -> Project:
    made = files.load(root / "resources" / "templates" / "digits-mlp.loom")
    return made.with_training(device="cpu", threads=1)


@pytest.fixture(scope="module")
def data(project: Project) -> Dataset:
    return load_data(project)


@pytest.fixture(scope="module")
def weights(project: Project, data: Dataset) -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    root = build(project, data).root
    return {name: value.clone() for name, value in root.state_dict().items()}


def by_hand(
    project: Project, data: Dataset, weights: dict[str, torch.Tensor], across: float, down: float
) -> float:
    """Return the loss at a point of the slice, with a network of its own."""
    bundle = build(project, data)
    bundle.root.load_state_dict(weights)
    network = bundle.networks["main"].eval()
    moved = [p for p in network.parameters() if p.dim() > 1]
    home = [p.detach().clone() for p in moved]
    one, two = directions(home, 0), directions(home, 1)
    with torch.no_grad():
        for p, start, a, b in zip(moved, home, one, two, strict=True):
            p.copy_(start + across * a + down * b)
        batch = [data.parts["validation"][name][:SAMPLES] for name in network.fields]
        return float(network.train_forward(*batch)[0])


def test_every_point_is_the_loss_there(
    project: Project, data: Dataset, weights: dict[str, torch.Tensor]
) -> None:
    before = torch.get_rng_state()
    told: list[float] = []
    found = landscape(project, weights, data, 5, lambda _text, share: told.append(share))
    assert torch.equal(before, torch.get_rng_state())
    assert found.ends.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert found.middle == pytest.approx(by_hand(project, data, weights, 0, 0), rel=1e-6)
    for row, column in ((0, 0), (1, 4), (3, 2)):
        wanted = by_hand(project, data, weights, found.ends[column], found.ends[row])
        assert found.loss[row, column] == pytest.approx(wanted, rel=1e-5)
    assert told == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert isinstance(found, Landscape)
    assert found.part == "validation"


def test_filters_of_a_direction_are_as_long_as_those_of_the_weights() -> None:
    held = [torch.randn(8, 3, 3, 3) * 5, torch.randn(10, 4)]
    one, other = directions(held, 0), directions(held, 1)
    for weight, a, b in zip(held, one, other, strict=True):
        lengths = weight.flatten(1).norm(dim=1)
        assert torch.allclose(a.flatten(1).norm(dim=1), lengths, rtol=1e-5)
        assert torch.allclose(b.flatten(1).norm(dim=1), lengths, rtol=1e-5)
        cosine = (a * b).sum() / (a.norm() * b.norm())
        assert abs(float(cosine)) < 0.5


def test_it_can_be_cancelled(
    project: Project, data: Dataset, weights: dict[str, torch.Tensor]
) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 7

    with pytest.raises(Ended):
        landscape(project, weights, data, 21, cancelled=cancelled)
    assert len(asked) == 8


def test_losses_that_are_not_finite_are_infinite(
    project: Project, data: Dataset, weights: dict[str, torch.Tensor]
) -> None:
    broken = {name: value * 1e30 for name, value in weights.items()}
    found = landscape(project, broken, data, 3)
    assert not np.isnan(found.loss).any()
