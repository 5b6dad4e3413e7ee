"""A single small batch learned by heart, on a copy: whether the network can learn at all."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from engine.catalog import registry
from engine.diagnose.found import number
from engine.preflight.ground import Outcome
from engine.project import Choice
from engine.train.evaluate import class_axis, ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.preflight.ground import Ground
    from engine.project import Project
    from engine.train.phase import PhaseRun

RIGHT, FALLEN, HALF = 0.95, 0.1, 0.5
"""By heart: so many answers right, or the loss down to such a share. Half: not by heart."""

ADAM = (Choice(id="adam", params={"lr": 0.003}), Choice(id="adam", params={"lr": 0.03}))
"""What is tried if the project's own optimizer does not get there."""


def overfit_batch(ground: Ground, *, samples: int, steps: int, seconds: float) -> Iterator[Outcome]:
    """Yield whether a copy learns one batch by heart, with the losses of its steps."""
    if len(ground.project.training.phases) > 1:
        words = "Several phases train against or after one another; one batch tells nothing."
        yield Outcome("overfit_batch", "skip", words)
        return
    best: _Attempt | None = None
    for choice in (ground.project.phase.optimizer, *ADAM):
        made = _attempt(ground, choice, samples, steps, seconds)
        if best is None or made.learned:
            best = made
        if made.learned or not math.isfinite(made.losses[0]):
            break
    assert best is not None
    yield best.judged()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The losses of some steps on one batch."""

    choice: Choice
    network: str
    samples: int
    losses: tuple[float, ...]
    right: float
    """The share of right answers after the last step; NaN where no answer is right or wrong."""

    @property
    def learned(self) -> bool:
        """Return whether the batch is known by heart."""
        return _by_heart(self.losses, self.right)

    def judged(self) -> Outcome:
        """Return what that says."""
        first, last = self.losses[0], self.losses[-1]
        title = registry.optimizer(self.choice.id).title
        words = (
            f"{self.samples} samples, {len(self.losses)} steps of {title}: the loss went from "
            f"{number(first)} to {number(last)}"
        )
        if not math.isnan(self.right):
            words += f", {self.right:.0%} of the answers are right"
        status, end = "fail", ". It does not learn even these."
        if not math.isfinite(last):
            end = ". That is no number."
        elif self.learned:
            status, end = "pass", "."
        elif min(self.losses) < HALF * abs(first) or self.right >= RIGHT:
            status, end = "warn", ". It learns, but not by heart."
        return Outcome("overfit_batch", status, words + end, "", self.network, None, self.losses)


def _attempt(ground: Ground, choice: Choice, samples: int, steps: int, seconds: float) -> _Attempt:
    run = ground.fresh(_bare(ground.project, samples, choice)).phases[0]
    _without_dropout(run.network)
    batch = run.batches.at(0, 0)
    end = time.monotonic() + seconds
    losses: list[float] = []
    right = 0.0
    for step in range(steps):
        ground.go_on()
        loss, predictions = _step(run, batch)
        losses.append(loss)
        ground.seen(step, loss)
        right = _right(run, batch, predictions)
        if not math.isfinite(loss) or time.monotonic() > end or _by_heart(losses, right):
            break
    return _Attempt(choice, run.phase.network, len(batch[0]), tuple(losses), right)


def _bare(project: Project, samples: int, choice: Choice) -> Project:
    """Return a project that does nothing but fit: no penalty, no schedule."""
    phase = project.phase.but(
        optimizer=choice,
        schedule=Choice(id="constant"),
        clip_value=None,
        clip_norm=None,
        clip_each=None,
        clip_adaptive=None,
        l1=0.0,
        l2=0.0,
        max_norm=None,
        warmup_steps=0,
        average="none",
    )
    return project.with_training(
        phases=(phase,), batch="mini", batch_size=samples, tolerance=None, watch=False
    )


def _without_dropout(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):  # pyright: ignore[reportPrivateUsage]
            module.p = 0.0


def _step(run: PhaseRun, batch: tuple[torch.Tensor, ...]) -> tuple[float, Sequence[torch.Tensor]]:
    total, _, predictions = run.forward(*batch)
    grads = run.gradient(total, run.parameters)
    if len(batch[0]) not in run.sizes:
        run.sizes.add(len(batch[0]))
        run.check_layout(grads)
    run.update(run.mended(grads) if run.mend else grads)
    return float(total.detach()), predictions


def _right(
    run: PhaseRun, batch: tuple[torch.Tensor, ...], predictions: Sequence[torch.Tensor]
) -> float:
    """Return the share of right answers of the worst loss that has classes; NaN without one."""
    found: list[float] = []
    for loss, prediction in zip(run.network.losses, predictions, strict=True):
        judge: Callable[..., Any] | None = {"classes": _classes, "binary": _binary}.get(loss.task)
        if judge is not None and loss.field:
            target = batch[run.network.fields.index(loss.field)]
            found.append(judge(prediction.detach(), target, loss))
    return min(found, default=math.nan)


def _classes(prediction: torch.Tensor, target: torch.Tensor, loss: Any) -> float:
    answers, counts = prediction.argmax(class_axis(loss)), target != ignored(loss)
    if answers.shape != target.shape or not bool(counts.any()):
        return math.nan
    return float((answers == target)[counts].float().mean())


def _binary(prediction: torch.Tensor, target: torch.Tensor, _: Any) -> float:
    return float(((prediction > 0) == (target.reshape(prediction.shape) > 0.5)).float().mean())


def _by_heart(losses: Sequence[float], right: float) -> bool:
    if not math.isnan(right):
        return right >= RIGHT and losses[-1] < HALF * losses[0]
    return losses[-1] <= FALLEN * abs(losses[0])
