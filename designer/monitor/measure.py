"""The figures that nodes can be coloured by, as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from designer.words import amount, figure, size

if TYPE_CHECKING:
    from collections.abc import Callable

Joins = Literal["norm", "ratio", "sum", "output"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that every node may have. `History` brings it, or whoever calls `Measures.put`."""

    id: str
    title: str
    words: str
    """What it tells, as one sentence."""
    unit: str = ""
    log: bool = False
    diverging: bool = False
    """True: zero stands in the middle of the ramp."""
    share: bool = False
    """True: it lies between 0 and 1 and is written in percent."""
    mark: str = ""
    """What stands before the number at a node."""
    source: Literal["", "norms", "activations"] = ""
    """The curves of the history that hold it; empty: it is put."""
    joins: Joins = "sum"
    """What a placed network shows: the norm of all in it, their ratio, their sum, or the figure of
    the layer whose output leaves it."""
    phrase: Callable[[float], str] = figure

    @property
    def called(self) -> str:
        """Return the title as it stands within a sentence."""
        return self.title if self.title.isupper() or self.id == "flops" else self.title.lower()

    def text(self, value: float) -> str:
        """Return a value as a node shows it."""
        words = f"{value:.0%}" if self.share and math.isfinite(value) else self.phrase(value)
        return " ".join(word for word in (self.mark, words, self.unit) if word)


def _time(milliseconds: float) -> str:
    return f"{figure(milliseconds)} ms"


MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure(
            "grad", "Gradient norm", "How strongly the loss pulls at the layer's parameters.",
            log=True, mark="∇", source="norms", joins="norm",
        ),
        Measure(
            "update", "Update ratio", "How far a step moves the weights, over how long they are.",
            log=True, mark="Δ", source="norms", joins="ratio",
        ),
        Measure(
            "weight", "Weight norm", "How long the layer's parameters are, taken as one vector.",
            log=True, mark="‖w‖", source="norms", joins="norm",
        ),
        Measure(
            "dead", "Zeros", "Which part of the layer's outputs is exactly zero.",
            share=True, mark="zero", source="activations", joins="output",
        ),
        Measure(
            "saturated", "Saturation",
            "Which part of a bounded activation's outputs lies within 5 % of a bound.",
            share=True, mark="saturated", source="activations", joins="output",
        ),
        Measure(
            "mean", "Output mean", "The mean of the layer's outputs.",
            diverging=True, mark="μ", source="activations", joins="output",
        ),
        Measure(
            "std", "Output spread", "The standard deviation of the layer's outputs.",
            log=True, mark="σ", source="activations", joins="output",
        ),
        Measure(
            "time", "Time", "What the layer takes of a step, forward and backward.",
            log=True, phrase=_time,
        ),
        Measure(
            "memory", "Memory", "What the layer holds in memory during a step.",
            log=True, phrase=size,
        ),
        Measure(
            "flops", "FLOPs", "Floating-point operations of the layer for one sample, forward.",
            log=True, phrase=amount,
        ),
    )
}  # fmt: skip
"""All by id, in the order they are offered. Time is in milliseconds, memory in bytes."""

FIRST = "grad"
