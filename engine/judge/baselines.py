"""Plain models of scikit-learn on the parts a network learns from and is measured on."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.train.failure import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.data.dataset import Dataset

    Told = Callable[[str, float], None]
    Make = Callable[[], Any]

FIRST = 500
"""Samples a model learns from first, to see how long it takes."""
GROWTH = 4
"""How many times as many it learns from next."""
POWER = {"svm": 2.0}
"""How the time grows with the samples, where it is faster than in proportion."""
MOST_JUDGED = 10_000
"""Samples of a part that are judged; of more, as many drawn at random."""
MOST_NUMBERS = 50_000_000
"""Numbers that a model is given at most."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One model, what it reached, and how much of the data it was given."""

    id: str
    title: str
    figures: dict[str, float]
    trained: int
    """Samples it learned from."""
    of: int
    """Samples of the training part."""
    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """All models, measured on the same samples."""

    rows: tuple[Baseline, ...]
    part: str
    samples: np.ndarray
    """Which samples of the part were judged."""
    whole: int
    task: str

    @property
    def note(self) -> str:
        """Return what a reader must know, or nothing."""
        words: list[str] = []
        if len(self.samples) < self.whole:
            words.append(f"Measured on {len(self.samples):,} of {self.whole:,} samples.")
        if any(0 < row.trained < row.of for row in self.rows):
            words.append("Some models learned from fewer samples, to be done in time.")
        return " ".join(words)


def baselines(
    data: Dataset,
    inputs: Sequence[str],
    target: str = "target",
    part: str = "test",
    seconds: float = 10.0,
    told: Told = lambda _text, _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Table:
    """Return what each plain model reaches.

    Parameters
    ----------
    inputs
        The fields to learn from: numbers of any shape, laid out flat.
    seconds
        How long each model may take. It learns from few samples first, and from more as long as
        the time should suffice.

    Raises
    ------
    ValueError
        The data does not suit plain models; a sentence.
    Ended
        It was cancelled.
    """
    task = _task(data, inputs, target, part)
    train = data.parts["train"][target]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(train))
    whole = data.sizes[part]
    judged = np.sort(rng.permutation(whole)[:MOST_JUDGED])
    held, truth = _features(data, inputs, part, judged), _truth(data, target, part, judged)
    models = _classifiers() if task == "classes" else _regressors()
    rows: list[Baseline] = []
    for number, (name, title, make) in enumerate(models):
        told(title, number / len(models))
        if cancelled():
            raise Ended
        given = _Given(data, inputs, target, order, seconds, cancelled)
        rows.append(_one(name, title, make, given, (held, truth), task))
    return Table(tuple(rows), part, judged, whole, task)


