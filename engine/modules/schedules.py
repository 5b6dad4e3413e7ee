"""Learning-rate schedules that PyTorch does not have. Each class stands alone."""

from __future__ import annotations

from typing import Any

import torch


class InverseTimeLR(torch.optim.lr_scheduler.LRScheduler):
    """Divides the learning rate by 1 + decay × t."""

    def __init__(self, optimizer: torch.optim.Optimizer, decay: float = 0.1) -> None:
        self.decay = decay
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        """Return the rates of now."""
        return [rate / (1.0 + self.decay * self.last_epoch) for rate in self.base_lrs]


class Cyclic(torch.optim.lr_scheduler.CyclicLR):
    """Lets the learning rate go to and fro between its top and a share of it."""

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        max_lr: Any,
        div_factor: float = 10.0,
        step_size_up: int = 200,
        step_size_down: int | None = None,
        mode: Any = "triangular",
        gamma: float = 1.0,
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
    ) -> None:
        groups = len(optimizer.param_groups)
        tops: list[Any] = [*max_lr] if isinstance(max_lr, list) else [max_lr] * groups
        super().__init__(
            optimizer,
            [top / div_factor for top in tops],
            tops,
            step_size_up=step_size_up,
            step_size_down=step_size_down,
            mode=mode,
            gamma=gamma,
            cycle_momentum=cycle_momentum,
            base_momentum=base_momentum,
            max_momentum=max_momentum,
        )


class WarmUp:
    """Raises the learning rate over the first steps to where a schedule begins.

    The schedule is made before it, and takes its first step when it is `over`.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, steps: int, start: float, shape: str = "linear"
    ) -> None:
        self.optimizer, self.steps, self.start, self.shape = optimizer, steps, start, shape
        self.tops = [group["lr"] for group in optimizer.param_groups]
        self.taken = 0
        self._set()

    @property
    def done(self) -> bool:
        """Return whether the rate has arrived."""
        return self.taken >= self.steps

    @property
    def over(self) -> bool:
        """Return whether a step has been taken since."""
        return self.taken > self.steps

    def step(self) -> None:
        """Move on after a step of the optimizer."""
        self.taken += 1
        if not self.over:
            self._set()

    def factor(self) -> float:
        """Return the share of the rate that is used now."""
        if self.done:
            return 1.0
        way = self.taken / self.steps
        if self.shape == "exponential":
            return self.start ** (1.0 - way)
        return self.start + (1.0 - self.start) * way

    def _set(self) -> None:
        factor = self.factor()
        for group, top in zip(self.optimizer.param_groups, self.tops, strict=True):
            group["lr"] = top * factor

    def state_dict(self) -> dict[str, Any]:
        """Return how far it is."""
        return {"taken": self.taken, "tops": self.tops}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.taken, self.tops = state["taken"], list(state["tops"])
