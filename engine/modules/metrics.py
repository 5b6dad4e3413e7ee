"""Metrics as functions (prediction, target) -> scalar. Each stands alone.

Class metrics take scores (N, C, ...) and class numbers (N, ...); those of them that also serve
yes-or-no tasks take raw scores with as many elements as the target.
"""

from __future__ import annotations

import torch


def accuracy(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the share of samples whose best-scored class is right."""
    return (prediction.argmax(dim=1) == target).float().mean()


def top_k(prediction: torch.Tensor, target: torch.Tensor, k: int = 5) -> torch.Tensor:
    """Return the share of samples whose class is among the k best; the later of equals wins."""
    scores = prediction.movedim(1, -1).flatten(0, -2)
    best = scores.argsort(dim=1, stable=True).flip(1)[:, :k]
    return (best == target.reshape(-1, 1)).any(dim=1).float().mean()


def precision_macro(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return precision averaged over the classes that occur or are predicted."""
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    hits = torch.bincount(truth[labels == truth], minlength=classes)
    predicted = torch.bincount(labels, minlength=classes)
    occurs = predicted + torch.bincount(truth, minlength=classes) > 0
    return (hits / predicted.clamp(min=1))[occurs].mean()


def recall_macro(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return recall averaged over the classes that occur or are predicted."""
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    hits = torch.bincount(truth[labels == truth], minlength=classes)
    actual = torch.bincount(truth, minlength=classes)
    occurs = actual + torch.bincount(labels, minlength=classes) > 0
    return (hits / actual.clamp(min=1))[occurs].mean()


def f1_macro(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return F1 averaged over the classes that occur or are predicted."""
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    hits = torch.bincount(truth[labels == truth], minlength=classes)
    either = torch.bincount(labels, minlength=classes) + torch.bincount(truth, minlength=classes)
    return (2 * hits / either.clamp(min=1))[either > 0].mean()


def binary_accuracy(
    prediction: torch.Tensor, target: torch.Tensor, threshold: float = 0.5
) -> torch.Tensor:
    """Return the share of right answers; `prediction` holds raw scores (before the sigmoid)."""
    said = prediction.sigmoid() > threshold
    return (said == (target.reshape_as(prediction) > 0.5)).float().mean()


def mae(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute difference."""
    return (prediction.float() - target.reshape_as(prediction).float()).abs().mean()


def rmse(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the root of the mean squared difference, averaged over the outputs."""
    error = prediction.float() - target.reshape_as(prediction).float()
    return error.reshape(len(error), -1).square().mean(dim=0).sqrt().mean()


def r2(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return R² averaged over the outputs; a constant target gives 1 if met exactly, else 0."""
    said = prediction.float().reshape(len(prediction), -1)
    truth = target.float().reshape_as(said)
    residual = (truth - said).square().sum(dim=0)
    total = (truth - truth.mean(dim=0)).square().sum(dim=0)
    score = torch.where(total > 0, 1 - residual / total, (residual == 0).float())
    return score.mean() if len(said) > 1 else torch.full_like(score.mean(), float("nan"))


def sequence_accuracy(
    prediction: torch.Tensor, target: torch.Tensor, ignored: int = -100
) -> torch.Tensor:
    """Return the share of sequences of which every step is right; ignored steps may be anything.

    Scores (N, C, L), class numbers (N, L). A sequence without a step that counts is left out.
    """
    counts = (target != ignored).reshape(len(target), -1)
    wrong = (prediction.argmax(dim=1) != target).reshape(len(target), -1) & counts
    return (~wrong.any(dim=1))[counts.any(dim=1)].float().mean()


def per_class(
    prediction: torch.Tensor,
    target: torch.Tensor,
    figure: str = "precision",
    average: str = "macro",
) -> torch.Tensor:
    """Return precision, recall, specificity or f1 of classes, averaged.

    `macro`: over the classes that occur or are predicted; `weighted`: by how often they occur;
    `micro`: all classes counted together; `yes`: of yes alone, in yes-or-no tasks.
    """
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    hits = torch.bincount(truth[labels == truth], minlength=classes)
    said = torch.bincount(labels, minlength=classes)
    occurs = torch.bincount(truth, minlength=classes)
    top, bottom = {
        "precision": (hits, said),
        "recall": (hits, occurs),
        "f1": (2 * hits, said + occurs),
        "specificity": (len(truth) - said - occurs + hits, len(truth) - occurs),
    }[figure]
    if average == "micro":
        return top.sum() / bottom.sum().clamp(min=1)
    each = top / bottom.clamp(min=1)
    if average == "yes":
        return each[1]
    if average == "weighted":
        return (each * occurs).sum() / occurs.sum().clamp(min=1)
    return each[said + occurs > 0].mean()


def balanced_accuracy(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return recall averaged over the classes that occur."""
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    hits = torch.bincount(truth[labels == truth], minlength=classes)
    occurs = torch.bincount(truth, minlength=classes)
    return (hits / occurs.clamp(min=1))[occurs > 0].mean()


def matthews(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return Matthews' correlation of predicted and right classes; 0 where one is constant."""
    binary = prediction.numel() == target.numel()
    classes = 2 if binary else prediction.shape[1]
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    labels, truth = labels.flatten(), target.flatten().long()
    said = torch.bincount(labels, minlength=classes).double()
    occurs = torch.bincount(truth, minlength=classes).double()
    right, all_of = (labels == truth).sum().double(), float(len(truth))
    shared = right * all_of - (said * occurs).sum()
    spread = (all_of**2 - (said**2).sum()) * (all_of**2 - (occurs**2).sum())
    return torch.where(spread > 0, shared / spread.clamp(min=1).sqrt(), 0.0)


def hamming(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the share of labels that are wrong."""
    binary = prediction.numel() == target.numel()
    labels = (prediction > 0).long() if binary else prediction.argmax(dim=1)
    return (labels.flatten() != target.flatten().long()).float().mean()


def mse(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the mean squared difference."""
    return (prediction.float() - target.reshape_as(prediction).float()).square().mean()