@dataclass(frozen=True, slots=True)
class _Given:
    """What a model may learn from, and for how long."""

    data: Dataset
    inputs: Sequence[str]
    target: str
    order: np.ndarray
    seconds: float
    cancelled: Callable[[], bool]

    def rows(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return so many samples and their answers."""
        chosen = np.sort(self.order[:count])
        features = _features(self.data, self.inputs, "train", chosen)
        return features, _truth(self.data, self.target, "train", chosen)


def _one(
    name: str,
    title: str,
    make: Make,
    given: _Given,
    judged: tuple[np.ndarray, np.ndarray],
    task: str,
) -> Baseline:
    """Return what a model reaches with as many samples as the time allows."""
    every, best, spent = len(given.order), None, 0.0
    count = min(FIRST, every)
    numbers = judged[0].shape[1]
    most = max(1, min(every, MOST_NUMBERS // max(numbers, 1)))
    while True:
        count = min(count, most)
        features, answers = given.rows(count)
        begin = time.perf_counter()
        try:
            guess = _guessed(make(), features, answers, judged[0])
        except ValueError as error:
            reason = str(error).splitlines()[0]
            return Baseline(name, title, {}, 0, every, 0.0, f"Left out: {reason}")
        took = time.perf_counter() - begin
        spent += took
        best = Baseline(name, title, _figures(guess, judged[1], task), count, every, round(took, 3))
        if given.cancelled():
            raise Ended
        growth = min(GROWTH, most / count)
        if count >= most or spent + took * growth ** POWER.get(name, 1.2) > given.seconds:
            return best
        count = min(count * GROWTH, most)


def _guessed(model: Any, features: np.ndarray, answers: np.ndarray, asked: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(features, answers).predict(asked)


def _task(data: Dataset, inputs: Sequence[str], target: str, part: str) -> str:
    """Return `classes` or `regression`; ValueError where plain models do not suit."""
    if not data.sizes.get(part) or not data.sizes.get("train"):
        raise ValueError(f"The {part} part of the data is empty; give it a share.")
    if target not in data.fields:
        raise ValueError(f"The data has no field {target!r} to predict.")
    wrong = [n for n in inputs if data.fields[n].dtype != "float32"]
    if wrong or not inputs:
        raise ValueError(
            "Plain models learn from numbers; the network reads "
            f"{', '.join(map(repr, wrong)) or 'nothing'}, which holds tokens or classes."
        )
    labels = data.parts["train"][target]
    if labels.is_floating_point():
        return "regression"
    if labels.dim() > 1:
        raise ValueError("Plain models give one answer a sample; this target is a sequence.")
    return "classes"


def _features(data: Dataset, inputs: Sequence[str], part: str, rows: np.ndarray) -> np.ndarray:
    held: list[np.ndarray] = [data.parts[part][name].cpu().numpy()[rows] for name in inputs]
    return np.concatenate([values.reshape(len(rows), -1) for values in held], 1)


def _truth(data: Dataset, target: str, part: str, rows: np.ndarray) -> np.ndarray:
    values = data.parts[part][target].cpu()
    if values.is_floating_point():
        values = data.original(target, values)
        numbers = values.double().numpy()[rows].reshape(len(rows), -1)
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers
    return values.numpy()[rows]


def _figures(guess: Any, truth: np.ndarray, task: str) -> dict[str, float]:
    from sklearn import metrics as measured

    metrics: Any = measured
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if task == "classes":
            return {
                "accuracy": float(metrics.accuracy_score(truth, guess)),
                "balanced_accuracy": float(metrics.balanced_accuracy_score(truth, guess)),
                "f1_macro": float(metrics.f1_score(truth, guess, average="macro")),
            }
        return {
            "rmse": float(metrics.root_mean_squared_error(truth, guess)),
            "mae": float(metrics.mean_absolute_error(truth, guess)),
            "r2": float(metrics.r2_score(truth, guess)) if len(truth) > 1 else float("nan"),
        }


def network_figures(prediction: np.ndarray, truth: np.ndarray, task: str) -> dict[str, float]:
    """Return the same figures of a network's answers."""
    guess = prediction
    if task == "classes":
        guess = prediction.argmax(1) if prediction.ndim > 1 else (prediction > 0.5).astype(int)
    elif prediction.ndim > 1 and prediction.shape[1] == 1:
        guess, truth = prediction[:, 0], truth.reshape(len(truth), -1)[:, 0]
    return _figures(guess, truth, task)


def _scaled(model: Any) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    return Pipeline([("scale", StandardScaler()), ("fit", model)])


def _classifiers() -> list[tuple[str, str, Make]]:
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    return [
        ("most_frequent", "Most frequent class", DummyClassifier),
        ("linear", "Logistic regression", lambda: _scaled(LogisticRegression(max_iter=1000))),
        ("bayes", "Naive Bayes", GaussianNB),
        ("neighbours", "Nearest neighbours", lambda: _scaled(KNeighborsClassifier())),
        ("forest", "Random forest", lambda: RandomForestClassifier(random_state=0)),
        (
            "boosting",
            "Gradient boosting",
            lambda: HistGradientBoostingClassifier(random_state=0),
        ),
        ("svm", "Support vector machine", lambda: _scaled(SVC())),
    ]


def _regressors() -> list[tuple[str, str, Make]]:
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.multioutput import MultiOutputRegressor
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.svm import SVR

    return [
        ("mean", "Always the mean", DummyRegressor),
        ("linear", "Linear regression", LinearRegression),
        ("neighbours", "Nearest neighbours", lambda: _scaled(KNeighborsRegressor())),
        ("forest", "Random forest", lambda: RandomForestRegressor(random_state=0)),
        (
            "boosting",
            "Gradient boosting",
            lambda: _Each(MultiOutputRegressor, HistGradientBoostingRegressor(random_state=0)),
        ),
        ("svm", "Support vector machine", lambda: _Each(MultiOutputRegressor, _scaled(SVR()))),
    ]


class _Each:
    """A model of one output, used once for each output where there are several."""

    def __init__(self, several: Any, model: Any) -> None:
        self._several, self._model = several, model

    def fit(self, features: np.ndarray, answers: np.ndarray) -> Any:
        """Fit it, alone or once for each output."""
        model = self._several(self._model) if answers.ndim > 1 else self._model
        return model.fit(features, answers)
