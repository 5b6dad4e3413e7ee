"""How torch uses this machine: threads, glibc's allocator, denormal numbers."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Generator

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """Return the threads torch gets: all cores but one, which is left to the window."""
    return max(1, cores() - 1)


@cache
def keep_memory() -> bool:
    """Tell glibc's malloc to keep what is freed, which saves page faults; False without glibc.

    Process-wide and done once. Measured 1.03 to 1.16 of the speed on convolutional networks.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    wanted = ((_M_MMAP_THRESHOLD, 1 << 30), (_M_TRIM_THRESHOLD, 1 << 30), (_M_TOP_PAD, 64 << 20))
    return sum(mallopt(option, value) for option, value in wanted) == len(wanted)


@contextmanager
def prepared(threads: int) -> Generator[None]:
    """Set the calling thread up for training with so many threads, and undo it at the end.

    The number of threads changes the last bits of the weights, so a run records it.
    """
    before = torch.get_num_threads()
    keep_memory()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
