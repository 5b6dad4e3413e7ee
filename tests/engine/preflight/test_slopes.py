"""Gradients against finite differences: a wrong one is found, right ones are not accused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from engine.catalog import registry
from engine.custom import loading, trust
from engine.preflight.checkup import check, gradients
from engine.preflight.remote import do
from engine.train.setup import prepare
from tests.engine.train.projects import MLP, classes, dense, project

if TYPE_CHECKING:
    from pathlib import Path

CUBE = """
import torch
from torch import nn


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x, scale)
        return scale * x**3

    @staticmethod
    def backward(ctx, grad):
        x, scale = ctx.saved_tensors
        return grad * FACTOR * scale * x**2, (grad * x**3).sum()


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return Cube.apply(x, self.scale)
"""


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(trust.PLACE, str(tmp_path / "trust.json"))
    for factor in ("3", "2"):
        trust.trust(CUBE.replace("FACTOR", factor), "cube")


@pytest.mark.parametrize(("factor", "status"), [("3", "pass"), ("2", "fail")])
def test_a_wrong_backward_of_a_layer_of_ones_own_is_found(
    trusted: None, factor: str, status: str
) -> None:
    code = CUBE.replace("FACTOR", factor)
    made = project((dense(6), ("custom", {"code": code, "settings": ()}), dense(10)))
    with loading.opened():
        (outcome,) = check(made, classes(), ("gradient_check",))
        rows = gradients(made, classes())
    assert outcome.status == status
    assert outcome.node == "n3"
    wrong = [row for row in rows if row.status == "wrong"]
    assert [(row.node, row.tensor) for row in wrong] == [("n3", "input in")] * (status == "fail")
    if wrong:
        assert rows[0] is wrong[0]
        assert wrong[0].passed / wrong[0].measured == pytest.approx(2 / 3, rel=1e-3)


def test_errors_are_those_of_double_precision() -> None:
    rows = gradients(project(MLP), classes())
    assert {row.node for row in rows} == {"n2", "n3", "n4", "n5"}
    assert {row.tensor for row in rows if row.node == "n2"} == {"input in", "weight", "bias"}
    assert all(row.status == "right" and row.error < 1e-5 for row in rows)
    ready = prepare(project(MLP), classes())
    assert ready.phases[0].parameters[0].dtype == torch.float32


def test_only_the_nodes_asked_for_are_tried() -> None:
    assert {row.node for row in gradients(project(MLP), classes(), ["n4"])} == {"n4"}


@pytest.mark.parametrize(
    ("layer", "settings"),
    [
        ("conv", {}),
        ("batch_norm1d", {}),
        ("layer_norm", {}),
        ("gelu", {}),
        ("softmax", {}),
        ("dropout", {"p": 0.4}),
        ("prelu", {}),
        ("selu", {}),
    ],
)
def test_layers_of_the_catalogue_are_right(layer: str, settings: dict[str, object]) -> None:
    middle = [(layer, settings)]
    if layer == "conv":
        middle = [("reshape", {"shape": (1, 12)}), ("conv1d", {"out_channels": 2}), ("flatten", {})]
    rows = gradients(project((dense(12), *middle, dense(10))), classes())
    assert all(row.status == "right" for row in rows), rows[0]


def test_what_differs_on_purpose_is_not_called_wrong() -> None:
    rows = gradients(project((dense(6), ("gradient_reversal", {}), dense(10))), classes())
    (row,) = [row for row in rows if row.node == "n3"]
    assert row.status == "meant"
    assert row.passed == pytest.approx(-row.measured, rel=1e-4)
    spec = registry.node("gradient_reversal")
    assert spec is not None
    assert row.note == spec.gradient_note


def test_a_layer_of_ones_own_is_tried_in_a_process_of_its_own(trusted: None) -> None:
    code = CUBE.replace("FACTOR", "2")
    made = project((dense(6), ("custom", {"code": code, "settings": ()}), dense(10)))
    told: list[str] = []
    (outcome,) = do("check", made, ("gradient_check",), told=lambda text, _: told.append(text))
    assert outcome.status == "fail"
    assert "Gradients of your own layers" in told
    assert not loading.is_open()
