"""Losses and metrics in whole runs: what a run says is what its exported script says."""

from __future__ import annotations

import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine.data import describe
from engine.export.python import export
from engine.project import Choice, Phase, Project
from engine.session import run_headless
from engine.shapes import analyse
from tests.engine.sketches import DIGITS, dense, made, net

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


def wasserstein() -> Project:
    """Return a generator of moons and its critic, kept smooth by a gradient penalty."""
    generator = net(
        "Generator",
        ("in", "input", (), {}),
        dense("first", "in", 16),
        ("act", "tanh", "first", {}),
        dense("point", "act", 2),
        ("out", "output", "point", {}),
    )
    critic = net(
        "Critic",
        ("in", "input", (), {}),
        dense("first", "in", 16),
        ("act", "tanh", "first", {}),
        dense("score", "act", 1),
        ("out", "output", "score", {}),
    )
    shared = {"weights": "shared"}
    judge = net(
        "Judge",
        ("noise", "noise", (), {"shape": (3,)}),
        ("point", "input", (), {"field": "point"}),
        ("fake", "@generator", "noise", shared),
        ("cut", "detach", "fake.out", {}),
        ("mix", "interpolate", ["point", "cut"], {}),
        ("real", "@critic", "point", shared),
        ("made", "@critic", "cut", shared),
        ("between", "@critic", "mix", shared),
        ("loss", "critic_loss", ["real.out", "made.out"], {"kind": "wasserstein"}),
        ("slope", "gradient_penalty", ["between.out", "mix"], {}),
    )
    fool = net(
        "Fool",
        ("noise", "noise", (), {"shape": (3,)}),
        ("fake", "@generator", "noise", shared),
        ("judged", "@critic", "fake.out", shared),
        ("loss", "generator_loss", "judged.out", {"kind": "wasserstein"}),
    )
    project = made(judge, generator=generator, critic=critic, fool=fool)
    adam = Choice(id="adam", params={"lr": 0.002})
    judged = Phase(name="judge", trains=("real",), optimizer=adam, steps=3)
    fooled = Phase(name="fool", network="fool", trains=("fake",), optimizer=adam)
    return project.with_training(phases=(judged, fooled), epochs=4, threads=1)


def digits(loss: str, params: dict[str, Any], *metrics: str) -> Project:
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        dense("head", "pixels", 10),
        ("loss", loss, "head", params),
    )
    return made(main, DIGITS).with_training(epochs=1, threads=1, metrics=metrics)


WEIGHTS = tuple(1.0 + n / 10 for n in range(10))
PROJECTS = {
    "wasserstein": wasserstein(),
    "weights": digits("cross_entropy", {"class_weights": WEIGHTS}),
    "focal": digits("focal", {"class_weights": WEIGHTS, "gamma": 1.0}, "accuracy"),
    "figures": digits("cross_entropy", {}, "sequence_accuracy", "accuracy", "f1_macro", "top_k"),
    "ignored": digits("cross_entropy", {"ignore_index": 3}, "sequence_accuracy", "accuracy"),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_script_says_the_same(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = PROJECTS[name]
    script = tmp_path / "script.py"
    script.write_text(export(project))
    expected = run_headless(project)
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", [str(script), "--json"])
    runpy.run_path(str(script), run_name="__main__")
    result = json.loads(capsys.readouterr().out)
    assert result["parameters_sha256"] == expected["parameters_sha256"]
    for part in ("train", "validation", "test"):
        assert result[part] == pytest.approx(expected[part], rel=1e-6)


def test_the_penalty_is_there_in_evaluation_too() -> None:
    figures = run_headless(PROJECTS["wasserstein"])["test"]
    assert figures["loss.slope"] > 1e-4
    assert figures["loss.slope"] < 5
    assert figures["loss"] == pytest.approx(figures["loss.loss"] + figures["loss.slope"], rel=1e-4)


def test_sequence_accuracy_of_single_answers_is_accuracy() -> None:
    result = run_headless(PROJECTS["figures"])
    assert result["test"]["sequence_accuracy"] == pytest.approx(result["test"]["accuracy"])


def test_a_score_that_does_not_come_from_where_its_slope_is_taken() -> None:
    project = wasserstein()
    graph = project.graph
    scope = project.scope(describe(project.data).fields)
    assert not analyse(graph, scope).problems
    graph = graph.connect("point", "slope", target_port="at")
    wrong = [p for p in analyse(graph, scope).problems if p.node == "slope"]
    assert len(wrong) == 1
    assert "none comes there" in wrong[0].message


@pytest.mark.parametrize(
    ("loss", "activation"),
    [("sequence_cross_entropy", "softmax"), ("bce_with_logits", "sigmoid"), ("focal", "softmax")],
)
def test_an_activation_too_many_is_pointed_out(loss: str, activation: str) -> None:
    main = net(
        "",
        ("pixels", "input", (), {"field": "pixels"}),
        dense("head", "pixels", 10),
        ("act", activation, "head", {}),
        ("loss", loss, "act", {}),
    )
    project = made(main, DIGITS)
    scope = project.scope(describe(project.data).fields)
    messages = [p.message for p in analyse(project.graph, scope).problems]
    assert any(f"applies a {activation} itself" in m for m in messages)
