"""Averages, rankings, texts and pictures against scikit-learn and written-out references."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from engine.catalog import registry
from engine.catalog.spec import MetricSpec
from tests.engine.modules.test_metric_values import (
    CLASS_CASES,
    MACRO,
    REGRESSION,
    binary_case,
    classes_case,
    value,
)

BINARY = ["random", "always yes", "never true", "both no"]
SCORE = {
    "precision": reference.precision_score,
    "recall": reference.recall_score,
    "f1": reference.f1_score,
}


def specificity(truth: Any, said: Any, average: str) -> float:
    labels = np.union1d(truth, said)
    table = reference.multilabel_confusion_matrix(truth, said, labels=labels)
    right, wrong = table[:, 0, 0].astype(float), table[:, 0, 1]
    each = np.divide(right, right + wrong, out=np.zeros(len(right)), where=right + wrong > 0)
    if average == "micro":
        # classes that are nowhere are right throughout
        spare = (7 - len(labels)) * len(truth)
        return (right.sum() + spare) / ((right + wrong).sum() + spare)
    return float(np.average(each, weights=table[:, 1].sum(1) if average == "weighted" else None))


@pytest.mark.parametrize("kind", CLASS_CASES)
@pytest.mark.parametrize("average", ["micro", "weighted"])
@pytest.mark.parametrize("figure", SCORE)
def test_averages(figure: str, average: str, kind: str) -> None:
    scores, target = classes_case(kind)
    said = scores.float().numpy().argmax(1)
    expected = SCORE[figure](target.numpy(), said, average=average, zero_division=0)
    assert value(f"{figure}_{average}", scores, target) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", CLASS_CASES)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_specificity(average: str, kind: str) -> None:
    scores, target = classes_case(kind)
    said = scores.float().numpy().argmax(1)
    expected = specificity(target.numpy(), said, average)
    assert value(f"specificity_{average}", scores, target) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", CLASS_CASES)
def test_balanced_accuracy_matthews_and_hamming(kind: str) -> None:
    scores, target = classes_case(kind)
    truth, said = target.numpy(), scores.float().numpy().argmax(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "balanced_accuracy": reference.balanced_accuracy_score(truth, said),
            "matthews": reference.matthews_corrcoef(truth, said),
            "hamming": reference.hamming_loss(truth, said),
        }
    for metric, number in expected.items():
        assert value(metric, scores, target) == pytest.approx(number, abs=1e-6), metric


@pytest.mark.parametrize("kind", BINARY)
def test_yes_alone(kind: str) -> None:
    scores, target = binary_case(kind)
    truth, said = target.numpy(), (scores[:, 0] > 0).long().numpy()
    for figure, function in SCORE.items():
        expected = function(truth, said, zero_division=0)
        assert value(f"{figure}_yes", scores, target) == pytest.approx(expected, abs=1e-6)
    expected = reference.recall_score(1 - truth, 1 - said, zero_division=0)
    assert value("specificity_yes", scores, target) == pytest.approx(expected, abs=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference.matthews_corrcoef(truth, said)
    assert value("matthews", scores, target) == pytest.approx(expected, abs=1e-6)


def several_labels() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(8)
    return torch.randn(80, 5), torch.randint(0, 2, (80, 5))


def test_several_labels_count_each() -> None:
    scores, target = several_labels()
    said = (scores > 0).long().numpy()
    expected = reference.hamming_loss(target.numpy(), said)
    assert value("hamming", scores, target.float()) == pytest.approx(expected, abs=1e-6)
    expected = reference.f1_score(target.numpy(), said, average="micro")
    assert value("f1_yes", scores, target.float()) == pytest.approx(expected, abs=1e-6)


def ties(scores: torch.Tensor) -> torch.Tensor:
    return (scores * 2).round() / 2


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("kind", BINARY)
def test_yes_or_no_rankings(kind: str, *, tied: bool) -> None:
    scores, target = binary_case(kind)
    scores = ties(scores) if tied else scores
    truth, raw = target.numpy(), scores[:, 0].numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        area = reference.roc_auc_score(truth, raw)
        precision = reference.average_precision_score(truth, raw)
    found = value("roc_auc", scores, target)
    assert found == pytest.approx(area, abs=1e-6, nan_ok=True)
    assert value("average_precision", scores, target) == pytest.approx(precision, abs=1e-6)


@pytest.mark.parametrize("kind", CLASS_CASES)
def test_rankings_of_classes(kind: str) -> None:
    scores, target = classes_case(kind)
    shares, truth = scores.float().softmax(1).numpy(), target.numpy()
    areas, steps = [], []
    for k in range(7):
        yes = truth == k
        if yes.any():
            steps.append(reference.average_precision_score(yes, shares[:, k]))
        if yes.any() and not yes.all():
            areas.append(reference.roc_auc_score(yes, shares[:, k]))
    expected = np.mean(areas) if areas else math.nan
    scores = scores.float()
    assert value("roc_auc", scores, target) == pytest.approx(expected, abs=1e-5, nan_ok=True)
    assert value("average_precision", scores, target) == pytest.approx(np.mean(steps), abs=1e-5)


def test_rankings_are_scikit_learns_where_all_classes_occur() -> None:
    scores, target = classes_case("random")
    shares, truth = scores.softmax(1).double().numpy(), target.numpy()
    shares /= shares.sum(1, keepdims=True)
    area = reference.roc_auc_score(truth, shares, multi_class="ovr")
    assert value("roc_auc", scores, target) == pytest.approx(area, abs=1e-6)
    steps = reference.average_precision_score(truth, shares)
    assert value("average_precision", scores, target) == pytest.approx(steps, abs=1e-6)


def test_mse() -> None:
    said, truth = torch.randn(30, 4), torch.randn(30, 4)
    expected = reference.mean_squared_error(truth.numpy(), said.numpy())
    assert value("mse", said, truth) == pytest.approx(expected, rel=1e-5)


def test_perplexity() -> None:
    scores, target = classes_case("random")
    rows = scores.double().numpy()
    shares = np.exp(rows) / np.exp(rows).sum(1, keepdims=True)
    own = shares[np.arange(len(rows)), target.numpy()]
    assert value("perplexity", scores, target) == pytest.approx(np.prod(1 / own ** (1 / 200)))
    assert value("perplexity", torch.zeros(9, 7), torch.randint(0, 7, (9,))) == pytest.approx(7)


def written_bleu(said: list[list[int]], truth: list[list[int]], order: int) -> float:
    """BLEU from its definition: clipped counts of runs, their geometric mean."""
    logs: list[float] = []
    for n in range(1, order + 1):
        found = of = 0
        for ours, theirs in zip(said, truth, strict=True):
            mine = Counter(tuple(ours[i : i + n]) for i in range(len(ours) - n + 1))
            right = Counter(tuple(theirs[i : i + n]) for i in range(len(theirs) - n + 1))
            found += sum((mine & right).values())
            of += sum(mine.values())
        if of and not found:
            return 0.0
        if of:
            logs.append(math.log(found / of))
    return math.exp(sum(logs) / len(logs)) if logs else 0.0


def token_scores(tokens: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(tokens, 5).float().movedim(-1, 1)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_bleu(order: int) -> None:
    torch.manual_seed(2)
    target = torch.randint(0, 5, (12, 9))
    said = torch.where(torch.rand(12, 9) < 0.8, target, torch.randint(0, 5, (12, 9)))
    target[::3, 6:] = -100
    held = [row[row >= 0].tolist() for row in target]
    ours = [row[right >= 0].tolist() for row, right in zip(said, target, strict=True)]
    expected = written_bleu(ours, held, order)
    assert 0 < expected < 1
    assert value("bleu", token_scores(said), target, order=order) == pytest.approx(expected)


def test_bleu_at_its_ends() -> None:
    target = torch.tensor([[0, 1, 2, 3, 4]])
    assert value("bleu", token_scores(target), target) == 1
    assert value("bleu", token_scores(4 - target.flip(1)), target) == 1
    assert value("bleu", token_scores(torch.full_like(target, 3)), target) == 0
    assert value("bleu", token_scores(target[:, :2]), target[:, :2]) == 1
    assert value("bleu", token_scores(target), torch.full_like(target, -100)) == 0


def test_psnr() -> None:
    torch.manual_seed(3)
    said, truth = torch.rand(4, 1, 6, 6), torch.rand(4, 1, 6, 6)
    wrong = ((said - truth).numpy() ** 2).reshape(4, -1).mean(1)
    assert value("psnr", said, truth) == pytest.approx(np.mean(10 * np.log10(1 / wrong)), rel=1e-5)
    assert value("psnr", said * 9, truth * 9, peak=9.0) == pytest.approx(
        value("psnr", said, truth), rel=1e-5
    )
    assert value("psnr", truth, truth) == 100


def written_ssim(x: Any, y: Any, size: int) -> float:
    """SSIM from its definition, window by window."""
    line = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()
    found: list[float] = []
    for i in range(x.shape[0] - size + 1):
        for j in range(x.shape[1] - size + 1):
            a, b = x[i : i + size, j : j + size], y[i : i + size, j : j + size]
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
            both = (window * (a - ma) * (b - mb)).sum()
            top = (2 * ma * mb + 0.01**2) * (2 * both + 0.03**2)
            found.append(top / ((ma**2 + mb**2 + 0.01**2) * (va + vb + 0.03**2)))
    return float(np.mean(found))


@pytest.mark.parametrize(("side", "size"), [(16, 11), (8, 7), (5, 5)])
def test_ssim(side: int, size: int) -> None:
    torch.manual_seed(4)
    truth = torch.rand(2, 3, side, side)
    said = (truth + 0.2 * torch.randn_like(truth)).clamp(0, 1)
    pairs = zip(said.reshape(-1, side, side), truth.reshape(-1, side, side), strict=True)
    expected = np.mean(
        [written_ssim(a.double().numpy(), b.double().numpy(), size) for a, b in pairs]
    )
    assert value("ssim", said, truth) == pytest.approx(expected, abs=1e-5)
    assert value("ssim", truth, truth) == pytest.approx(1)


def test_ssim_of_vectors_is_not_a_number() -> None:
    assert math.isnan(value("ssim", torch.rand(3, 5), torch.rand(3, 5)))


def test_sequence_accuracy() -> None:
    target = torch.tensor([[0, 1, 2], [3, 4, -100], [1, 1, 1], [-100, -100, -100]])
    said = torch.tensor([[0, 1, 2], [3, 4, 4], [1, 1, 0], [0, 0, 0]])
    assert value("sequence_accuracy", token_scores(said), target) == pytest.approx(2 / 3)
    single = value("sequence_accuracy", token_scores(said[:, 0]), target[:, 0].clamp(min=0))
    assert single == 1


def test_every_metric_is_tested() -> None:
    figures = {f"{f}_{a}" for f in (*SCORE, "specificity") for a in ("micro", "weighted", "yes")}
    here = {"balanced_accuracy", "matthews", "hamming", "roc_auc", "average_precision", "mse"}
    here |= {"perplexity", "bleu", "psnr", "ssim", "sequence_accuracy", "specificity_macro"}
    there = {"accuracy", "top_k", "binary_accuracy", *MACRO, *REGRESSION}
    assert set(registry.of_kind(MetricSpec)) == figures | here | there
