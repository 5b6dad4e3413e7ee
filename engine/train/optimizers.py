"""Optimizers made from their entries, and the shortest way to take a step with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from engine.catalog import registry
from engine.catalog.spec import load_target
from engine.modules.treatment import parameter_groups
from engine.monitor import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.project import Choice
    from engine.train.schedules import Schedule

    Gradients = Sequence[torch.Tensor]

FUSED_DEVICES = frozenset({"cpu", "cuda", "mps", "xpu"})
DIRECT_DEVICES = frozenset({"cpu", "cuda"})


def make_optimizer(
    choice: Choice,
    parameters: Sequence[torch.Tensor],
    factors: Mapping[int, float] | None = None,
    spare: bool = False,
) -> torch.optim.Optimizer:
    """Return the torch optimizer of a choice; fused where torch has it.

    Parameters
    ----------
    factors
        What multiplies the learning rate, by the id of a parameter.
    spare
        Whether what has fewer than two axes is left out of weight decay.

    Raises
    ------
    ValueError
        The entry is unknown, a setting is wrong, or it knows one learning rate only.
    """
    spec = registry.optimizer(choice.id)
    arguments: dict[str, Any] = dict(spec.arguments(choice.params))
    if spec.fused and parameters[0].device.type in FUSED_DEVICES:
        arguments["fused"] = True
    spare = spare and "weight_decay" in arguments
    given: list[Any] = list(parameters)
    if spare or factors:
        if spec.closure:
            raise ValueError(
                f"{spec.title} has one learning rate for all layers; set the layers' own back to "
                "1, or choose another optimizer."
            )
        given = parameter_groups(given, arguments["lr"], factors or {}, spare)
    made: torch.optim.Optimizer = load_target(spec.target)(given, **arguments)
    return made


def factor_of(group: Mapping[str, Any]) -> float:
    """Return what multiplies the learning rate of a group of parameters."""
    return float(group.get("factor", 1.0))


class Stepper:
    """Takes steps of an optimizer with gradients given as a list.

    The first step is torch's own. After it, where the optimizer is fused, the kernel is called on
    the optimizer's state without the wrapper's bookkeeping: the same operations on the same
    tensors, so the same bits. The optimizer stays the owner of state and settings, and
    schedulers work on it as ever. Without those kernels every step is torch's own.

    `step(gradients)` is bound anew by `refresh`; fetch it from here after each pause in the loop.

    Parameters
    ----------
    optimizer
        What takes the steps.
    parameters
        In the order of the gradients.
    direct
        False: every step is torch's own.
    closure
        What an optimizer calls that evaluates the loss several times in a step.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        parameters: Sequence[torch.Tensor] | None = None,
        direct: bool = True,
        closure: Callable[[], Any] | None = None,
    ) -> None:
        self.optimizer = optimizer
        self.groups = optimizer.param_groups
        held = [p for group in self.groups for p in group["params"]]
        self.parameters: list[torch.Tensor] = held if parameters is None else [*parameters]
        self.direct = False
        self._wanted = direct and closure is None
        self._closure = closure
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
        if self._closure is None:
            self.optimizer.step()
        else:
            self.optimizer.step(self._closure)
        for parameter in self.parameters:
            parameter.grad = None

    @property
    def stepped(self) -> bool:
        """Whether a step has been taken, so that the optimizer's state is there."""
        return self._stepped

    @stepped.setter
    def stepped(self, value: bool) -> None:
        self._stepped = value
        self.refresh()

    def refresh(self) -> None:
        """Read settings and state again, after either was changed from outside."""
        self.step = self._whole
        if not self._stepped:
            self.step = self._first
        elif self._wanted:
            made = direct_step(self.optimizer, self.parameters)
            if made is not None:
                self.step = made
        self.direct = self.step not in (self._first, self._whole)
        # A scheduler looks at this mark to learn that the optimizer has stepped before it.
        self.optimizer._opt_called = True  # type: ignore[attr-defined]


def direct_step(
    optimizer: torch.optim.Optimizer, parameters: Sequence[torch.Tensor]
) -> Callable[[Gradients], None] | None:
    """Return a function that takes a step with the fused kernel alone, or None if there is none.

    The optimizer must have stepped once, so that its state exists. `parameters` are in the order
    of the gradients; each group of them takes a call of the kernel.
    """
    made = [_direct_group(optimizer, group) for group in optimizer.param_groups]
    steps = [step for step in made if step is not None]
    if len(steps) < len(made):
        return None
    if len(steps) == 1:
        return steps[0]
    place = {id(parameter): number for number, parameter in enumerate(parameters)}
    parts = [
        (step, [place[id(p)] for p in group["params"]])
        for step, group in zip(steps, optimizer.param_groups, strict=True)
    ]

    def step(grads: Gradients) -> None:
        for take, places in parts:
            take([grads[i] for i in places])

    return step


def _direct_group(
    optimizer: torch.optim.Optimizer, group: dict[str, Any]
) -> Callable[[Gradients], None] | None:
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


def begin_state(optimizer: torch.optim.Optimizer, name: str) -> None:
    """Let an optimizer that keeps something of each parameter keep this too, from zero on."""
    for parameter, state in optimizer.state.items():
        if state and name not in state:
            state[name] = torch.zeros_like(parameter, memory_format=torch.preserve_format)


def set_lr(optimizer: torch.optim.Optimizer, schedule: Schedule, lr: float) -> None:
    """Set the learning rate now; a schedule goes on from there, scaled by as much.

    Layers with a factor of their own keep it. While a warm-up lasts, it is what that leads to.
    """
    warmup = schedule.warmup
    share = warmup.factor() if warmup is not None else 1.0
    for number, group in enumerate(optimizer.param_groups):
        wanted = lr * factor_of(group)
        before = group["lr"] / share
        ratio = wanted / before if before else 1.0
        group["lr"] = wanted * share
        for key in ("initial_lr", "max_lr", "min_lr"):
            if key in group:
                group[key] *= ratio
        if warmup is not None:
            warmup.tops[number] = wanted
        if hasattr(schedule.scheduler, "max_lrs"):
            schedule.scheduler.max_lrs[number] *= ratio
    if hasattr(schedule.scheduler, "base_lrs"):
        schedule.scheduler.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
