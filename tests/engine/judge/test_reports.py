"""Reports against scikit-learn, on random and degenerate answers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from engine.catalog import registry
from engine.catalog.spec import ReportSpec, load_target
from engine.modules.reports import (
    calibration,
    class_report,
    confusion_matrix,
    precision_recall_curve,
    residuals,
    roc_curve,
    threshold_curve,
    worst_samples,
)

C = 4
KINDS = ["random", "ties", "one class", "class that never occurs", "one sample"]


def classes(kind: str) -> tuple[Any, Any]:
    """Return probabilities (N, C) and class numbers (N,)."""
    random = np.random.default_rng(1)
    shares, truth = random.dirichlet(np.ones(C), 90), random.integers(0, C, 90)
    match kind:
        case "ties":
            shares = np.round(shares * 4) / 4
        case "one class":
            truth = np.full(90, 2)
        case "class that never occurs":
            truth = np.minimum(truth, 2)
        case "one sample":
            shares, truth = shares[:1], truth[:1]
        case _:
            assert kind == "random"
    return shares, truth


def answers(kind: str) -> tuple[Any, Any]:
    """Return probabilities of yes (N,) and 0 or 1 (N,)."""
    shares, truth = classes(kind)
    return shares[:, 1], (truth == 1).astype(int)


BOTH = pytest.mark.parametrize("kind", KINDS)


@BOTH
def test_confusion_matrix(kind: str) -> None:
    shares, truth = classes(kind)
    said = shares.argmax(1)
    found = confusion_matrix(shares, truth)
    assert (found["counts"] == reference.confusion_matrix(truth, said, labels=range(C))).all()
    for ours, theirs in (("actual", "true"), ("predicted", "pred"), ("all", "all")):
        expected = reference.confusion_matrix(truth, said, labels=range(C), normalize=theirs)
        assert np.allclose(confusion_matrix(shares, truth, ours)["shares"], expected)


def test_confusion_matrix_of_yes_and_no() -> None:
    shares, truth = answers("random")
    expected = reference.confusion_matrix(truth, shares > 0.5)
    assert (confusion_matrix(shares, truth)["counts"] == expected).all()


@BOTH
def test_roc_curve(kind: str) -> None:
    shares, truth = answers(kind)
    found = roc_curve(shares, truth)["curves"]
    if len(set(truth)) < 2:
        assert not found
        return
    x, y, limits = reference.roc_curve(truth, shares, drop_intermediate=False)
    assert np.allclose(found[0]["x"], x)
    assert np.allclose(found[0]["y"], y)
    assert np.allclose(found[0]["limits"][1:], limits[1:])
    assert found[0]["area"] == pytest.approx(reference.roc_auc_score(truth, shares))


@BOTH
def test_roc_of_several_classes(kind: str) -> None:
    shares, truth = classes(kind)
    for curve in roc_curve(shares, truth)["curves"]:
        place = curve["class"]
        expected = reference.roc_auc_score(truth == place, shares[:, place])
        assert curve["area"] == pytest.approx(expected)


@BOTH
def test_precision_recall_curve(kind: str) -> None:
    shares, truth = answers(kind)
    found = precision_recall_curve(shares, truth)["curves"]
    if not truth.any():
        assert not found
        return
    precision, recall, _ = reference.precision_recall_curve(truth, shares)
    assert np.allclose(found[0]["x"], recall[::-1])
    assert np.allclose(found[0]["y"], precision[::-1])
    expected = reference.average_precision_score(truth, shares)
    assert found[0]["area"] == pytest.approx(expected)
    assert found[0]["positives"] == pytest.approx(truth.mean())


@BOTH
def test_thresholds(kind: str) -> None:
    shares, truth = classes(kind)
    found = threshold_curve(shares, truth, of=1, steps=20)
    yes = truth == 1
    for place, limit in enumerate(found["thresholds"]):
        said = shares[:, 1] >= limit
        precision, recall, f1, _ = reference.precision_recall_fscore_support(
            yes, said, average="binary", zero_division=0
        )
        assert found["precision"][place] == pytest.approx(precision)
        assert found["recall"][place] == pytest.approx(recall)
        assert found["f1"][place] == pytest.approx(f1)
        kept = reference.recall_score(~yes, ~said, zero_division=0)
        assert found["specificity"][place] == pytest.approx(kept)


@BOTH
def test_class_report(kind: str) -> None:
    shares, truth = classes(kind)
    said = shares.argmax(1)
    found = class_report(shares, truth)
    expected = reference.classification_report(
        truth, said, labels=range(C), output_dict=True, zero_division=0
    )
    for place in range(C):
        row = expected[str(place)]
        assert found["rows"][place, [0, 1, 3]] == pytest.approx(
            [row["precision"], row["recall"], row["f1-score"]]
        )
        assert found["support"][place] == row["support"]
    row = expected["weighted avg"]
    assert found["weighted"][[0, 1, 3]] == pytest.approx(
        [row["precision"], row["recall"], row["f1-score"]]
    )
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(truth, said))
    expected = reference.f1_score(truth, said, average="macro", zero_division=0)
    assert found["macro"][3] == pytest.approx(expected)


@BOTH
def test_calibration(kind: str) -> None:
    shares, truth = answers(kind)
    found = calibration(shares, truth, bins=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        share, confidence = calibration_curve(truth, shares, n_bins=8)
    assert np.allclose(found["share"], share)
    assert np.allclose(found["confidence"], confidence)
    assert found["brier"] == pytest.approx(((shares - truth) ** 2).mean())
    assert found["count"].sum() == len(truth)


def test_calibration_error_of_classes() -> None:
    shares, truth = classes("random")
    found = calibration(shares, truth)
    sure, right = shares.max(1), shares.argmax(1) == truth
    total = 0.0
    for low in np.arange(10) / 10:
        held = (sure > low) & (sure <= low + 0.1)
        if held.any():
            total += abs(sure[held].mean() - right[held].mean()) * held.mean()
    assert found["error"] == pytest.approx(total)


@pytest.mark.parametrize("outputs", [1, 3])
def test_residuals(outputs: int) -> None:
    random = np.random.default_rng(2)
    said, truth = random.normal(size=(40, outputs)), random.normal(size=(40, outputs))
    found = residuals(said, truth, output=outputs - 1)
    a, b = said[:, -1], truth[:, -1]
    assert np.allclose(found["residual"], a - b)
    assert found["r2"] == pytest.approx(reference.r2_score(b, a))
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(b, a))
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(b, a))
    assert found["mse"] == pytest.approx(reference.mean_squared_error(b, a))


def test_worst_samples() -> None:
    shares, truth = classes("random")
    losses = [
        reference.log_loss([k], [p], labels=range(C)) for k, p in zip(truth, shares, strict=True)
    ]
    found = worst_samples(shares, truth, count=5)
    assert list(found["rows"]) == list(np.argsort(losses)[::-1][:5])
    assert found["loss"] == pytest.approx(sorted(losses, reverse=True)[:5])
    said, right = np.array([[1.0], [5.0], [2.0]]), np.array([[1.0], [1.0], [1.0]])
    assert list(worst_samples(said, right, count=2)["rows"]) == [1, 2]
    yes, answer = np.array([0.9, 0.2, 0.6]), np.array([0, 0, 1])
    assert list(worst_samples(yes, answer)["rows"]) == [0, 2, 1]


@pytest.mark.parametrize("spec", registry.of_kind(ReportSpec).values(), ids=lambda s: s.id)
def test_entries_are_whole(spec: ReportSpec) -> None:
    assert callable(load_target(spec.target))
    assert spec.tasks
    assert spec.notes
    assert spec.pitfalls
