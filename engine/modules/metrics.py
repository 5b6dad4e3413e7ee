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
