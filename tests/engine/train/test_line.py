"""A run's end says of one line that it cannot part the classes, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from engine import files
from engine.project import Choice, DataRecipe, Phase
from engine.train.control import Control
from engine.train.events import Finding
from engine.train.line import parted
from engine.train.trainer import Trainer
from tests.engine.train.projects import dense, project

if TYPE_CHECKING:
    from engine.project import Project
    from engine.train.events import Event

XOR = DataRecipe(source=Choice(id="gates", params={"gate": "xor"}), scaling="none")
AND = DataRecipe(source=Choice(id="gates"), scaling="none")
SCORE = (dense(1),)
PERCEPTRON = (("perceptron", dict[str, Any]()),)
CURVED = (dense(4), ("tanh", dict[str, Any]()), dense(1))
FAST = Phase(optimizer=Choice(id="adam", params={"lr": 0.05}))


def said(made: Project) -> list[Finding]:
    """Return the findings of a run."""
    events: list[Event] = []
    Trainer(made.with_training(device="cpu"), events.append, Control()).run()
    return [e for e in events if isinstance(e, Finding)]


def on(data: DataRecipe, layers: Any, loss: str = "bce_with_logits") -> Project:
    return project(layers, loss, phases=(FAST,), epochs=8).but(data=data)


def test_xor_with_a_perceptron_is_explained() -> None:
    (finding,) = said(files.template("xor-perceptron").with_training(epochs=3))
    assert (finding.kind, finding.node, finding.network) == ("line", "n2", "main")
    assert "“perceptron” is the only layer of weights" in finding.message
    assert "no line parts the training samples" in finding.message
    assert "neighbours has 100 %" in finding.message


@pytest.mark.parametrize("name", ["and-perceptron", "xor-mlp"])
def test_a_network_that_can_is_left_alone(name: str) -> None:
    assert not said(files.template(name))


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        (SCORE, "bce_with_logits"),
        (PERCEPTRON, "perceptron_rule"),
        ((dense(2),), "cross_entropy"),
        ((*SCORE, ("sigmoid", {})), "perceptron_rule"),
        ((dense(8), dense(1)), "bce_with_logits"),
    ],
)
def test_every_way_to_draw_one_line_is_told(layers: Any, loss: str) -> None:
    (finding,) = said(on(XOR, layers, loss))
    assert finding.kind == "line"
    assert ("no activation between" in finding.message) == (layers[0] == dense(8))
    assert not said(on(AND, layers, loss))


def test_nothing_is_said_before_a_curved_network_has_learned() -> None:
    assert not said(on(XOR, CURVED).with_training(epochs=1))


def test_nothing_is_said_where_a_curve_does_no_better() -> None:
    """Clouds that overlap: no line parts them, but neighbours do not do better either."""
    blurred = DataRecipe(source=Choice(id="gates", params={"noise": 0.5}), scaling="none")
    assert not said(on(blurred, SCORE))


def test_nothing_is_said_of_more_classes_or_of_numbers() -> None:
    assert not said(project((dense(10),), epochs=1))
    assert not said(project((dense(1),), "mse", "sine", epochs=1))


def test_a_line_that_parts_is_found_where_there_is_one() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(300, 5, generator=generator).double() * torch.tensor([1, 1e3, 1, 1, 1e-3])
    side = points @ torch.tensor([1, 1e-3, -1, 0, 300.0]).double() + 0.1
    assert parted(points, side > 0)
    mixed = side > 0
    mixed[side.abs().argmax()] ^= True
    assert not parted(points, mixed)
