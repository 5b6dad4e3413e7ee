"""Random numbers drawn beside the run: training goes on as if they had not been drawn."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Generator

SEED = 0
"""What evaluation and pictures draw from, so that they can be compared between epochs."""


@contextmanager
def aside(device: torch.device, seed: int | None = SEED) -> Generator[None]:
    """Draw from a seed of its own, and put torch's random state back at the end.

    `seed` None goes on from the state of now.
    """
    kind: Any = getattr(torch, device.type) if device.type != "cpu" else None
    before, there = torch.get_rng_state(), kind.get_rng_state() if kind else None
    try:
        if seed is not None:
            torch.manual_seed(seed)
        yield
    finally:
        torch.set_rng_state(before)
        if kind:
            kind.set_rng_state(there)
