"""Losses wait here until they are read out. Putting one in never waits for the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIZE = 4096


class LossRing:
    """Collects one loss per step.

    On the CPU reading a loss is free, so numbers are kept. Elsewhere a tensor on the device is
    filled and fetched as a whole; reading out is the only place that waits for the device.
    """

    def __init__(self, device: torch.device, size: int = SIZE) -> None:
        self.put: Callable[[torch.Tensor], None]
        self._numbers: list[float] = []
        self._rows: tuple[torch.Tensor, ...] = ()
        self._used = 0
        self._spilled: list[NDArray[np.float32]] = []
        if device.type == "cpu":
            append = self._numbers.append
            self.put = lambda loss: append(loss.item())
        else:
            self._tensor = torch.zeros(size, device=device)
            self._rows = self._tensor.unbind()
            self.put = self._write

    def _write(self, loss: torch.Tensor) -> None:
        if self._used == len(self._rows):
            self._spilled.append(self._fetch())
        self._rows[self._used].copy_(loss.detach())
        self._used += 1

    def _fetch(self) -> NDArray[np.float32]:
        values = self._tensor[: self._used].cpu().numpy().copy()
        self._used = 0
        return values

    def __len__(self) -> int:
        """Return how many losses wait."""
        if not self._rows:
            return len(self._numbers)
        return self._used + sum(len(chunk) for chunk in self._spilled)

    def take(self) -> NDArray[np.float32]:
        """Return the losses put in since the last call."""
        if not self._rows:
            values = np.array(self._numbers, np.float32)
            self._numbers.clear()
            return values
        chunks = [*self._spilled, self._fetch()]
        self._spilled.clear()
        return np.concatenate(chunks)
