"""What the residual template is for: shortcuts keep the gradients of a deep network even."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine import files
from engine.data.dataset import load
from engine.train.setup import prepare
from tests.engine.special_figures import SEEDS, changed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def spread(name: str, seed: int) -> float:
    """Return the largest gradient of a fresh network's convolutions over the smallest."""
    few = {"data.source.params.limit": 100, "training.seed": seed, "training.device": "cpu"}
    project = changed(files.template(name), few)
    prepared = prepare(project, load(project.data))
    part = prepared.data.parts["train"]
    network = prepared.network.train()
    loss = network.train_forward(part["image"][:64], part["target"][:64])[0]
    weights = [p for p in network.parameters() if p.ndim == 4 and p.shape[-1] == 3]
    grads: tuple[torch.Tensor, ...] = torch.autograd.grad(loss, weights)
    norms = [g.square().sum().sqrt().item() for g in grads]
    return max(norms) / min(norms)


def test_shortcuts_keep_gradients_even(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))
    even, uneven = (sum(spread(n, seed) for seed in SEEDS) for n in ("resnet-20", "plain-20"))
    assert even < 0.6 * uneven
