"""Waiting for what a session says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.session import Session
    from engine.train.events import Event


def wait(held: Session, state: str, seconds: float = 60.0) -> list[Event]:
    """Drain until the session is in a state; return what came."""
    events: list[Event] = []
    end = time.monotonic() + seconds
    while held.state != state:
        events += held.drain()
        assert time.monotonic() < end, f"still {held.state}, {held.error}"
        time.sleep(0.005)
    return events + held.drain()


def heard(held: Session, kind: type[Any], seconds: float = 60.0) -> list[Event]:
    """Drain until something of a kind came; return what came."""
    events: list[Event] = []
    end = time.monotonic() + seconds
    while not any(isinstance(e, kind) for e in events):
        events += held.drain()
        assert time.monotonic() < end, f"still {held.state}, {held.error}"
        time.sleep(0.005)
    return events
