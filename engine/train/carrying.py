"""State that layers carry from one batch to the next: how it is forgotten and set aside."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from engine.compile import Network
    from engine.project import Training


class Carrying(Protocol):
    """A layer that carries its state on."""

    carried: Any

    def reset_state(self) -> None:
        """Begin anew with the next batch."""
        ...


def rows(training: Training) -> int:
    """Return how many stretches of the data go on beside one another; 0 is each sample alone."""
    return {"mini": training.batch_size, "one": 1, "all": 0}[training.batch]


def forget(layers: Iterable[Carrying]) -> None:
    """Let layers begin anew, as an epoch does."""
    for layer in layers:
        layer.reset_state()


@contextmanager
def apart(network: Network) -> Generator[None]:
    """Run a network from no state at all; what it carried before is carried on after."""
    before = [layer.carried for layer in network.carrying]
    forget(network.carrying)
    try:
        yield
    finally:
        for layer, carried in zip(network.carrying, before, strict=True):
            layer.carried = carried
