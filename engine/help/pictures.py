"""The pictures of a help page. Working them out loads PyTorch and takes some milliseconds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import (
    InitializerSpec,
    LayerSpec,
    LossSpec,
    OptimizerSpec,
    ScheduleSpec,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.catalog.spec import Spec
    from engine.help.drawing import Picture

KINDS: frozenset[type[Spec]] = frozenset(
    {InitializerSpec, LayerSpec, LossSpec, OptimizerSpec, ScheduleSpec}
)
"""The kinds of entries that can have pictures."""


@lru_cache(maxsize=1024)
def pictures(key: str) -> tuple[Picture, ...]:
    """Return the pictures of an entry, worked out by the real thing; none if it has none."""
    spec = registry.entries()[key]
    if type(spec) not in KINDS:
        return ()
    from engine.help.figures import bowl, curves, layers, weights

    makers: dict[type[Spec], Callable[..., list[Picture]]] = {
        LayerSpec: layers.pictures,
        LossSpec: curves.loss,
        ScheduleSpec: curves.schedule,
        OptimizerSpec: bowl.optimizer,
        InitializerSpec: weights.initializer,
    }
    return tuple(makers[type(spec)](spec))
