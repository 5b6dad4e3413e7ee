"""Weights scaled on the first batch, before training, where an initializer asks for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.initial import initial_weights
from engine.modules.initializers import unit_variance_
from engine.train.evaluate import evaluating

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import torch

    from engine.compile import Bundle
    from engine.project import Training
    from engine.steps import Plan, Step
    from engine.train.phase import PhaseRun

    Home = tuple[str, ...]


def scaled_homes(modules: Sequence[Step], training: Training) -> set[Home]:
    """Return where the modules live whose weight is scaled on the first batch."""
    starts = initial_weights(modules, training.initializer, training.initializer_params)
    return {start.step.home for start in starts if start.scaled and start.name == "weight"}


def scaled_layers(plan: Plan, homes: Collection[Home]) -> list[tuple[int, Step]]:
    """Return the layers of a network to scale in order, each with its place among the taps.

    Of places that share weights the first counts.
    """
    found: dict[Home, tuple[int, Step]] = {}
    layers = (step for step in plan.trained() if step.layer)
    for place, step in enumerate(layers):
        if step.has_module and step.home in homes:
            found.setdefault(step.home, (place, step))
    return list(found.values())


def scale(bundle: Bundle, phases: Iterable[PhaseRun], training: Training) -> None:
    """Scale weights until their layers put out a variance of 1 for the first batch.

    Networks go in the order of their phases; what they share is scaled once.
    """
    homes = scaled_homes(bundle.blueprint.modules, training)
    for run in phases:
        chosen = scaled_layers(bundle.blueprint.plans[run.phase.network], homes)
        if not chosen:
            continue
        homes -= {step.home for _, step in chosen}
        _scale(run, chosen)


def _scale(run: PhaseRun, chosen: Sequence[tuple[int, Step]]) -> None:
    batch = run.batches.at(0, 0)

    def output(place: int) -> torch.Tensor:
        with evaluating(run.network):
            return run.tapped(*batch)[3][chosen[place][0]]

    names = [".".join((*step.home, "weight")) for _, step in chosen]
    unit_variance_([run.network.get_parameter(name) for name in names], output)
