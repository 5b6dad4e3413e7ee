"""How far values and gradients spread in each layer before training, and what that says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.catalog import registry
from engine.initial import automatic
from engine.train import threads
from engine.train.chance import trying
from engine.train.device import resolve_device
from engine.train.setup import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.data.dataset import Dataset
    from engine.project import Project, Training
    from engine.steps import Step
    from engine.train.phase import PhaseRun

FADES, EXPLODES = 0.1, 10.0
"""Beyond these factors from the first layer to the last a spread is worth a sentence."""
_KIN = {
    "he": ("he_normal", "he_uniform"),
    "lecun": ("lecun_normal", "lecun_uniform"),
    "glorot": ("glorot_normal", "glorot_uniform"),
}
_RULES = {name: kin for kin, names in _KIN.items() for name in names}


@dataclass(frozen=True, slots=True)
class Spread:
    """One layer with weights, on the first batch."""

    node: str
    """Path id."""
    name: str
    initializer: str
    """Title of what its weights start from; nothing where no initializer acts on them."""
    weight: float
    """Standard deviation of its weights."""
    output: float
    gradient: float
    """Of the loss by what the layer puts out; nan where no gradient comes to it."""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Spreads:
    """All layers of a phase's network, in the order of computation."""

    rows: tuple[Spread, ...]
    note: str


def spreads(project: Project, data: Dataset, place: int = 0) -> Spreads:
    """Return what the weights of now do to the first batch, forward and backward.

    Raises
    ------
    TrainingError, ValueError
        The project cannot be trained, or a run is under way.
    """
    project = project.with_training(watch=False)
    count = project.training.threads or threads.default_threads()
    with trying(resolve_device(project.training.device)), threads.prepared(count):
        prepared = prepare(project, data)
        run = prepared.phases[place]
        plan = prepared.bundle.blueprint.plans[run.phase.network]
        rows = _rows(run, plan.trained(), prepared.project.training)
    return Spreads(rows, _note(rows))


def _rows(run: PhaseRun, steps: Sequence[Step], training: Training) -> tuple[Spread, ...]:
    total, _, _, taps = run.tapped(*run.batches.at(0, 0))
    moving = [i for i, tap in enumerate(taps) if tap.requires_grad]
    made = torch.autograd.grad(total, [taps[i] for i in moving], allow_unused=True)
    grads = dict(zip(moving, made, strict=True))
    found: list[Spread] = []
    for place, step in enumerate(s for s in steps if s.layer):
        held = [p for _, p in run.network.node_parameters.get(step.path, ()) if p.dim() >= 2]
        if held:
            weight = torch.cat([p.detach().flatten() for p in held])
            chosen, warning = _choice(step, training)
            figures = _std(weight), _std(taps[place]), _std(grads.get(place))
            found.append(Spread(step.path, step.title, chosen, *figures, warning))
    return tuple(found)


def _std(values: torch.Tensor | None) -> float:
    if values is None or values.numel() < 2:
        return float("nan")
    return values.detach().float().std().item()


def _choice(step: Step, training: Training) -> tuple[str, str]:
    """Return the title of what a layer starts from, and what speaks against it."""
    if not step.spec.initialize:
        return "", ""
    chosen = step.node.initializer or training.initializer
    suits = automatic(step.graph, step.node.id)
    if chosen == "auto":
        return registry.initializer(suits).title, ""
    title = registry.initializer(chosen).title
    rule, wanted = _RULES.get(chosen), _RULES[suits]
    if rule is None or rule == wanted:
        return title, ""
    better = registry.initializer(suits).title
    return title, f"What follows this layer suits {better}; {title} was chosen for it."


def _note(rows: Sequence[Spread]) -> str:
    """Return what the spreads say as a whole."""
    words: list[str] = []
    outputs = [row.output for row in rows if row.output > 0]
    gradients = [row.gradient for row in rows if row.gradient > 0]
    if len(outputs) > 2:
        words += _told("What layers put out", outputs[-2] / outputs[0])
    if len(gradients) > 2:
        words += _told("Gradients on their way back", gradients[0] / gradients[-1])
    if any(row.output == 0 for row in rows):
        words.append("Some layers put out one and the same number.")
    return " ".join(words) or "Values and gradients keep their size from layer to layer."


def _told(what: str, factor: float) -> list[str]:
    if factor < FADES:
        return [f"{what} fade by a factor of {1 / factor:.3g}."]
    if factor > EXPLODES:
        return [f"{what} grow by a factor of {factor:.3g}."]
    return []
