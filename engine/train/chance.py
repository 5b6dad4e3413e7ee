"""Random numbers drawn beside the run: training goes on as if they had not been drawn."""

from __future__ import annotations

import threading
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


_gate = threading.Condition()
_runs: list[object] = []
_trials: list[object] = []
_PATIENCE = 60.0
"""Seconds that a run waits for a trial, which ends as soon as it sees it."""


@contextmanager
def running() -> Generator[None]:
    """Hold torch's random numbers, which all threads share, for a run; a trial under way ends."""
    mark = object()
    with _gate:
        _runs.append(mark)
        _gate.wait_for(lambda: not _trials, _PATIENCE)
    try:
        yield
    finally:
        with _gate:
            _runs.remove(mark)


def disturbed() -> bool:
    """Return whether a run waits for the trial to end."""
    return bool(_runs)


@contextmanager
def trying(device: torch.device) -> Generator[None]:
    """Do something on the side that seeds and draws; afterwards nobody can tell.

    Raises
    ------
    ValueError
        A run is under way in this process.
    """
    mark = object()
    with _gate:
        if _runs:
            raise ValueError("A run is under way; wait until it ends, or stop it first.")
        _trials.append(mark)
    try:
        with aside(device, None):
            yield
    finally:
        with _gate:
            _trials.remove(mark)
            _gate.notify_all()
