"""What a run's end says of a network with one layer of weights: whether a line can do the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.train.evaluate import evaluating
from engine.train.events import Finding

if TYPE_CHECKING:
    from engine.plan import Plan
    from engine.steps import LossInfo, Step
    from engine.train.setup import Prepared

ROWS = 1000
FEATURES = 50
"""Samples and numbers in each, up to which looking costs next to nothing."""
NEIGHBOURS = 5
GAIN = 0.1
"""By how much neighbours must do better before it is said."""

_PASSING = frozenset({"flatten", "reshape", "permute", "dropout", "scale", "output"})
_RISING = frozenset({"sigmoid", "tanh", "softmax"})
_WEIGHTS = frozenset({"dense", "perceptron", "binary_dense"})


@dataclass(frozen=True, slots=True)
class _Line:
    """The part of a network that draws one line between two classes."""

    node: str
    titles: tuple[str, ...]
    """Of the layers of weights that are in it."""
    field: str
    """What it reads."""
    loss: LossInfo
    place: int
    """Of the loss in the list."""
    squeezed: bool
    """Whether its answers lie between 0 and 1."""


def beyond_a_line(prepared: Prepared) -> Finding | None:
    """Return that the classes ask for more than a line, if that is so, else None.

    Said of the first phase if its network is one layer of weights from a data field to a loss for
    two classes, a linear program has no line that parts the training samples, and a vote of the
    nearest neighbours, each sample left out, is right on many more of them than the network.
    """
    run = prepared.phases[0]
    line = _line(prepared.bundle.blueprint.plans[run.phase.network])
    if line is None:
        return None
    part = prepared.data.parts[run.phase.split]
    points = part[line.field][:ROWS].flatten(1).double().cpu()
    yes = part[line.loss.field][:ROWS].flatten().cpu() > 0.5
    if points.shape[1] > FEATURES or len(yes) != len(points) or len(yes) <= NEIGHBOURS:
        return None
    if not _two_classes(part[line.loss.field]):
        return None
    fields = [part[name][:ROWS] for name in run.network.fields]
    with evaluating(run.network):
        said = run.network.predict_forward(*fields)[line.place].cpu()
    right = (_answers(said, line) == yes).double().mean().item()
    near = (_vote(points, yes) == yes).double().mean().item()
    if near - right < GAIN or parted(points, yes):
        return None
    return Finding("line", line.node, _words(line, points.shape[1], right, near), run.phase.network)


def _words(line: _Line, features: int, right: float, near: float) -> str:
    names = " and ".join(f"“{title}”" for title in line.titles)
    if len(line.titles) == 1:
        start = f"{names} is the only layer of weights, so"
    else:
        start = f"There is no activation between {names}, so"
    what = "straight line" if features < 3 else "flat plane"
    short = what.split()[1]
    return (
        f"{start} the network draws one {what} between the classes, and no {short} parts the "
        f"training samples: it has {100 * right:.0f} % of them right, where a vote of the "
        f"{NEIGHBOURS} nearest neighbours has {100 * near:.0f} %. Put a Dense with several units "
        f"and an activation such as Tanh in front of it."
    )


def parted(points: torch.Tensor, yes: torch.Tensor) -> bool:
    """Return whether a line (a plane, in more dimensions) has all of `yes` (n,) on one side.

    Exact: a linear program looks for w and b with ±(w x + b) ≥ 1 at every point (n, features).
    """
    from scipy import optimize

    spread = points.std(dim=0).clamp_min(1e-12)
    scaled = (points - points.mean(dim=0)) / spread
    sign = torch.where(yes, 1.0, -1.0).double()[:, None]
    rows = -sign * torch.cat([scaled, torch.ones_like(sign)], dim=1)
    program: Any = optimize
    found = program.linprog(
        torch.zeros(rows.shape[1]).numpy(),
        A_ub=rows.numpy(),
        b_ub=-torch.ones(len(rows)).numpy(),
        bounds=(None, None),
        method="highs",
    )
    return int(found.status) != 2  # 2 is a proof that there is none


def _vote(points: torch.Tensor, yes: torch.Tensor) -> torch.Tensor:
    away = torch.cdist(points, points)
    away.fill_diagonal_(float("inf"))
    near = away.topk(NEIGHBOURS, dim=1, largest=False).indices
    return yes[near].sum(dim=1) * 2 > NEIGHBOURS


def _answers(said: torch.Tensor, line: _Line) -> torch.Tensor:
    if line.loss.task == "classes":
        return said.flatten(1).argmax(dim=1) == 1
    return said.flatten() > (0.5 if line.squeezed else 0)


def _two_classes(answers: torch.Tensor) -> bool:
    found = cast("list[float]", answers.unique().tolist())
    return answers.numel() == len(answers) and found == [0, 1]


def _line(plan: Plan) -> _Line | None:
    """Return the line that a network draws, if that is all it does."""
    made = {name: step for step in plan.steps for name in step.outputs.values()}
    fields = {name: field for field, name in plan.variables.items()}
    for place, (loss, start) in enumerate(zip(plan.losses, plan.predictions, strict=True)):
        if loss.task not in ("binary", "classes") or not loss.field:
            continue
        way = _way(start, made)
        if way is None:
            return None
        end, steps = way
        first = next((s for s in steps if s.spec.id in _WEIGHTS), None)
        if first is None or end not in fields:
            return None
        behind = [s.spec.id for s in steps[: steps.index(first)]]
        if not _straight(steps[steps.index(first) :]) or not {*behind} <= _PASSING | _RISING:
            return None
        titles = tuple(s.title for s in reversed(steps) if s.spec.id in _WEIGHTS)
        squeezed = bool({*behind} & {"sigmoid", "softmax"})
        return _Line(first.path, titles, fields[end], loss, place, squeezed)
    return None


def _way(variable: str, made: dict[str, Step]) -> tuple[str, list[Step]] | None:
    """Return where a variable comes from and the steps on the way, last first; None if it forks."""
    steps: list[Step] = []
    while variable in made:
        step = made[variable]
        inputs = [name for names in step.inputs.values() for name in names]
        if len(inputs) != 1:
            return None
        steps.append(step)
        variable = inputs[0]
    return variable, steps


def _straight(steps: list[Step]) -> bool:
    """Return whether these steps, last first, are a weighted sum of what comes in."""
    bent = any(s.info.values.get("binary_input") for s in steps)
    inner = {s.spec.id for s in steps[1:]}
    return not bent and inner <= _PASSING | (_WEIGHTS - {"perceptron"})
