"""What is done to gradients and weights around a step. Each thing stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def by_parameter(*rows: tuple[nn.Module, float]) -> dict[int, float]:
    """Return the value of each layer by the id of each of its parameters."""
    return {id(p): value for layer, value in rows for p in layer.parameters()}


def parameter_groups(
    parameters: Sequence[torch.Tensor],
    lr: float,
    factors: Mapping[int, float],
    spare: bool = False,
) -> list[dict[str, Any]]:
    """Return an optimizer's groups of parameters: one for each factor of the learning rate.

    `factors` goes by the id of a parameter. With `spare`, what has fewer than two axes (biases,
    norms) has no weight decay.
    """
    members: dict[tuple[float, bool], list[torch.Tensor]] = {}
    for parameter in parameters:
        key = factors.get(id(parameter), 1.0), spare and parameter.dim() < 2
        members.setdefault(key, []).append(parameter)
    groups: list[dict[str, Any]] = []
    for (factor, spared), held in members.items():
        groups.append({"params": held, "lr": lr * factor, "factor": factor})
        if spared:
            groups[-1]["weight_decay"] = 0.0
    return groups


def clip_each_(gradients: Sequence[torch.Tensor], limit: float) -> None:
    """Shrink each gradient in place, by itself, so that its norm is at most `limit`."""
    for gradient in gradients:
        norm = gradient.square().sum().sqrt()
        gradient.mul_(torch.clamp(limit / (norm + 1e-6), max=1.0))


def clip_adaptively_(
    parameters: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], share: float
) -> None:
    """Shrink gradients in place, unit by unit, to a share of the norm of the unit's weights.

    A unit is a row (an output) of a weight, and all of a bias. Norms of weights below 0.001 count
    as that. Brock et al. 2021.
    """
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            axes = tuple(range(1, gradient.dim())) or tuple(range(gradient.dim()))
            weight = parameter.square().sum(axes, keepdim=True).sqrt()
            norm = gradient.square().sum(axes, keepdim=True).sqrt()
            limit = weight.clamp(min=1e-3) * share
            gradient.mul_(torch.clamp(limit / norm.clamp(min=1e-6), max=1.0))


def limit_norms_(weights: Iterable[torch.Tensor], limit: float) -> None:
    """Scale each row (a unit's incoming weights) in place so that its norm is at most `limit`."""
    with torch.no_grad():
        for weight in weights:
            weight.renorm_(2, 0, limit)


class Average:
    """Averages of tensors over a run, to be put in their place and taken out again.

    With a decay it is an exponential moving average, else the plain mean of what it was given.
    """

    def __init__(self, tensors: Iterable[torch.Tensor], decay: float | None = None) -> None:
        floating = [tensor.detach() for tensor in tensors if tensor.is_floating_point()]
        self.tensors = floating
        self.decay = decay
        self.count = 0
        self.mean: list[torch.Tensor] = []
        self.raw: list[torch.Tensor] = []

    @torch.no_grad()
    def update(self) -> None:
        """Take in the tensors as they are now."""
        self.count += 1
        if not self.mean:
            self.mean = [tensor.clone() for tensor in self.tensors]
            return
        weight = 1.0 / self.count if self.decay is None else 1.0 - self.decay
        for mean, tensor in zip(self.mean, self.tensors, strict=True):
            mean.lerp_(tensor, weight)

    @torch.no_grad()
    def put(self) -> None:
        """Put the averages in the tensors' place, once."""
        if self.mean and not self.raw:
            self.raw = [tensor.clone() for tensor in self.tensors]
            for tensor, mean in zip(self.tensors, self.mean, strict=True):
                tensor.copy_(mean)

    @torch.no_grad()
    def back(self) -> None:
        """Take the averages out again."""
        for tensor, raw in zip(self.tensors, self.raw, strict=False):
            tensor.copy_(raw)
        self.raw = []
