"""Python's collector of garbage, kept out of the way where it would be felt."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def spared() -> Generator[None]:
    """Let the collector wait while much is made at once that is there to stay."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
