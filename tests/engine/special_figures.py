"""Figures of templates that no single run's result holds: what a claim may name besides those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from engine.assign import assign
from engine.train.control import Control
from engine.train.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.project import Project
    from engine.train.setup import Prepared

SEEDS = (0, 1)
SURE = 0.8
"""How sure a reader must be of a drawn digit for it to count."""


def changed(project: Project, settings: Mapping[str, Any]) -> Project:
    """Return the project with settings written as a claim writes them."""
    for path, value in settings.items():
        project = assign(project, path, json.dumps(value))
    return project


def trained(project: Project) -> tuple[dict[str, Any], Prepared]:
    """Train on this thread; return the result and what was trained."""
    trainer = Trainer(project.with_training(device="cpu"), lambda _: None, Control())
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
        order = torch.randperm(len(pictures))
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(pictures[rows]), digits[rows]).backward()
            optimizer.step()
    return network


def digits_drawn(project: Project) -> float:
    """Return how many of ten digits stand in at least 1 % of 1,000 drawn pictures, surely."""
    _, prepared = trained(project)
    real, held = prepared.data.parts["train"], prepared.data.parts["test"]
    read = reader(real["image"], real["target"])
    generator = prepared.bundle.networks["train_generator"].eval()
    torch.manual_seed(1)
    with torch.no_grad():
        drawn = generator(torch.zeros(1000, 1, 28, 28))
        sure, digit = read(drawn).softmax(dim=1).max(dim=1)
        right = read(held["image"]).argmax(dim=1) == held["target"]
    assert right.float().mean() > 0.93
    return float((digit[sure > SURE].bincount(minlength=10) >= 10).sum())


def pairs_told(project: Project) -> float:
    """Return the share of held-out pairs that a distance of half the margin tells rightly."""
    _, prepared = trained(project)
    test = prepared.data.parts["test"]
    with torch.no_grad():
        distance = prepared.network.eval()(test["first"], test["second"])
    said = distance.flatten() < 0.5
    return float((said == (test["same"] == 1)).float().mean())


def gain_by_teacher(project: Project) -> float:
    """Return how many points of accuracy a student gains over the same student alone."""
    nodes = project.networks["learn"].nodes
    answers, imitation = (
        next(i for i, n in nodes.items() if n.name == name) for name in ("answers", "imitation")
    )
    where = "networks.learn.nodes.{}.params.weight"
    alone = changed(project, {where.format(answers): 1.0, where.format(imitation): 0.0})

    def accuracy(variant: Project, seed: int) -> float:
        return trained(variant.with_training(seed=seed))[0]["test"]["accuracy"]

    gains = [accuracy(project, seed) - accuracy(alone, seed) for seed in SEEDS]
    return 100 * sum(gains) / len(gains)


FIGURES: dict[str, Callable[[Project], float]] = {
    f.__name__: f for f in (digits_drawn, pairs_told, gain_by_teacher)
}
