"""Metrics of a part of the data, taken in pieces where its predictions are too many to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HOLD = 1 << 26
"""Numbers of one loss's predictions that are held at a time."""

IGNORED = -100
"""The class number of samples that do not count, unless a loss has a setting for it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of one loss's predictions."""

    key: str
    loss: int
    """Place of the loss in the network's losses."""
    field: str
    place: int
    """Place of the target field in a batch."""
    function: Callable[..., torch.Tensor]
    settings: Mapping[str, Any]
    scale: tuple[float, float] | None
    """(shift, scale) that give the target its own unit again."""
    axis: int | None
    """The axis of the scores for classes; None where the target takes the prediction's shape."""
    ignored: int = IGNORED
    mean: bool = False
    """Whether it is a mean over all that counts, so that it can be taken in pieces."""
    whole: bool = False
    """Whether it takes samples whole, and is told which class number does not count."""

    def __call__(self, prediction: torch.Tensor, target: torch.Tensor) -> float:
        """Return the figure for all predictions and targets of a part."""
        prediction = prediction.float()
        if self.axis is not None and self.whole:
            scores = prediction.movedim(self.axis, 1)
            return float(self.function(scores, target, ignored=self.ignored, **self.settings))
        if self.axis is not None:
            prediction, target = self._counted(prediction, target)
        elif target.numel() == prediction.numel():
            target = target.view_as(prediction)
        if self.scale is not None:
            shift, scale = self.scale
            prediction, target = prediction * scale + shift, target * scale + shift
        return float(self.function(prediction, target, **self.settings))

    def count(self, target: torch.Tensor) -> int:
        """Return how many targets count, or how many samples if they are taken whole."""
        if self.axis is None:
            return target.numel()
        counts = target != self.ignored
        return int((counts.reshape(len(target), -1).any(dim=1) if self.whole else counts).sum())

    def _counted(
        self, prediction: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores with the classes on axis 1, and targets, without those that are ignored."""
        assert self.axis is not None
        prediction = prediction.movedim(self.axis, 1)
        counts = target != self.ignored
        if bool(counts.all()):
            return prediction, target
        return prediction.movedim(1, -1)[counts], target[counts]


class Tally:
    """Collects one loss's predictions and makes figures of them.

    Parameters
    ----------
    measures
        The metrics of this loss.
    target
        The right answers of the whole part.
    """

    def __init__(self, measures: Sequence[Measure], target: torch.Tensor) -> None:
        self._measures = measures
        self._target = target
        self._held: list[torch.Tensor] = []
        self._numbers = self._done = self._waiting = 0
        self._sums: dict[str, tuple[float, int]] = {}
        self.cut: tuple[str, ...] = ()
        """Figures that are of the first samples only."""

    def add(self, prediction: torch.Tensor, samples: int) -> None:
        """Take the predictions of the next so many samples."""
        if self._held and self._numbers + prediction.numel() > HOLD:
            self._close()
        self._held.append(prediction)
        self._numbers += prediction.numel()
        self._waiting += samples

    def _close(self) -> None:
        """Make figures of what is held. A figure that is no mean is of the first piece."""
        first, end = not self._done, self._done + self._waiting
        target, prediction = self._target[self._done : end], torch.cat(self._held)
        for measure in self._measures:
            if not (first or measure.mean):
                self.cut = tuple(dict.fromkeys((*self.cut, measure.key)))
                continue
            total, weight = self._sums.get(measure.key, (0.0, 0))
            count = measure.count(target)
            if count or first:
                total += measure(prediction, target) * (count or 1)
            self._sums[measure.key] = total, weight + count
        self._held.clear()
        self._numbers = self._waiting = 0
        self._done = end

    def result(self) -> dict[str, float]:
        """Return every figure."""
        whole = not self._done
        if whole:
            prediction = torch.cat(self._held)
            return {m.key: m(prediction, self._target) for m in self._measures}
        self._close()
        return {key: total / max(count, 1) for key, (total, count) in self._sums.items()}
