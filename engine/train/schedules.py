"""Learning-rate schedules made from their entries, and when they take a step."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.modules.schedules import WarmUp

if TYPE_CHECKING:
    import torch

    from engine.catalog.spec import OptimizerSpec
    from engine.project import Choice, Phase

POINTS = 240
"""Of a curve that is shown before a run."""


def cycles(spec: OptimizerSpec) -> bool:
    """Return whether a schedule can cycle the momentum (or β₁) of an optimizer."""
    return spec.cycles and bool({"momentum", "betas"} & {p.name for p in spec.params})


class Schedule:
    """Moves an optimizer's learning rate; a constant one does nothing.

    A warm-up stands in front: the schedule begins when it is over, and epochs that end within it
    do not count.

    Parameters
    ----------
    choice
        The entry and its settings.
    optimizer
        Whose learning rate moves.
    epochs, steps
        Length of the whole run.
    phase
        Whose warm-up there is, and what its optimizer bears; None has no warm-up.
    """

    def __init__(
        self,
        choice: Choice,
        optimizer: torch.optim.Optimizer,
        epochs: int,
        steps: int,
        phase: Phase | None = None,
    ) -> None:
        spec = registry.schedule(choice.id)
        self.scheduler: Any = None
        self.warmup: WarmUp | None = None
        self._by_step = False
        self._monitored = spec.monitored
        wait = min(phase.warmup_steps, steps) if phase else 0
        self._steps = steps
        self._left = steps - wait
        if spec.target:
            within = wait * epochs // max(steps, 1)
            rates = [group["lr"] for group in optimizer.param_groups]
            supplied = {
                "epochs": max(epochs - within, 1),
                "steps": max(self._left, 1),
                "lr": rates if len(rates) > 1 else rates[0],
            }
            target = load_target(spec.target)
            arguments: dict[str, Any] = dict(spec.arguments(choice.params))
            arguments |= {name: supplied[what] for name, what in spec.derived.items()}
            if "cycle_momentum" in inspect.signature(target).parameters and not _cycles(optimizer):
                arguments["cycle_momentum"] = False
            try:
                self.scheduler = target(optimizer, **arguments)
            except ZeroDivisionError:
                message = f"{spec.title} leaves no step for a part of a run of {self._left} steps: "
                raise ValueError(message + "give its parts other shares or train longer.") from None
            self._by_step = spec.per == "step"
        if phase is not None and wait:
            self.warmup = WarmUp(optimizer, wait, phase.warmup_start, phase.warmup_shape)

    @property
    def per_step(self) -> bool:
        """Return whether something happens after a step."""
        return self._by_step or self.warmup is not None

    def carry(self, before: Schedule) -> None:
        """Go on where the same schedule of another optimizer stood."""
        if self.scheduler is not None:
            self.scheduler.load_state_dict(before.scheduler.state_dict())
        if self.warmup is not None and before.warmup is not None:
            self.warmup.load_state_dict(before.warmup.state_dict())
        self._left, self._steps = before._left, before._steps

    def extend(self, steps: int, taken: int) -> None:
        """Go on in a run of so many steps as if it had been as long from the start.

        Only for schedules that do not go by the length of the run. `taken` steps are behind it.
        """
        if not self._by_step or taken > self._steps:
            return
        before, self._steps = self._steps, steps
        self._left += steps - before
        if taken == before:
            # The last step of the shorter run moved nothing on.
            self._left -= 1
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """Return where it stands, its settings of now included."""
        scheduler = self.scheduler.state_dict() if self.scheduler is not None else None
        warmup = self.warmup.state_dict() if self.warmup is not None else None
        left = {"left": self._left, "steps": self._steps}
        return {"scheduler": scheduler, "warmup": warmup, **left}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; the optimizer's settings are brought back beside it."""
        if self.scheduler is not None:
            self.scheduler.load_state_dict(dict(state["scheduler"]))
        if self.warmup is not None:
            self.warmup.load_state_dict(state["warmup"])
        self._left, self._steps = state["left"], state["steps"]

    def after_step(self) -> None:
        """Move on after a step, where the schedule goes by steps or there is a warm-up."""
        if self.warmup is not None and not (self._by_step and self.warmup.done):
            self.warmup.step()
        elif self._by_step and self._left > 1:
            self._left -= 1
            self.scheduler.step()

    def after_epoch(self, loss: float) -> None:
        """Move on after an epoch; `loss` is the validation loss, which plateau reads."""
        if self.scheduler is None or self._by_step:
            return
        if self.warmup is not None and not self.warmup.over:
            return
        if self._monitored:
            self.scheduler.step(loss)
        else:
            self.scheduler.step()


def _cycles(optimizer: torch.optim.Optimizer) -> bool:
    return bool({"momentum", "betas"} & set(optimizer.defaults))


def curve(phase: Phase, epochs: int, per_epoch: int = 0) -> list[float]:
    """Return the learning rate along a run, at most some hundred points, from torch itself.

    A schedule by epochs is run over the epochs (the first 2,000 of them). One by steps, or with a
    warm-up, is run over the steps (the first 20,000 of them), or as many as there are points where
    nobody knows how many there will be.
    """
    import torch

    spec = registry.schedule(phase.schedule.id)
    settings = registry.optimizer(phase.optimizer.id).values(phase.optimizer.params)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=float(str(settings["lr"])), momentum=0.9)
    by_step = spec.per == "step" or bool(phase.warmup_steps)
    count, each = min(epochs, 2000), 1
    if by_step:
        each = per_epoch or max(1, POINTS // max(epochs, 1))
        count = min(epochs * each, 20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        total = epochs * each if per_epoch or spec.per == "epoch" else count
        schedule = Schedule(phase.schedule, optimizer, epochs, total, phase)
        found: list[float] = []
        for step in range(1, count + 1):
            found.append(float(optimizer.param_groups[0]["lr"]))
            schedule.after_step()
            if step % each == 0:
                schedule.after_epoch(0.0)
    return [*found, *found][:2] if len(found) == 1 else found[:: max(1, len(found) // POINTS)]
