"""Checks of the first step: its loss, its gradients, odd sizes of batches, whether it repeats."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import torch

from engine.catalog.spec import LossSpec
from engine.diagnose.found import number
from engine.preflight.ground import Outcome
from engine.profile.stepwise import Stepwise
from engine.remedies import Remedy
from engine.train.evaluate import evaluating
from engine.train.failure import explain, name_of
from engine.train.trial import trains

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.preflight.ground import Ground
    from engine.steps import Step
    from engine.train.phase import PhaseRun
    from engine.train.setup import Prepared

NEUTRAL = {"bce": 0.5, "nll": None}
"""Losses that do not read scores: what an answer is that says nothing; None is −ln C."""

# -- the loss at the start


def initial_loss(ground: Ground, *, high: float, low: float) -> Iterator[Outcome]:
    """Yield how the loss of fresh weights compares with that of an answer that says nothing."""
    prepared, told = ground.fresh(), False
    for run in prepared.phases:
        stepwise = Stepwise(run.network)
        places = [n for n, step in enumerate(stepwise.steps) if _judges(step)]
        if not places:
            continue
        scope = stepwise.scope(run.batches.at(0, 0))
        with torch.set_grad_enabled(run.network.sloped):
            for place in range(len(stepwise.steps)):
                stepwise.take(place, scope)
            for place in places:
                told = True
                yield _judged(ground, run, stepwise, place, scope, (low, high))
    if not told:
        yield Outcome("initial_loss", "skip", "No loss has right answers to compare with.")


def _judges(step: Step) -> bool:
    return isinstance(step.spec, LossSpec) and bool(step.spec.task)


def _judged(
    ground: Ground,
    run: PhaseRun,
    stepwise: Stepwise,
    place: int,
    scope: dict[str, Any],
    ends: tuple[float, float],
) -> Outcome:
    step = stepwise.steps[place]
    spec = cast("LossSpec", step.spec)
    first = float(scope[step.outputs["out"]])
    names = next(iter(step.inputs.values()))
    expected, words = _expected(stepwise, place, scope, names[0])
    where = step.path, run.phase.network
    said = f"“{step.title}” starts at {number(first)}; {words} has {number(expected)}"
    if spec.task == "classes" and math.isclose(expected, math.log(_classes(step)), rel_tol=1e-3):
        said += f" (ln {_classes(step)})"
    if not math.isfinite(first):
        words = f"“{step.title}” starts at {number(first)}: look at the data and the last layer."
        return Outcome("initial_loss", "fail", words, *where)
    if not math.isfinite(expected) or expected <= 0:
        return Outcome("initial_loss", "pass", f"“{step.title}” starts at {number(first)}.", *where)
    share = first / expected
    if share > ends[1] or share < ends[0]:
        said += f": {share:.1f} times as much." if share > 1 else f": only {share:.0%} of it."
        status = "fail" if share > 100 else "warn"
        fix = _scaled(ground, step) if share > 1 else None
        return Outcome("initial_loss", status, said, *where, fix)
    return Outcome("initial_loss", "pass", f"{said}.", *where)


def _classes(step: Step) -> int:
    return step.info.inputs[0].shape[cast("LossSpec", step.spec).class_axis]


def _expected(
    stepwise: Stepwise, place: int, scope: dict[str, Any], name: str
) -> tuple[float, str]:
    """Return the loss of an answer that says nothing, and what that answer is in words."""
    step = stepwise.steps[place]
    spec = cast("LossSpec", step.spec)
    given: torch.Tensor = scope[name]
    blank, words = torch.zeros_like(given), "an answer without a preference"
    if spec.id in NEUTRAL:
        level = NEUTRAL[spec.id]
        blank = blank + (-math.log(_classes(step)) if level is None else level)
    elif spec.task == "regression":
        target = next(iter(step.inputs.get("target", ())), "")
        held = scope.get(target)
        if isinstance(held, torch.Tensor) and held.shape == given.shape:
            blank, words = held.float().mean().expand_as(given), "always answering the mean"
    other = {**scope, name: blank.detach()}
    stepwise.take(place, other)
    return float(other[step.outputs["out"]]), words


def _scaled(ground: Ground, step: Step) -> Remedy | None:
    """Return the remedy that scales a regression's target."""
    if cast("LossSpec", step.spec).task != "regression" or ground.project.data.scale_target:
        return None
    if any(name in ground.data.scales for name in _targets(ground)) or not _targets(ground):
        return None
    return Remedy("data", "Scale the target", {"values": {"scale_target": True}})


def _targets(ground: Ground) -> list[str]:
    fields = ground.data.fields.items()
    return [name for name, f in fields if f.role == "target" and f.dtype == "float32"]


# -- gradients


def gradients_reach(ground: Ground, *, steps: int) -> Iterator[Outcome]:
    """Yield the nodes whose parameters get no gradient, or none other than zero."""
    prepared = ground.fresh()
    found: list[Outcome] = []
    reached: set[int] = {id(p) for run in prepared.phases for p in run.parameters}
    count = len(reached)
    for run in prepared.phases:
        found += _unreached(run, reached)
        found += _still(ground, run, steps)
    yield from found
    if not found:
        words = f"All {count:,} trained tensors get a gradient within {steps} steps."
        yield Outcome("gradients_reach", "pass", words)


def _unreached(run: PhaseRun, reached: set[int]) -> Iterator[Outcome]:
    """Yield the nodes that a phase means to train and that lead to no loss."""
    network = run.network
    for path, held in network.node_parameters.items():
        if path in network.frozen or not trains(run.phase.trains, path):
            continue
        lost = [name for name, p in held if p.requires_grad and id(p) not in reached]
        if lost:
            reached.update(id(p) for _, p in held)
            words = f"{', '.join(lost)} of “{name_of(network, path)}” get no gradient: no loss "
            yield Outcome(
                "gradients_reach",
                "warn",
                words + "depends on them.",
                path,
                run.phase.network,
            )


