"""What the keys of figures of merit say, and how they fall into groups. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.catalog import registry
from engine.catalog.spec import MetricSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure's key says: `generator.loss.style` is the loss `style` of a phase."""

    key: str
    kind: str
    """`loss`, or the id of a metric; figures of one kind share a plot."""
    phase: str = ""
    loss: str = ""


def parse(key: str) -> Figure:
    """Part a key at its metric: what stands before is the phase, what follows is the loss."""
    known = registry.of_kind(MetricSpec)
    parts = key.split(".")
    for place, part in enumerate(parts):
        if part == "loss" or part in known:
            return Figure(key, part, ".".join(parts[:place]), ".".join(parts[place + 1 :]))
    return Figure(key, key)


def group(keys: Iterable[str], phases: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Return key and name of every figure by its kind.

    Parameters
    ----------
    phases
        The phases' names if there are several; figures that name none are the first one's.
    """
    kinds: dict[str, list[Figure]] = {}
    for key in keys:
        figure = parse(key)
        kinds.setdefault(figure.kind, []).append(figure)
    return {
        kind: [(f.key, _name(f, found, phases)) for f in found] for kind, found in kinds.items()
    }


def _name(figure: Figure, found: Sequence[Figure], phases: Sequence[str]) -> str:
    """Return what tells a figure from the others of its kind."""
    phase = figure.phase or (phases[0] if len(phases) > 1 else "")
    loss = figure.loss
    beside = [f for f in found if f.phase == figure.phase]
    if not loss and not phase and len(beside) > 1:
        loss = "total" if figure.kind == "loss" else "first"
    return " · ".join(word for word in (phase, loss) if word) or figure.kind


def title(kind: str) -> str:
    """Return what a kind of figure is called."""
    spec = registry.of_kind(MetricSpec).get(kind)
    return spec.title if spec else kind.capitalize()
