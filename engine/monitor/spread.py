"""How the numbers of parameters, their gradients and their changes lie, for all nodes at once.

Always the same numbers of each parameter are looked at: every so many-th, so that none waits for
another and nothing is drawn at random.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    Tensors = Sequence[torch.Tensor]

CAP = 256
"""Numbers of a node's parameters that are looked at."""
BINS = 64
QUANTITIES = ("grad", "weight", "update")
EVERY = 4
"""Of so many samples one takes these too."""


def stride(count: int, wanted: int, shape: Sequence[int]) -> int:
    """Return a step through so many numbers that meets about `wanted` of them.

    It has no divisor in common with an axis, so that it does not keep to one row or column.
    """
    step = max(1, math.ceil(count / max(wanted, 1)))
    while step > 1 and any(size > 1 and math.gcd(step, size) > 1 for size in shape):
        step += 1
    return step


class Spreads:
    """Histograms of gradients, weights and changes.

    Parameters
    ----------
    parameters
        In the order of their gradients.
    owners
        For each of them its node's row.
    nodes
        How many rows there are.
    """

    def __init__(self, parameters: Tensors, owners: Sequence[int], nodes: int) -> None:
        device = parameters[0].device
        totals = [0] * nodes
        for parameter, row in zip(parameters, owners, strict=True):
            totals[row] += parameter.numel()
        self._cuts: list[tuple[int, int]] = []
        """For each parameter the step through it, and how many numbers are met at most."""
        slots: list[list[int]] = [[] for _ in range(nodes)]
        begin = 0
        for parameter, row in zip(parameters, owners, strict=True):
            count = parameter.numel()
            wanted = max(1, CAP * count // max(totals[row], 1))
            step = stride(count, wanted, parameter.shape)
            met = min(math.ceil(count / step), wanted, CAP - len(slots[row]))
            self._cuts.append((step, met))
            slots[row] += range(begin, begin + met)
            begin += met
        filled = [held + held[:1] * (CAP - len(held)) if held else [0] * CAP for held in slots]
        self._source = torch.tensor(filled, device=device).view(-1)
        fill = torch.tensor([float(CAP - len(held)) for held in slots], device=device)
        self._fill = fill.repeat(len(QUANTITIES))
        rows = nodes * len(QUANTITIES)
        self._offset = (torch.arange(rows, device=device) * BINS)[:, None]
        self._nodes = nodes
        self._taken = 0
        self._due = False
        self._met: list[torch.Tensor] = []

    @property
    def sizes(self) -> list[int]:
        """Return how many numbers lows, highs and histograms take in what is sent."""
        rows = self._nodes * len(QUANTITIES)
        return [rows, rows, rows * BINS]

    def begin(self) -> None:
        """Let the next sample be one that takes them."""
        self._taken = 0

    def before(self, grads: Tensors, weights: Tensors) -> bool:
        """Take numbers before an update, if this is a sample's turn; return whether it is."""
        self._due = self._taken % EVERY == 0
        self._taken += 1
        self._met = [self._some(grads), self._some(weights)] if self._due else []
        return self._due

    def after(self, losses: Tensors) -> list[torch.Tensor]:
        """Return lows, highs and histograms; `losses` is what the update took from each weight."""
        values = torch.stack([*self._met, self._some(losses).neg_()])
        self._met = []
        buffer = values.index_select(1, self._source).view(-1, CAP)
        low, high = torch.aminmax(buffer, dim=1)
        scale = (BINS - 1e-3) / (high - low).clamp_min(1e-30)
        index = (buffer - low[:, None]).mul_(scale[:, None]).nan_to_num_(0.0, 0.0, 0.0)
        index = index.clamp_(0, BINS - 1).long().add_(self._offset)
        counts = torch.zeros(index.shape[0] * BINS, device=buffer.device)
        if buffer.device.type == "cpu":
            counts = torch.bincount(index.view(-1), minlength=len(counts)).float()
        else:
            ones = torch.ones(1, device=buffer.device).expand(index.numel())
            counts.index_add_(0, index.view(-1), ones)
        # The filling repeats the first number of a row.
        counts.index_add_(0, index[:, 0], self._fill, alpha=-1)
        return [low, high, counts]

    def unpack(
        self, low: torch.Tensor, high: torch.Tensor, counts: torch.Tensor
    ) -> dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Return low, high and histogram (nodes, bins) by quantity."""
        ends = [self._nodes * place for place in range(len(QUANTITIES) + 1)]
        table = counts.view(-1, BINS)
        return {
            name: (low[begin:end], high[begin:end], table[begin:end])
            for name, (begin, end) in zip(QUANTITIES, pairwise(ends), strict=True)
        }

    def _some(self, tensors: Tensors) -> torch.Tensor:
        cuts = zip(tensors, self._cuts, strict=True)
        return torch.cat([t.reshape(-1)[::step][:met] for t, (step, met) in cuts]).float()
