"""Learning-rate schedules made from their entries, and when they take a step."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from engine.catalog import registry
from engine.catalog.spec import load_target

if TYPE_CHECKING:
    import torch

    from engine.project import Choice


class Schedule:
    """Moves an optimizer's learning rate; a constant one does nothing.

    Parameters
    ----------
    choice
        The entry and its settings.
    optimizer
        Whose learning rate moves.
    epochs, steps
        Length of the whole run.
    """

    def __init__(
        self, choice: Choice, optimizer: torch.optim.Optimizer, epochs: int, steps: int
    ) -> None:
        spec = registry.schedule(choice.id)
        self.scheduler: Any = None
        self.per_step = False
        self._monitored = spec.monitored
        if not spec.target:
            return
        target = load_target(spec.target)
        supplied = {"epochs": epochs, "steps": steps, "lr": optimizer.param_groups[0]["lr"]}
        arguments: dict[str, Any] = dict(spec.arguments(choice.params))
        arguments |= {name: supplied[what] for name, what in spec.derived.items()}
        if "cycle_momentum" in inspect.signature(target).parameters:
            group = optimizer.param_groups[0]
            if not ({"momentum", "betas"} & set(group)):
                arguments["cycle_momentum"] = False
        self.scheduler = target(optimizer, **arguments)
        self.per_step = spec.per == "step"
        self._left = steps

    def carry(self, before: Schedule) -> None:
        """Go on where the same schedule of another optimizer stood."""
        if self.scheduler is not None:
            self.scheduler.load_state_dict(before.scheduler.state_dict())
            self._left = before._left

    def after_step(self) -> None:
        """Move on after a step, where the schedule goes by steps."""
        if self.per_step and self._left > 1:
            self._left -= 1
            self.scheduler.step()

    def after_epoch(self, loss: float) -> None:
        """Move on after an epoch; `loss` is the validation loss, which plateau reads."""
        if self.scheduler is None or self.per_step:
            return
        if self._monitored:
            self.scheduler.step(loss)
        else:
            self.scheduler.step()