def _still(ground: Ground, run: PhaseRun, steps: int) -> Iterator[Outcome]:
    """Yield the nodes whose gradients stay zero, or are no numbers, over some steps."""
    sizes = [0.0] * len(run.parameters)
    for number_ in range(steps):
        ground.go_on()
        grads = _step(run, number_)
        for place, grad in enumerate(grads):
            sizes[place] = max(sizes[place], float(grad.abs().max())) if grad.numel() else 1.0
            if not math.isfinite(float(grad.abs().sum())):
                sizes[place] = math.nan
    held = _holders(run)
    for parameter, size in zip(run.parameters, sizes, strict=True):
        path, tensor, step = held.get(id(parameter), ("", "", None))
        if size > 0 or (step is not None and step.spec.gradient_note):
            continue
        name, bad = name_of(run.network, path), math.isnan(size)
        words = "a gradient that is not finite" if bad else f"a gradient of zero for {steps} steps"
        # A bias may be of no consequence (two towers whose difference counts); weights may not.
        status = "fail" if bad or parameter.dim() > 1 else "warn"
        words = f"The {tensor} of “{name}” gets {words}."
        yield Outcome("gradients_reach", status, words, path, run.phase.network)


def _holders(run: PhaseRun) -> dict[int, tuple[str, str, Step | None]]:
    """Return (path id, name of the tensor, step) of each parameter's first node, by its id."""
    steps = {step.path: step for step in Stepwise(run.network).steps}
    found: dict[int, tuple[str, str, Step | None]] = {}
    for path, parameters in run.network.node_parameters.items():
        for name, parameter in parameters:
            found.setdefault(id(parameter), (path, name, steps.get(path)))
    return found


def _step(run: PhaseRun, number_: int) -> Sequence[torch.Tensor]:
    """Take a step as training does; return the gradients."""
    batch = run.batches.at(0, number_ % len(run.batches))
    total, _, _ = run.forward(*batch)
    grads = run.gradient(total, run.parameters)
    seen = [grad.detach().clone() for grad in grads]
    run.check_layout(grads)
    grads = run.mended(grads) if run.mend else grads
    if run.adjust is not None:
        run.adjust(grads)
    run.update(grads)
    if run.after_step is not None:
        run.after_step()
    return seen


# -- sizes


def batch_sizes(ground: Ground) -> Iterator[Outcome]:
    """Yield whether the last batch can be trained on, and one sample predicted."""
    prepared = ground.fresh()
    for run in prepared.phases:
        sizes = run.batches.sizes
        last = sizes[-1]
        yield _ran(ground, prepared, run, len(sizes) - 1, last)
    run = prepared.phases[0]
    part = prepared.data.parts[run.phase.split]
    one = [part[name][:1] for name in run.network.fields]
    try:
        with evaluating(run.network):
            run.network.predict_forward(*one)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told as what was found
        sentence, node, network = explain(error, prepared.bundle)
        yield Outcome("batch_sizes", "fail", f"One sample alone: {sentence}", node, network)
    else:
        yield Outcome("batch_sizes", "pass", "One sample alone can be predicted.")


def _ran(ground: Ground, prepared: Prepared, run: PhaseRun, position: int, last: int) -> Outcome:
    try:
        total, _, _ = run.forward(*run.batches.at(0, position))
        run.gradient(total, run.parameters)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told as what was found
        sentence, node, network = explain(error, prepared.bundle)
        words = f"The last batch of an epoch holds {last:,}: {sentence}"
        return Outcome("batch_sizes", "fail", words, node, network, _evener(ground, run))
    words = f"The last batch of an epoch holds {last:,} of {run.batch_size:,}, and trains."
    return Outcome("batch_sizes", "pass", words)


def _evener(ground: Ground, run: PhaseRun) -> Remedy | None:
    """Return the remedy that chooses a batch size near by whose last batch is not so small."""
    training, samples = ground.project.training, run.batches.samples
    if training.batch != "mini":
        return None
    near = range(training.batch_size, max(training.batch_size // 2, 1), -1)
    size = max(near, key=lambda n: (samples % n == 0 or samples % n > 1, n), default=0)
    if not size or size == training.batch_size:
        return None
    return Remedy("training", f"Choose batches of {size}", {"values": {"batch_size": size}})


# -- repeating


def repeatable(ground: Ground) -> Iterator[Outcome]:
    """Yield whether two first steps from the same seed give the same bits."""
    states: list[dict[str, torch.Tensor]] = []
    for _ in range(2):
        ground.go_on()
        prepared = ground.fresh()
        for run in prepared.phases:
            _step(run, 0)
        states.append({k: v.detach().clone() for k, v in prepared.root.state_dict().items()})
    other = [name for name, value in states[0].items() if not _same(value, states[1][name])]
    if not other:
        words = f"Two first steps agree in all {len(states[0]):,} tensors, bit for bit."
        yield Outcome("repeatable", "pass", words)
        return
    words = f"Two first steps from one seed differ in {len(other):,} tensors, such as {other[0]}."
    yield Outcome("repeatable", "warn", words, ground_node(ground, other[0]))


def _same(first: torch.Tensor, second: torch.Tensor) -> bool:
    return torch.equal(torch.nan_to_num(first), torch.nan_to_num(second))


def ground_node(ground: Ground, name: str) -> str:
    """Return the path id of the node that a name of the `state_dict` belongs to."""
    home = tuple(name.split(".")[:-1])
    for plan in ground.plans.values():
        for step in plan.every:
            if step.home == home:
                return step.path
    return ""
