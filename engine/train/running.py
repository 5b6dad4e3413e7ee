"""Metrics of the training part taken along while training: predictions as they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.train.tally import Measure

KEEP = 1 << 24
"""Numbers of an epoch's predictions up to which they are kept; beyond, only the loss is told."""


class Running:
    """Keeps an epoch's predictions and targets, and makes metrics of them.

    Parameters
    ----------
    wanted
        The metrics.
    numbers
        How many numbers each loss's prediction holds for one sample.
    samples
        Samples of an epoch.
    """

    def __init__(self, wanted: Sequence[Measure], numbers: Sequence[int], samples: int) -> None:
        self._wanted = wanted
        self._numbers = numbers
        self._kept: dict[int, tuple[list[torch.Tensor], list[torch.Tensor]]] = {}
        self.keep: Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor]], None] | None = None
        if sum(numbers) * samples <= KEEP and wanted:
            places = {m.loss: m.place for m in wanted}
            self._kept = {loss: ([], []) for loss in places}
            self.keep = self._one(*places.popitem()) if len(places) == 1 else self._many(places)

    def carry(self, before: Running) -> None:
        """Go on with what was kept for another network, where that is of the same kind."""
        for loss, (guess, truth) in self._kept.items():
            mine = [m for m in self._wanted if m.loss == loss]
            theirs = [m for m in before._wanted if m.loss == loss]
            if mine == theirs and self._numbers[loss] == before._numbers[loss]:
                for held, kept in zip((guess, truth), before._kept.get(loss, ()), strict=False):
                    held.extend(kept)

    def state_dict(self) -> dict[int, list[torch.Tensor]]:
        """Return what was kept: by loss the predictions and the targets, each as one tensor."""
        return {
            loss: [torch.cat(guess), torch.cat(truth)]
            for loss, (guess, truth) in self._kept.items()
            if guess
        }

    def load_state_dict(self, state: dict[int, list[torch.Tensor]]) -> None:
        """Go on from there."""
        for loss, (guess, truth) in self._kept.items():
            guess[:], truth[:] = ([each] for each in state[loss]) if loss in state else ([], [])

    def _one(
        self, loss: int, place: int
    ) -> Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor]], None]:
        guess, truth = (held.append for held in self._kept[loss])

        def keep(predictions: Sequence[torch.Tensor], batch: Sequence[torch.Tensor]) -> None:
            guess(predictions[loss].detach())
            truth(batch[place])

        return keep

    def _many(
        self, places: dict[int, int]
    ) -> Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor]], None]:
        def keep(predictions: Sequence[torch.Tensor], batch: Sequence[torch.Tensor]) -> None:
            for loss, (guess, truth) in self._kept.items():
                guess.append(predictions[loss].detach())
                truth.append(batch[places[loss]])

        return keep

    @torch.no_grad()
    def take(self) -> dict[str, float]:
        """Return the metrics of what was kept, and forget it."""
        result: dict[str, float] = {}
        joined = {
            loss: (torch.cat(guess), torch.cat(truth))
            for loss, (guess, truth) in self._kept.items()
            if guess
        }
        for measure in self._wanted:
            if measure.loss in joined:
                result[measure.key] = measure(*joined[measure.loss])
        for guess, truth in self._kept.values():
            guess.clear()
            truth.clear()
        return result
