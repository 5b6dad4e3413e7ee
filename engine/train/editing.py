"""Other networks for a run that goes on: rebuilt, with the weights and moments they had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.train.chance import aside
from engine.train.evaluate import labels
from engine.train.failure import TrainingError
from engine.train.setup import prepare
from engine.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from engine.project import Project
    from engine.train.setup import Prepared
    from engine.weights import Report, WeightStore

SAME = ("batch", "batch_size", "seed", "device", "precision", "threads")
"""Settings of training that a run cannot change under way."""


def take(store: WeightStore, prepared: Prepared) -> None:
    """Keep the weights of a run as they are now, and its optimizers' numbers."""
    store.take(_weights(prepared))
    for run, label in zip(prepared.phases, _owners(prepared), strict=True):
        store.take_state(run.stepper.optimizer, _parameters(prepared), label)


def give(store: WeightStore, prepared: Prepared) -> Report:
    """Give networks the weights that are kept for them, and their optimizers their numbers."""
    report = store.give(_weights(prepared))
    for run, label in zip(prepared.phases, _owners(prepared), strict=True):
        store.give_state(run.stepper.optimizer, _parameters(prepared), label)
        run.stepper.refresh()
    return report


def rebuild(
    before: Prepared,
    project: Project,
    store: WeightStore,
    moves: Mapping[str, str],
    copies: Mapping[str, str],
) -> tuple[Prepared, Report]:
    """Return a run prepared for a changed project, and what became of its weights.

    Schedules and learning rates go on. The run's random numbers stay as they are.

    Raises
    ------
    TrainingError, ValueError
        What stands in the way. The networks that were there are as before.
    """
    _check(before.project, resolve(project))
    with aside(before.device, None):
        after = prepare(project, before.data, before.precision)
    take(store, before)
    store.follow(moves, copies)
    report = give(store, after)
    for old, new in zip(before.phases, after.phases, strict=True):
        new.carry(old)
    return after, report


def _check(before: Project, after: Project) -> None:
    """Raise TrainingError if more has changed than a run can take over."""
    old, new = before.training, after.training
    changed = [
        f"another {name.replace('_', ' ')}"
        for name in SAME
        if getattr(old, name) != getattr(new, name)
    ]
    if [(p.steps, p.split) for p in old.phases] != [(p.steps, p.split) for p in new.phases]:
        changed.append("another order or number of phases")
    if before.data != after.data:
        changed.append("other data")
    if changed:
        raise TrainingError(
            f"A run under way cannot take over {changed[0]}; stop it and train again."
        )


def _owners(prepared: Prepared) -> tuple[str, ...]:
    return labels([run.phase for run in prepared.phases])


def _weights(prepared: Prepared) -> dict[str, torch.Tensor]:
    """Return everything in the `state_dict` by its weight path."""
    state: dict[str, torch.Tensor] = prepared.root.state_dict()
    return {path: state[name] for name, path in prepared.bundle.weight_paths.items()}


def _parameters(prepared: Prepared) -> dict[str, torch.Tensor]:
    paths = prepared.bundle.weight_paths
    return {paths[name]: value for name, value in prepared.root.named_parameters()}


def told(before: Project, after: Project) -> str:
    """Return in a few words what an edit changed, for one that brings no words of its own."""
    old = {(k, n.id): n for k, graph in before.networks.items() for n in graph.nodes.values()}
    new = {(k, n.id): n for k, graph in after.networks.items() for n in graph.nodes.values()}
    kinds = (
        ("Added", [new[i].name for i in new if i not in old]),
        ("Removed", [old[i].name for i in old if i not in new]),
        ("Changed", [new[i].name for i in new if i in old and new[i] != old[i]]),
    )
    words = [
        f"{verb} “{names[0]}”" if len(names) == 1 else f"{verb} {len(names)} nodes"
        for verb, names in kinds
        if names
    ]
    return ", ".join(words) or "Changed the network"
