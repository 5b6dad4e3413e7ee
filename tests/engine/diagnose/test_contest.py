"""Contests of two networks: who makes and who judges, and what is told of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import files
from engine.diagnose.contest import contest
from engine.diagnose.doctor import Doctor
from engine.diagnose.structure import Body
from engine.train import events as ev

GAN = files.template("gan")
KEYS = ("train_discriminator", "train_generator")


def phases() -> tuple[ev.PhaseStarted, ...]:
    told: list[ev.PhaseStarted] = []
    for phase in GAN.training.phases:
        parts = Body(GAN, phase.network).parts
        losses = tuple((p.path, p.node.name) for p in parts.values() if p.loss is not None)
        nodes = tuple((p.path, p.node.name) for p in parts.values() if p.loss is None)
        told.append(ev.PhaseStarted(phase.name, phase.network, nodes, losses))
    return tuple(told)


def trained(index: int) -> tuple[str, ...]:
    """What a phase trains: the judge in its own, the generator in the other."""
    key, place = (KEYS[0], "n5/") if index == 0 else (KEYS[1], "n2/")
    parts = Body(GAN, key).parts
    return tuple(p.path for p in parts.values() if p.weighted and p.path.startswith(place))


def norms(index: int, step: int) -> ev.Norms:
    names = trained(index)
    row = np.full(len(names), 0.1, np.float32)
    return ev.Norms(step, names, row, row, row / 100, 0.3, index)


def steps(index: int, loss: float, first: int = 0) -> ev.Steps:
    return ev.Steps(
        first, np.full(100, loss, np.float32), 1e-3, 1e4, None, 0.01, phase=index, stride=2.0
    )


def begun() -> tuple[ev.Event, ...]:
    told = phases()
    first = told[0]
    start = ev.Started(first.nodes, first.losses, 100, 20, 1, "cpu", phases=told)
    return start, norms(0, 0), norms(1, 1)


def of(losses: tuple[float, float], project: Any = GAN) -> list[ev.Finding]:
    doctor = Doctor(project)
    found = doctor.take(begun())
    for first in range(0, 800, 200):
        for index in (0, 1):
            found += doctor.take((steps(index, losses[index], first + index),))
    return found


def test_the_sides_are_told_by_what_they_train() -> None:
    doctor = Doctor(GAN)
    doctor.take(begun())
    sides = contest(doctor.evidence)
    assert sides is not None
    assert (sides.judge.network, sides.maker.network) == KEYS


def test_a_judge_that_is_sure_has_won() -> None:
    # Its goal for real samples is 0.9, so that its loss cannot come below 0.325.
    (found,) = of((0.33, 9.0))
    assert (found.kind, found.network) == ("judge_wins", KEYS[0])
    assert found.node in trained(0)
    assert "its loss is 0.33," in found.message
    assert found.fix is not None
    assert found.fix.params["phase"] == 0


@pytest.mark.parametrize("losses", [(1.1, 1.0), (0.33, 1.0), (0.8, 9.0)])
def test_a_contest_that_is_open_is_no_finding(losses: tuple[float, float]) -> None:
    assert of(losses) == []


def pictures(variety: float, step: int) -> ev.Pictures:
    draw = np.random.default_rng(step)
    base = draw.integers(0, 255, (1, 28, 28)).astype(float)
    images = np.clip(base + variety * draw.normal(0, 80, (16, 28, 28)), 0, 255)
    return ev.Pictures(step, "n6", images.astype(np.uint8), 1)


@pytest.mark.parametrize(("variety", "kinds"), [(0.01, ["mode_collapse"]), (1.0, [])])
def test_pictures_that_are_all_alike_are_told(variety: float, kinds: list[str]) -> None:
    doctor = Doctor(GAN)
    doctor.take((*begun(), *(steps(i, 1.0, 200 * k + i) for k in range(3) for i in (0, 1))))
    found: list[ev.Finding] = []
    for step in range(600, 612):
        found += doctor.take((pictures(variety, step),))
    assert [f.kind for f in found] == kinds
    assert all(f.node.startswith("n2/") and f.network == KEYS[1] for f in found)


def test_pictures_of_data_may_be_alike() -> None:
    doctor = Doctor(files.template("autoencoder"))
    parts = Body(doctor.evidence.project, "main").parts
    shown = next(p.path for p in parts.values() if p.spec.shows)
    nodes = tuple((p.path, p.node.name) for p in parts.values() if p.loss is None)
    doctor.take((ev.Started(nodes, (("n11", "loss"),), 10, 20, 1, "cpu"), steps(0, 1.0)))
    alike = np.zeros((16, 28, 28), np.uint8)
    assert doctor.take(tuple(ev.Pictures(200 + i, shown, alike) for i in range(9))) == []
