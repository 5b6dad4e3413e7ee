"""What the loop asks of whoever draws pictures beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.train.events import Event


class Painter(Protocol):
    """Draws a picture of the networks as they are."""

    due: float
    """When it may draw again."""

    def draw(self, step: int, *, last: bool = False) -> list[Event]:
        """Return the picture; `last` says that none will follow."""
        ...
