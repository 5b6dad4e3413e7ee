"""Optimizers made from their entries, and the shortest way to take a step with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.monitor import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.project import Choice

    Gradients = Sequence[torch.Tensor]

FUSED_DEVICES = frozenset({"cpu", "cuda", "mps", "xpu"})
DIRECT_DEVICES = frozenset({"cpu", "cuda"})


def make_optimizer(choice: Choice, parameters: Sequence[torch.Tensor]) -> torch.optim.Optimizer:
    """Return the torch optimizer of a choice; fused where torch has it.

    Raises
    ------
    ValueError
        The entry is unknown or a setting is wrong.
    """
    spec = registry.optimizer(choice.id)
    arguments: dict[str, Any] = dict(spec.arguments(choice.params))
    if spec.fused and parameters[0].device.type in FUSED_DEVICES:
        arguments["fused"] = True
    made: torch.optim.Optimizer = load_target(spec.target)(list(parameters), **arguments)
    return made


class Stepper:
    """Takes steps of an optimizer with gradients given as a list.

    The first step is torch's own. After it, where the optimizer is fused, the kernel is called on
    the optimizer's state without the wrapper's bookkeeping: the same operations on the same
    tensors, so the same bits. The optimizer stays the owner of state and settings, and
    schedulers work on it as ever. Without those kernels every step is torch's own.

    `step(gradients)` is bound anew by `refresh`; fetch it from here after each pause in the loop.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, direct: bool = True) -> None:
        assert len(optimizer.param_groups) == 1
        self.optimizer = optimizer
        self.group = optimizer.param_groups[0]
        self.parameters: list[torch.Tensor] = list(self.group["params"])
        self.direct = False
        self._wanted = direct
        self._stepped = False
        self.step: Callable[[Gradients], None] = self._first

    def _first(self, grads: Gradients) -> None:
        self._whole(grads)
        self._stepped = True
        self.refresh()

    def _whole(self, grads: Gradients) -> None:
        """Take a step as torch does it."""
        for parameter, grad in zip(self.parameters, grads, strict=True):
            parameter.grad = grad
        self.optimizer.step()
        for parameter in self.parameters:
            parameter.grad = None

    def refresh(self) -> None:
        """Read settings and state again, after either was changed from outside."""
        self.step = self._whole
        if not self._stepped:
            self.step = self._first
        elif self._wanted:
            made = direct_step(self.optimizer)
            if made is not None:
                self.step = made
        self.direct = self.step not in (self._first, self._whole)
        # A scheduler looks at this mark to learn that the optimizer has stepped before it.
        self.optimizer._opt_called = True  # type: ignore[attr-defined]


def direct_step(optimizer: torch.optim.Optimizer) -> Callable[[Gradients], None] | None:
    """Return a function that takes a step with the fused kernel alone, or None if there is none.

    The optimizer must have stepped once, so that its state exists.
    """
    group = optimizer.param_groups[0]
    parameters: list[torch.Tensor] = group["params"]
    make = _DIRECT.get(type(optimizer))
    kinds = {(p.device, p.dtype) for p in parameters}
    if make is None or not group.get("fused") or len(kinds) != 1:
        return None
    if parameters[0].device.type not in DIRECT_DEVICES or isinstance(group["lr"], torch.Tensor):
        return None
    states: list[dict[str, torch.Tensor]] = [optimizer.state.get(p, {}) for p in parameters]
    try:
        _try_kernels(make, group)
        # Aliases that need no gradient: no guard against in-place changes has to be lifted.
        return make(group, [p.detach() for p in parameters], states)
    except (AttributeError, KeyError, RuntimeError, TypeError):
        return None


def _adam(name: str) -> Callable[..., Callable[[Gradients], None]]:
    def make(
        group: dict[str, Any], parameters: list[torch.Tensor], states: list[dict[str, torch.Tensor]]
    ) -> Callable[[Gradients], None]:
        kernel, add = getattr(torch, name), kernels.add_
        first = [s["exp_avg"] for s in states]
        second = [s["exp_avg_sq"] for s in states]
        greatest = [s["max_exp_avg_sq"] for s in states] if group["amsgrad"] else []
        steps = [s["step"] for s in states]
        fixed = {k: group[k] for k in ("weight_decay", "eps", "amsgrad", "maximize")}

        def step(grads: Gradients) -> None:
            add(steps, 1)
            beta1, beta2 = group["betas"]
            kernel(
                parameters,
                grads,
                first,
                second,
                greatest,
                steps,
                lr=group["lr"],
                beta1=beta1,
                beta2=beta2,
                **fixed,
            )

        return step

    return make


def _sgd(
    group: dict[str, Any], parameters: list[torch.Tensor], states: list[dict[str, torch.Tensor]]
) -> Callable[[Gradients], None]:
    kernel = getattr(torch, "_fused_sgd_")  # noqa: B009 - private, and may be gone
    buffers = [s["momentum_buffer"] for s in states] if group["momentum"] else []
    fixed = {k: group[k] for k in ("weight_decay", "dampening", "nesterov", "maximize")}

    def step(grads: Gradients) -> None:
        kernel(
            parameters,
            grads,
            buffers,
            lr=group["lr"],
            momentum=group["momentum"],
            is_first_step=False,
            **fixed,
        )

    return step


def _adagrad(
    group: dict[str, Any], parameters: list[torch.Tensor], states: list[dict[str, torch.Tensor]]
) -> Callable[[Gradients], None]:
    kernel, add = getattr(torch, "_fused_adagrad_"), kernels.add_  # noqa: B009
    sums, steps = [s["sum"] for s in states], [s["step"] for s in states]
    fixed = {k: group[k] for k in ("lr_decay", "weight_decay", "eps", "maximize")}

    def step(grads: Gradients) -> None:
        add(steps, 1)
        kernel(parameters, grads, sums, steps, lr=group["lr"], **fixed)

    return step


_DIRECT: dict[type[torch.optim.Optimizer], Callable[..., Callable[[Gradients], None]]] = {
    torch.optim.Adam: _adam("_fused_adam_"),
    torch.optim.AdamW: _adam("_fused_adamw_"),
    torch.optim.SGD: _sgd,
    torch.optim.Adagrad: _adagrad,
}


def _try_kernels(make: Callable[..., Callable[[Gradients], None]], group: dict[str, Any]) -> None:
    """Take a step on one dummy number: raises if this torch's kernels take other arguments."""
    device = group["params"][0].device
    names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step", "sum", "momentum_buffer")
    state = {name: torch.zeros((), device=device) for name in names}
    make(group, [torch.zeros((), device=device)], [state])([torch.zeros((), device=device)])


def set_lr(optimizer: torch.optim.Optimizer, scheduler: Any, lr: float) -> None:
    """Set the learning rate now; a schedule goes on from there, scaled by as much."""
    for group in optimizer.param_groups:
        ratio = lr / group["lr"] if group["lr"] else 1.0
        group["lr"] = lr
        if "initial_lr" in group:
            group["initial_lr"] *= ratio
        for key in ("max_lr", "min_lr"):
            if key in group:
                group[key] *= ratio
    if scheduler is not None and hasattr(scheduler, "base_lrs"):
        scheduler.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
