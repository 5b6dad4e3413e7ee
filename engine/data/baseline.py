"""The plain model a network has to beat, on the same parts: what it is worth to train at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from engine.data.dataset import Dataset

MOST_VALUES = 5_000_000
"""Training values (samples times features) up to which a baseline is cheap."""


def baseline(dataset: Dataset) -> dict[str, Any]:
    """Return `{"name", "test": {metric id: value}}` of the plain model for this data, or nothing.

    Linear regression for numbers, logistic regression for classes (not for pictures, nor for large
    tables), "as the last value seen" for a series. Figures are in the target's own units.
    """
    if not dataset.sizes["test"] or "target" not in dataset.fields:
        return {}
    if (last := dataset.persistence) is not None:
        truth = _numbers(dataset, "test")
        name = "Persistence forecast"
        return {"name": name, "test": _errors(last["test"].double().numpy(), truth)}
    inputs = [f for f in dataset.fields.values() if f.role == "input"]
    train = dataset.parts["train"]
    features = train[inputs[0].name]
    table = all(len(f.shape) == 1 and f.dtype == "float32" for f in inputs)
    if not table or features.numel() > MOST_VALUES:
        return {}
    held = dataset.parts["test"][inputs[0].name].numpy()
    if dataset.task == "classes":
        labels, truth = train["target"].numpy(), dataset.parts["test"]["target"].numpy()
        return _logistic(features.numpy(), labels, held, truth)
    from sklearn.linear_model import LinearRegression

    model: Any = LinearRegression().fit(features.double().numpy(), _numbers(dataset, "train"))
    errors = _errors(model.predict(held.astype("float64")), _numbers(dataset, "test"))
    return {"name": "Linear regression", "test": errors}


def _numbers(dataset: Dataset, part: str) -> np.ndarray:
    return dataset.original("target", dataset.parts[part]["target"]).double().numpy()


def _errors(guess: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    wrong = guess - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    squares = float((wrong**2).sum())
    return {
        "r2": 1 - squares / spread if spread else 0.0,
        "rmse": (squares / wrong.size) ** 0.5,
        "mae": float(abs(wrong).mean()),
    }


def _logistic(
    features: np.ndarray, labels: np.ndarray, held: np.ndarray, truth: np.ndarray
) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    if len(set(labels.tolist())) < 2:
        return {}
    model: Any = Pipeline([("scale", StandardScaler()), ("fit", LogisticRegression(max_iter=2000))])
    model.fit(features, labels)
    right = float((model.predict(held) == truth).mean())
    return {"name": "Logistic regression", "test": {"accuracy": right}}
