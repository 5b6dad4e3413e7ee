"""What templates promise that no single figure of a run says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from engine import files
from engine.assign import assign
from engine.data.dataset import load
from engine.train.control import Control
from engine.train.setup import prepare
from engine.train.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.project import Project
    from engine.train.setup import Prepared

LIMIT = "data.source.params.limit"


@pytest.fixture(autouse=True)
def _real_data(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA", str(data_folder))


def template(name: str, settings: Mapping[str, Any]) -> Project:
    project = files.template(name)
    for path, value in settings.items():
        project = assign(project, path, json.dumps(value))
    return project


def trained(project: Project) -> tuple[dict[str, Any], Prepared]:
    """Train on this thread; return the result and what was trained."""
    trainer = Trainer(project, lambda _: None, Control())
    trainer.run()
    assert trainer.result is not None
    assert trainer.prepared is not None
    return trainer.result, trainer.prepared


def reader(pictures: torch.Tensor, digits: torch.Tensor) -> nn.Module:
    """Return a small network that has learned to read real digits."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(4):
        for rows in torch.randperm(len(pictures)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(pictures[rows]), digits[rows]).backward()
            optimizer.step()
    return network


def kinds(name: str, settings: Mapping[str, Any]) -> int:
    """Return how many digits a trained generator draws, of each at least 1 % of its pictures.

    A picture counts where a reader of real digits is sure of it.
    """
    _, prepared = trained(template(name, settings))
    real = prepared.data.parts["train"]
    read = reader(real["image"], real["target"])
    generator = prepared.bundle.networks["train_generator"].eval()
    torch.manual_seed(1)
    with torch.no_grad():
        drawn = generator(torch.zeros(1000, 1, 28, 28))
        sure, digit = read(drawn).softmax(dim=1).max(dim=1)
        held = read(prepared.data.parts["test"]["image"]).argmax(dim=1)
    assert (held == prepared.data.parts["test"]["target"]).float().mean() > 0.93
    return int((digit[sure > 0.8].bincount(minlength=10) >= 10).sum())


def test_the_gan_draws_at_least_eight_digits() -> None:
    assert kinds("gan", {"training.epochs": 25}) >= 8


def test_the_convolutional_gan_draws_most_digits() -> None:
    assert kinds("dcgan", {"training.epochs": 6}) >= 6


def test_a_distilled_student_beats_the_same_student_alone() -> None:
    small = {"training.epochs": 4, LIMIT: 3000}
    alone = {**small, "imitation.weight": 0.0, "answers.weight": 1.0}
    found = [
        [trained(template("distillation", {**s, "training.seed": seed}))[0] for seed in (0, 1)]
        for s in (small, alone)
    ]
    taught, untaught = (sum(r["test"]["accuracy"] for r in runs) / len(runs) for runs in found)
    assert taught > untaught + 0.01


def test_reversed_gradients_carry_over_to_the_other_domain() -> None:
    small = {"training.epochs": 2, LIMIT: 3000}
    with_reversal, _ = trained(template("domain-adversarial", small))
    without, _ = trained(template("domain-adversarial", {**small, "reversal.scale": 0.0}))
    assert with_reversal["test"]["accuracy"] > without["test"]["accuracy"] + 0.03


def test_the_siamese_distance_tells_same_from_different() -> None:
    _, prepared = trained(template("siamese", {"training.epochs": 2}))
    test = prepared.data.parts["test"]
    with torch.no_grad():
        distance = prepared.network.eval()(test["first"], test["second"])
    said = distance.flatten() < 0.5
    assert (said == (test["same"] == 1)).float().mean() >= 0.85


def spread(name: str, seed: int) -> float:
    """Return how uneven the gradients of a fresh network's convolutions are: largest to smallest."""
    project = template(name, {LIMIT: 100, "training.seed": seed})
    prepared = prepare(project, load(project.data))
    part = prepared.data.parts["train"]
    network = prepared.network.train()
    loss = network.train_forward(part["image"][:64], part["target"][:64])[0]
    weights = [p for p in network.parameters() if p.ndim == 4 and p.shape[-1] == 3]
    norms = [float(g.norm()) for g in torch.autograd.grad(loss, weights)]
    return max(norms) / min(norms)


def test_shortcuts_keep_gradients_even() -> None:
    even, uneven = (sum(spread(n, k) for k in (0, 1)) for n in ("resnet-20", "plain-20"))
    assert even < 0.6 * uneven
