"""Choices that do not go together, said at the start of a run; none of them stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared


def advice(prepared: Prepared) -> Iterator[str]:
    """Yield a sentence for each choice that works against another."""
    training = prepared.project.training
    for run in prepared.phases:
        yield from _of_phase(run)
        if run.schedule.warmup is not None:
            steps = len(run.batches) * training.epochs
            if len(prepared.phases) == 1 and run.schedule.warmup.steps >= steps:
                yield (
                    f"The warm-up of {run.phase.warmup_steps:,} steps is as long as the run, which "
                    f"has {steps:,}: the learning rate never arrives. Shorten it."
                )
        if run.average is not None and run.phase.average_from > training.epochs:
            yield (
                f"Weights are averaged from epoch {run.phase.average_from} on, and the run ends "
                f"before: the last weights are kept. Begin earlier."
            )


def _of_phase(run: PhaseRun) -> Iterator[str]:
    spec = registry.optimizer(run.phase.optimizer.id)
    if spec.closure and len(run.batches) > 1:
        yield (
            f"{spec.title} compares the gradients of its steps, and those of different batches "
            "differ for no good reason: set batches to “all”."
        )
    if not run.phase.decay_biases and "weight_decay" not in {p.name for p in spec.params}:
        yield f"{spec.title} has no weight decay, so none is kept off biases."
