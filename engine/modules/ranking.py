"""Metrics of how well scores rank samples. Each function stands alone.

Class scores (N, C, ...) with class numbers (N, ...), or raw yes-or-no scores with as many elements
as the target.
"""

from __future__ import annotations

import torch


def roc_auc(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the area under the ROC curve; of several classes the mean of one against the rest.

    The chance that a sample of the class is scored above one that is not; ties count half.
    Classes without both sorts are left out; NaN if none is left.
    """
    if prediction.numel() == target.numel():
        scores, truth = prediction.reshape(1, -1), target.reshape(1, -1) > 0.5
    else:
        scores = prediction.softmax(dim=1).movedim(1, 0).flatten(1)
        classes = torch.arange(len(scores), device=target.device)
        truth = target.reshape(1, -1) == classes[:, None]
    areas: list[torch.Tensor] = []
    for row, yes in zip(scores, truth, strict=True):
        row = row.contiguous()
        ordered = row.sort().values
        below = torch.searchsorted(ordered, row)
        rank = (below + torch.searchsorted(ordered, row, right=True) + 1).double() / 2
        many, few = yes.sum().double(), (~yes).sum().double()
        if many and few:
            areas.append((rank[yes].sum() - many * (many + 1) / 2) / (many * few))
    return torch.stack(areas).mean() if areas else scores.new_full((), float("nan"))


def average_precision(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the area under the precision-recall steps; of several classes the mean.

    Σ (recall − recall before) · precision over falling thresholds. Of several classes those that
    occur count, one against the rest; 0 where nothing is positive.
    """
    if prediction.numel() == target.numel():
        scores, truth = prediction.reshape(1, -1), target.reshape(1, -1) > 0.5
    else:
        scores = prediction.softmax(dim=1).movedim(1, 0).flatten(1)
        classes = torch.arange(len(scores), device=target.device)
        truth = target.reshape(1, -1) == classes[:, None]
    areas: list[torch.Tensor] = []
    for row, yes in zip(scores, truth, strict=True):
        if not yes.any():
            continue
        order = row.argsort(descending=True)
        hits = yes[order].double().cumsum(0)
        ends = torch.cat([row[order].diff() != 0, yes.new_ones(1)]).nonzero()[:, 0]
        precision = hits[ends] / (ends + 1)
        recall = hits[ends] / hits[-1]
        areas.append((recall.diff(prepend=recall.new_zeros(1)) * precision).sum())
    return torch.stack(areas).mean() if areas else scores.new_zeros(())
