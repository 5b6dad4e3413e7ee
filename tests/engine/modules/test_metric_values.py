"""Metrics against scikit-learn, on random and on degenerate inputs."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from engine.catalog import registry
from engine.catalog.spec import MetricSpec, load_target

if TYPE_CHECKING:
    from collections.abc import Callable

MACRO = {
    "precision_macro": reference.precision_score,
    "recall_macro": reference.recall_score,
    "f1_macro": reference.f1_score,
}
REGRESSION = {
    "mae": reference.mean_absolute_error,
    "rmse": reference.root_mean_squared_error,
    "r2": reference.r2_score,
}


def value(metric: str, prediction: torch.Tensor, target: torch.Tensor, **params: Any) -> float:
    spec = registry.metric(metric)
    result = load_target(spec.target)(prediction, target, **spec.arguments(params))
    assert result.shape == ()
    return result.item()


def one_hot(target: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(target, 7).float()


LOWER = {"mae", "rmse", "mse", "perplexity", "hamming"}
Case: TypeAlias = tuple[torch.Tensor, torch.Tensor]
CLASS_CASES: dict[str, Callable[[torch.Tensor, torch.Tensor], Case]] = {
    "random": lambda s, t: (s, t),
    "one class only": lambda s, t: (s, torch.full_like(t, 3)),
    "one class predicted": lambda s, t: (s + 99 * one_hot(torch.full_like(t, 2)), t),
    "class that never occurs": lambda s, t: (s, t.clamp(max=4)),
    "neither occurs nor is predicted": lambda s, t: (
        s - 99 * (torch.arange(7) > 4),
        t.clamp(max=4),
    ),
    "all equal scores": lambda s, t: (torch.zeros_like(s), t),
    "perfect": lambda s, t: (one_hot(t), t),
    "all wrong": lambda s, t: (-one_hot(t), t),
    "one sample": lambda s, t: (s[:1], t[:1]),
    "half precision": lambda s, t: (s.bfloat16(), t),
}


def classes_case(kind: str) -> Case:
    """Return scores (N, C) and class numbers (N,)."""
    torch.manual_seed(0)
    return CLASS_CASES[kind](torch.randn(200, 7), torch.randint(0, 7, (200,)))


@pytest.mark.parametrize("kind", CLASS_CASES)
def test_accuracy(kind: str) -> None:
    scores, target = classes_case(kind)
    labels = scores.float().numpy().argmax(1)
    expected = reference.accuracy_score(target.numpy(), labels)
    assert value("accuracy", scores, target) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", CLASS_CASES)
@pytest.mark.parametrize("metric", MACRO)
def test_macro_figures(metric: str, kind: str) -> None:
    scores, target = classes_case(kind)
    labels = scores.float().numpy().argmax(1)
    expected = MACRO[metric](target.numpy(), labels, average="macro", zero_division=0)
    assert value(metric, scores, target) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", CLASS_CASES)
@pytest.mark.parametrize("k", [1, 3, 7])
def test_top_k(kind: str, k: int) -> None:
    scores, target = classes_case(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference.top_k_accuracy_score(
            target.numpy(), scores.float().numpy(), k=k, labels=np.arange(7)
        )
    assert value("top_k", scores, target, k=k) == pytest.approx(expected, abs=1e-6)


def test_top_k_with_few_classes_is_one() -> None:
    assert value("top_k", torch.randn(9, 3), torch.randint(0, 3, (9,))) == 1


def test_class_metrics_take_more_axes() -> None:
    torch.manual_seed(1)
    scores, target = torch.randn(4, 5, 6, 3), torch.randint(0, 5, (4, 6, 3))
    flat, rows = scores.movedim(1, -1).reshape(-1, 5), target.flatten()
    for metric in ("accuracy", "top_k", *MACRO):
        params = {"k": 2} if metric == "top_k" else {}
        assert value(metric, scores, target, **params) == value(metric, flat, rows, **params)


def binary_case(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return raw scores (N, 1) and answers (N,)."""
    torch.manual_seed(2)
    scores, target = torch.randn(150, 1), torch.randint(0, 2, (150,))
    match kind:
        case "always yes":
            scores = scores.abs() + 0.1
        case "never true":
            target = torch.zeros_like(target)
        case "both no":
            scores, target = -scores.abs() - 0.1, torch.zeros_like(target)
        case _:
            assert kind == "random"
    return scores, target


@pytest.mark.parametrize("kind", ["random", "always yes", "never true", "both no"])
def test_yes_or_no_figures(kind: str) -> None:
    scores, target = binary_case(kind)
    said = (scores[:, 0] > 0).long().numpy()
    expected = reference.accuracy_score(target.numpy(), said)
    assert value("binary_accuracy", scores, target) == pytest.approx(expected, abs=1e-6)
    for metric, function in MACRO.items():
        expected = function(target.numpy(), said, average="macro", zero_division=0)
        assert value(metric, scores, target) == pytest.approx(expected, abs=1e-6)


def test_threshold_is_a_probability() -> None:
    scores = torch.tensor([[-1.0], [0.0], [1.0], [3.0]])
    assert value("binary_accuracy", scores, torch.tensor([0, 0, 0, 1]), threshold=0.8) == 1


def regression_case(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return predictions and targets."""
    torch.manual_seed(3)
    said, truth = torch.randn(120, 1), torch.randn(120) * 2 + 5
    match kind:
        case "several outputs":
            said, truth = torch.randn(120, 4), torch.randn(120, 4) * torch.tensor([1.0, 5, 9, 2])
        case "constant target":
            truth = torch.full((120,), 2.0)
        case "constant target met":
            said, truth = torch.full((120, 1), 2.0), torch.full((120,), 2.0)
        case "the mean":
            said = truth.mean().expand(120, 1)
        case "perfect":
            said = truth[:, None].clone()
        case "large offset":
            truth = truth + 1000
        case _:
            assert kind == "random"
    return said, truth


@pytest.mark.parametrize(
    "kind",
    [
        "random",
        "several outputs",
        "constant target",
        "constant target met",
        "the mean",
        "perfect",
        "large offset",
    ],
)
@pytest.mark.parametrize("metric", REGRESSION)
def test_regression_figures(metric: str, kind: str) -> None:
    said, truth = regression_case(kind)
    expected = REGRESSION[metric](truth.double().numpy(), said.double().numpy())
    assert value(metric, said, truth) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_r2_of_one_sample_is_not_a_number() -> None:
    assert math.isnan(value("r2", torch.ones(1, 1), torch.ones(1)))


@pytest.mark.parametrize("spec", registry.of_kind(MetricSpec).values(), ids=lambda s: s.id)
def test_metric_has_a_task_and_a_direction(spec: MetricSpec) -> None:
    assert set(spec.tasks) <= {"classes", "binary", "regression"}
    assert spec.tasks
    assert spec.better == ("lower" if spec.id in LOWER else "higher")
