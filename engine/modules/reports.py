"""What a network's answers on a part of the data come to: tables and curves, as NumPy arrays.

Class tasks: `prediction` holds a probability for each class (samples, classes), `target` class
numbers. Yes or no: probabilities of yes (samples,) and 0 or 1. Numbers: both (samples, outputs).
Each function stands alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def confusion_matrix(
    prediction: np.ndarray, target: np.ndarray, normalise: str = "nothing"
) -> dict[str, Any]:
    """Return how often which class (row) was taken for which (column).

    `shares` are of all samples of a row (`actual`), of a column (`predicted`), or of all.
    """
    said = (prediction > 0.5).astype(int) if prediction.ndim == 1 else prediction.argmax(1)
    count = 2 if prediction.ndim == 1 else prediction.shape[1]
    truth = target.astype(int)
    counts = np.bincount(truth * count + said, minlength=count * count).reshape(count, count)
    axis = {"actual": 1, "predicted": 0}.get(normalise)
    whole = counts.sum(axis=axis, keepdims=True)
    shares = counts / np.maximum(whole, 1)
    return {"counts": counts, "shares": shares, "said": said, "truth": truth}


def roc_curve(prediction: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """Return, for each class, hits (y) over false alarms (x) for falling thresholds."""
    alone = prediction.ndim == 1
    scores = prediction[:, None] if alone else prediction
    curves: list[dict[str, Any]] = []
    for place in range(scores.shape[1]):
        row, yes = scores[:, place].astype(float), target == (1 if alone else place)
        if yes.all() or not yes.any():
            continue
        order = np.argsort(-row, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(row[order])), len(row) - 1)
        hits = np.cumsum(yes[order])[ends]
        alarms = 1 + ends - hits
        x = np.append(0.0, alarms / alarms[-1])
        y = np.append(0.0, hits / hits[-1])
        area = float(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum())
        limits = np.append(np.inf, row[order][ends])
        curves.append(
            {"class": 1 if alone else place, "x": x, "y": y, "limits": limits, "area": area}
        )
    areas = [curve["area"] for curve in curves]
    return {"curves": curves, "mean": float(np.mean(areas)) if areas else float("nan")}


def precision_recall_curve(prediction: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """Return, for each class, precision (y) over recall (x), and the average precision."""
    alone = prediction.ndim == 1
    scores = prediction[:, None] if alone else prediction
    curves: list[dict[str, Any]] = []
    for place in range(scores.shape[1]):
        row, yes = scores[:, place].astype(float), target == (1 if alone else place)
        if not yes.any():
            continue
        order = np.argsort(-row, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(row[order])), len(row) - 1)
        hits = np.cumsum(yes[order])[ends]
        precision, recall = hits / (ends + 1), hits / hits[-1]
        area = float((np.diff(recall, prepend=0.0) * precision).sum())
        curves.append(
            {
                "class": 1 if alone else place,
                "x": np.append(0.0, recall),
                "y": np.append(1.0, precision),
                "limits": np.append(np.inf, row[order][ends]),
                "area": area,
                "positives": float(yes.mean()),
            }
        )
    areas = [curve["area"] for curve in curves]
    rare = min((curve["positives"] for curve in curves), default=1.0)
    return {"curves": curves, "mean": float(np.mean(areas)) if areas else 0.0, "rarest": rare}


def threshold_curve(
    prediction: np.ndarray, target: np.ndarray, of: int = 1, steps: int = 100
) -> dict[str, Any]:
    """Return precision, recall, specificity and F1 of one class for thresholds from 0 to 1.

    Yes is said from the threshold on. What is not defined counts 0; of fewer classes the last is
    meant.
    """
    of = of if prediction.ndim == 1 else min(of, prediction.shape[1] - 1)
    scores = prediction if prediction.ndim == 1 else prediction[:, of]
    yes = target == (1 if prediction.ndim == 1 else of)
    limits = np.linspace(0, 1, steps + 1)
    order = np.sort(scores)
    ours = np.sort(scores[yes])
    said = len(order) - np.searchsorted(order, limits)
    hits = len(ours) - np.searchsorted(ours, limits)
    quiet = (len(order) - len(ours)) - (said - hits)
    precision = hits / np.maximum(said, 1)
    recall = hits / max(len(ours), 1)
    return {
        "thresholds": limits,
        "precision": precision,
        "recall": recall,
        "specificity": quiet / max(len(order) - len(ours), 1),
        "f1": 2 * hits / np.maximum(said + len(ours), 1),
        "best": float(limits[(2 * hits / np.maximum(said + len(ours), 1)).argmax()]),
    }


def residuals(prediction: np.ndarray, target: np.ndarray, output: int = 0) -> dict[str, Any]:
    """Return what was said and how far it was off, for one of the outputs."""
    said = prediction.reshape(len(prediction), -1)[:, output].astype(float)
    truth = target.reshape(len(target), -1)[:, output].astype(float)
    wrong = said - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    squares = float((wrong**2).sum())
    return {
        "said": said,
        "residual": wrong,
        "bias": float(wrong.mean()),
        "deviation": float(wrong.std()),
        "mse": float((wrong**2).mean()),
        "rmse": float(np.sqrt((wrong**2).mean())),
        "mae": float(np.abs(wrong).mean()),
        "r2": 1 - squares / spread if spread else float(squares == 0),
    }


def calibration(prediction: np.ndarray, target: np.ndarray, bins: int = 10) -> dict[str, Any]:
    """Return how often answers of a confidence are right, bin by bin.

    Of yes-or-no answers the probability of yes counts, of classes that of the best one. `error`
    is the mean distance of confidence and share, weighted by samples; `brier` the mean squared
    distance of the probabilities from what is right.
    """
    if prediction.ndim == 1:
        sure, right = prediction.astype(float), target.astype(float)
        brier = float(((sure - right) ** 2).mean())
    else:
        sure = prediction.max(1).astype(float)
        right = (prediction.argmax(1) == target).astype(float)
        goal = np.zeros_like(prediction)
        goal[np.arange(len(target)), target.astype(int)] = 1
        brier = float(((prediction - goal) ** 2).sum(1).mean())
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], sure)
    count = np.bincount(place, minlength=bins)
    kept = count > 0
    confidence = np.bincount(place, sure, bins)[kept] / count[kept]
    share = np.bincount(place, right, bins)[kept] / count[kept]
    error = float((np.abs(confidence - share) * count[kept]).sum() / max(len(sure), 1))
    return {
        "confidence": confidence,
        "share": share,
        "count": count[kept],
        "error": error,
        "brier": brier,
    }


def class_report(prediction: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """Return precision, recall, specificity, F1 and number of samples of each class.

    Below the classes stand their macro and weighted means; `accuracy` is beside them.
    """
    said = (prediction > 0.5).astype(int) if prediction.ndim == 1 else prediction.argmax(1)
    count = 2 if prediction.ndim == 1 else prediction.shape[1]
    truth = target.astype(int)
    hits = np.bincount(truth[said == truth], minlength=count)
    spoken, occurs = np.bincount(said, minlength=count), np.bincount(truth, minlength=count)
    rest = len(truth) - spoken - occurs + hits
    rows = np.stack(
        [
            hits / np.maximum(spoken, 1),
            hits / np.maximum(occurs, 1),
            rest / np.maximum(len(truth) - occurs, 1),
            2 * hits / np.maximum(spoken + occurs, 1),
        ],
        1,
    )
    seen = spoken + occurs > 0
    return {
        "columns": ("precision", "recall", "specificity", "f1"),
        "rows": rows,
        "support": occurs,
        "macro": rows[seen].mean(0) if seen.any() else rows[0] * 0,
        "weighted": (rows * occurs[:, None]).sum(0) / max(len(truth), 1),
        "accuracy": float(hits.sum() / max(len(truth), 1)),
    }


def worst_samples(prediction: np.ndarray, target: np.ndarray, count: int = 24) -> dict[str, Any]:
    """Return the samples with the greatest loss, the worst first.

    Cross-entropy for classes and yes or no, squared difference for numbers.
    """
    if target.dtype.kind == "f" and prediction.shape == target.shape and prediction.ndim > 1:
        loss = ((prediction - target) ** 2).reshape(len(target), -1).mean(1)
    elif prediction.ndim == 1:
        own = np.where(target > 0.5, prediction, 1 - prediction)
        loss = -np.log(np.maximum(own, 1e-12))
    else:
        own = prediction[np.arange(len(target)), target.astype(int)]
        loss = -np.log(np.maximum(own, 1e-12))
    rows = np.argsort(-loss, kind="stable")[:count]
    return {"rows": rows, "loss": loss[rows]}
