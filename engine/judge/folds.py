"""Cross-validation: a project trained anew on each of k parts of its data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.train.control import Control
from engine.train.events import EpochEnd, Failed
from engine.train.failure import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.data.dataset import Dataset
    from engine.project import Project
    from engine.train.events import Event

    Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold: what it reached on the part that was left out, and how it got there."""

    figures: dict[str, float]
    epochs: tuple[dict[str, float], ...]
    """Figures of the part that was left out after each epoch."""
    trained: int
    held_out: int


@dataclass(frozen=True, slots=True)
class Folds:
    """All folds, and what they have in common."""

    folds: tuple[Fold, ...]
    note: str = ""
    means: dict[str, float] = field(default_factory=dict[str, float])
    deviations: dict[str, float] = field(default_factory=dict[str, float])
    """Sample standard deviations (k − 1)."""


def cross_validate(
    project: Project,
    folds: int = 5,
    stratified: bool = True,
    told: Told = lambda _text, _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Folds:
    """Train a project once for each fold, and measure it on what was left out.

    Parameters
    ----------
    told
        Hears what is going on, and the share that is done.

    Raises
    ------
    ValueError
        There are too few samples, or a fold failed; a sentence.
    Ended
        It was cancelled.
    """
    import torch

    found: list[Fold] = []
    ordered = False
    with torch.random.fork_rng():
        for number, data in enumerate(fold_data(project, folds, stratified)):
            told(f"Fold {number + 1} of {folds}", number / folds)
            ordered = data.ordered
            found.append(_fold(project, data, (number, folds), told, cancelled))
    names = [n for n in found[0].figures if all(n in f.figures for f in found)]
    table = {name: np.array([f.figures[name] for f in found]) for name in names}
    return Folds(
        tuple(found),
        _note(project, ordered),
        {name: float(values.mean()) for name, values in table.items()},
        {name: float(values.std(ddof=1)) for name, values in table.items()},
    )


def _note(project: Project, ordered: bool) -> str:
    words = "The test part was left out of all folds."
    if ordered:
        words += " A fold learns from what lies before it only."
    if project.training.early_stopping.enabled:
        words += " Early stopping looked at the fold itself, which flatters its figures a little."
    return words


def _fold(
    project: Project,
    data: Dataset,
    place: tuple[int, int],
    told: Told,
    cancelled: Callable[[], bool],
) -> Fold:
    from engine.train.trainer import Trainer

    number, folds = place
    control, failures, epochs = Control(), list[str](), list[dict[str, float]]()
    whole = project.training.epochs

    def emit(event: Event) -> None:
        if cancelled():
            control.send("quit")
        if isinstance(event, Failed):
            failures.append(event.message)
        elif isinstance(event, EpochEnd):
            epochs.append(event.validation)
            text = f"Fold {number + 1} of {folds}, epoch {event.epoch} of {whole}"
            told(text, (number + event.epoch / whole) / folds)

    trainer = Trainer(project, emit, control)
    trainer.run(data)
    if failures:
        raise ValueError(f"Fold {number + 1}: {failures[0]}")
    if trainer.result is None or cancelled():
        raise Ended
    sizes = data.sizes
    figures: dict[str, float] = trainer.result["validation"]
    return Fold(figures, tuple(epochs), sizes["train"], sizes["validation"])


def fold_data(project: Project, folds: int, stratified: bool = True) -> Iterator[Dataset]:
    """Yield the data of each fold: what it learns from, and as validation part what it left out.

    Training and validation part of the project are pooled; the test part stays. Scaling is fitted
    on what the fold learns from.

    Raises
    ------
    ValueError
        There are too few samples.
    """
    from dataclasses import replace

    import torch

    from engine.data.dataset import prepare_arguments, read
    from engine.data.preparation import part_rows, prepare
    from engine.variables import resolve

    recipe = resolve(project).data
    shell, data = read(recipe)
    chosen = prepare_arguments(recipe)
    rows = part_rows(data, **{k: v for k, v in chosen.items() if not k.startswith("scal")})
    pool, test = _pool(data, rows)
    target = data.get("targets", ["target"])[0]
    labels = pool[target] if target in data["classes"] and pool[target].ndim == 1 else None
    cuts = _cuts(len(pool[target]), labels if stratified else None, folds, chosen, shell.ordered)
    for learn, left in cuts:
        own = {
            **data,
            "fields": {name: values[learn] for name, values in pool.items()},
            "validation": {name: values[left] for name, values in pool.items()},
            "test": test,
        }
        wanted: dict[str, Any] = {**chosen, "method": "random"}
        parts, scales = prepare(own, **wanted)
        yield replace(
            shell,
            parts={
                part: {name: torch.from_numpy(array) for name, array in held.items()}
                for part, held in parts.items()
            },
            scales={
                name: (torch.from_numpy(shift[0]), torch.from_numpy(scale[0]))
                for name, (shift, scale) in scales.items()
            },
        )


def _pool(data: dict[str, Any], rows: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the samples to cut into folds, and the test part."""
    pool: dict[str, Any] = {}
    test: dict[str, Any] = {}
    for name, values in data["fields"].items():
        if data.get("validation") is not None:
            pool[name] = np.concatenate([values[rows["train"]], data["validation"][name]])
        else:
            pool[name] = values[np.sort(np.concatenate([rows["train"], rows["validation"]]))]
        test[name] = data["test"][name] if data.get("test") is not None else values[rows["test"]]
    return pool, test


def _cuts(
    samples: int, labels: np.ndarray | None, folds: int, chosen: dict[str, Any], ordered: bool
) -> Iterator[tuple[Any, Any]]:
    """Yield which samples a fold learns from, and which it leaves out."""
    from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

    if samples < folds + ordered:
        raise ValueError(f"There are {samples} samples, too few for {folds} folds.")
    seed = chosen["seed"]
    if ordered:
        yield from TimeSeriesSplit(folds, gap=chosen["gap"]).split(np.zeros(samples))
        return
    if labels is not None and np.bincount(labels[labels >= 0]).max() >= folds:
        yield from _quiet(StratifiedKFold(folds, shuffle=True, random_state=seed), labels)
        return
    yield from KFold(folds, shuffle=True, random_state=seed).split(np.zeros(samples))


def _quiet(cutter: Any, labels: np.ndarray) -> list[tuple[Any, Any]]:
    """Return the cuts without the warning that a class has fewer samples than there are folds."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return list(cutter.split(np.zeros(len(labels)), labels))


def spread_words(mean: float, deviation: float) -> str:
    """Return `mean ± deviation` with digits that suit the deviation."""
    if not math.isfinite(deviation) or deviation <= 0:
        return f"{mean:.4g}"
    digits = max(0, 1 - math.floor(math.log10(deviation)))
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"
