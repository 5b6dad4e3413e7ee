"""The loss of a step's batch evaluated again, for optimizers that ask for it several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Gradients = Sequence[torch.Tensor]


class Evaluated(Protocol):
    """What is needed of a phase."""

    forward: Any
    tapped: Any
    gradient: Any
    scaler: Any
    adjust: Any
    mend: list[int]
    parameters: list[torch.Tensor]

    def mended(self, grads: Gradients) -> Gradients:
        """Return the gradients in the memory layout of their parameters."""
        ...


class Closure:
    """Called by the optimizer. The first evaluation of a step is the one the loop has made.

    It stands in front of a phase's `forward`, `tapped` and `gradient` to remember the batch and
    the loss.
    """

    def __init__(self, phase: Evaluated) -> None:
        if phase.scaler is not None:
            raise ValueError(
                "This optimizer evaluates the loss several times a step, which float16 with its "
                "scaled gradients does not allow; choose float32."
            )
        self._phase = phase
        self._forward, self._gradient = phase.forward, phase.gradient
        self._batch: tuple[torch.Tensor, ...] = ()
        self._total: torch.Tensor | None = None
        phase.forward, phase.tapped = (
            self._remembering(phase.forward),
            self._remembering(phase.tapped),
        )
        phase.gradient = self._first

    def _remembering(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def remembered(*fields: torch.Tensor) -> Any:
            self._batch = fields
            return run(*fields)

        return remembered

    def _first(self, total: torch.Tensor, parameters: list[torch.Tensor]) -> Gradients:
        self._total = total.detach()
        return self._gradient(total, parameters)

    def __call__(self) -> float:
        """Return the loss with the weights of now, and leave its gradients at the parameters."""
        if self._total is not None:
            known, self._total = self._total, None
            return float(known)
        phase = self._phase
        with torch.enable_grad():
            total = self._forward(*self._batch)[0]
            grads = self._gradient(total, phase.parameters)
        if phase.mend:
            grads = phase.mended(grads)
        if phase.adjust is not None:
            phase.adjust(grads)
        for parameter, grad in zip(phase.parameters, grads, strict=True):
            parameter.grad = grad
        return float(total.detach())
