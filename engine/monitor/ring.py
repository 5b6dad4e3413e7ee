"""Losses wait here until they are read out. Putting one in never waits for the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Losses = Sequence[torch.Tensor]

SIZE = 4096


class LossRing:
    """Collects the loss of each step; where there are several, a row of the total and each.

    On the CPU reading a loss is free, so numbers are kept. Elsewhere a tensor on the device is
    filled and fetched as a whole; reading out is the only place that waits for the device.

    Parameters
    ----------
    device
        Where the losses come from.
    losses
        How many losses the total is made of.
    size
        Steps that wait on the device.
    """

    def __init__(self, device: torch.device, losses: int = 1, size: int = SIZE) -> None:
        self.put: Callable[[torch.Tensor, Losses], None]
        self._numbers: list[Any] = []
        self._rows: tuple[torch.Tensor, ...] = ()
        self._used = 0
        self._width = 1 + losses if losses > 1 else 0
        self._spilled: list[NDArray[np.float32]] = []
        if device.type == "cpu":
            append = self._numbers.append
            if self._width:
                self.put = lambda total, losses: append([total.item(), *(v.item() for v in losses)])
            else:
                self.put = lambda total, _losses: append(total.item())
        else:
            self._tensor = torch.zeros((size, self._width) if self._width else size, device=device)
            self._rows = self._tensor.unbind()
            self.put = self._write

    def _write(self, total: torch.Tensor, losses: Losses) -> None:
        if self._used == len(self._rows):
            self._spilled.append(self._fetch())
        value = total.detach()
        if self._width:
            value = torch.stack([value.float(), *(v.detach().float() for v in losses)])
        self._rows[self._used].copy_(value)
        self._used += 1

    def _fetch(self) -> NDArray[np.float32]:
        values = self._tensor[: self._used].cpu().numpy().copy()
        self._used = 0
        return values

    def __len__(self) -> int:
        """Return how many steps wait."""
        if not self._rows:
            return len(self._numbers)
        return self._used + sum(len(chunk) for chunk in self._spilled)

    def waiting(self) -> NDArray[np.float32]:
        """Return what `take` would; it stays."""
        if not self._rows:
            values = np.array(self._numbers, np.float32)
            return values.reshape(-1, self._width) if self._width else values
        return np.concatenate([*self._spilled, self._tensor[: self._used].cpu().numpy()])

    def take(self) -> NDArray[np.float32]:
        """Return the losses put in since the last call: (steps,), or (steps, 1 + losses)."""
        if not self._rows:
            values = np.array(self._numbers, np.float32)
            self._numbers.clear()
            return values.reshape(-1, self._width) if self._width else values
        chunks = [*self._spilled, self._fetch()]
        self._spilled.clear()
        return np.concatenate(chunks)
