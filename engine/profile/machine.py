"""How fast a device is, tried out in a moment: what a forecast of time is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.profile.meter import Tally

_TRIALS = 5
_USUAL = 0.6
"""What products of the sizes of real networks reach of those tried out here."""
_KNOWN: dict[tuple[str, int], Machine] = {}


@dataclass(frozen=True, slots=True)
class Machine:
    """Three figures of a device, and the time they give for a number of operations."""

    flops: float
    """Floating-point operations a second, in products of matrices and convolutions."""
    bandwidth: float
    """Bytes a second, read and written, in what works number by number."""
    overhead: float
    """Seconds that an operation takes however small it is."""

    def seconds(self, tally: Tally) -> float:
        """Return how long so many operations take, at a rough estimate."""
        worked = max(tally.flops / self.flops, tally.moved / self.bandwidth)
        return tally.operations * self.overhead + worked


def machine(device: torch.device) -> Machine:
    """Return the figures of a device with the threads of now; tried out once in a process."""
    key = str(device), torch.get_num_threads()
    if key not in _KNOWN:
        _KNOWN[key] = _tried(device)
    return _KNOWN[key]


def _tried(device: torch.device) -> Machine:
    size = 256 if device.type == "cpu" else 2048
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(device)

    small, half = draw(8, 8), size // 8
    left, right = draw(size, size), draw(size, size)
    picture, filters = draw(16, half, 28, 28), draw(half, half, 3, 3)
    large = draw(1 << (22 if device.type == "cpu" else 25))
    overhead = _fastest(device, lambda: small.add(1.0), 50)
    product = _fastest(device, lambda: left @ right, 2)
    convolved = _fastest(device, lambda: functional.conv2d(picture, filters, padding=1), 2)
    copied = _fastest(device, lambda: large.mul(1.0), 2)
    work = 2 * 16 * 28 * 28 * half * half * 9
    rate = min(2 * size**3 / product, work / convolved)
    # What training adds to an operation: a node of the graph, and its turn on the way back.
    return Machine(_USUAL * rate, 8 * large.numel() / copied, 2.0 * overhead)


def _fastest(device: torch.device, work: Callable[[], Any], times: int) -> float:
    """Return the seconds that something takes at best."""
    found: list[float] = []
    for _ in range(_TRIALS):
        _wait(device)
        begin = time.perf_counter()
        for _ in range(times):
            work()
        _wait(device)
        found.append((time.perf_counter() - begin) / times)
    return min(found)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
